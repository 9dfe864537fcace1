"""Measures what judging faces costs: in time, and in faces of good footage that are left out.

    python -m benchmarks.face_quality_cost [--shared ../shared]

Faces are those of two frames per second, and of the group photos. Whom the limits on light and
sharpness hit is shown on UTKFace, by group. Times are the fastest of many runs over all faces of a
frame, in turn with the emotion network's on the same faces.
"""

import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

import cv2
import numpy as np

from benchmarks._face_quality import Image, given
from ingest.picture import fitted
from models.crops import cut
from models.evaluation.examples import read
from models.face_quality import SIDE_PX, face_quality
from models.head_pose import head_pose
from models.letterbox import resized
from models.pictures import PicturesInMemory
from moodtrace.messages import ANALYSIS_HEIGHT_PX, ANALYSIS_WIDTH_PX, QUALITY_UNITS, Quality
from moodtrace.settings import AnalysisSettings, load_analysis_settings
from workers.usability import Qualities, exclusions, measured

CLIPS: Final = (
    "audience_cut_a.mp4",
    "audience_cut_b.mp4",
    "WolfgangLanger_Pexels.mp4",
    "head-pose-face-detection-female-and-male.mp4",
    "face-demographics-walking-and-pause.mp4",
    "face_noface.mov",
    "classroom.mp4",
    "photos",
)
FPS: Final = 2
EVERY_FACE: Final = 3
"""Of UTKFace."""
RUNS: Final = 30
PERCENTILES: Final = (0, 1, 5, 50, 95, 99, 100)
OLD: Final = frozenset({"too_many", "too_small", "turned_away"})
"""Reasons that say nothing of how a face was taken."""


def main() -> None:
    """Print a table per clip, and the time per face."""
    run = given(__doc__)
    detector, network, limits = run.detector(), run.network(), load_analysis_settings()
    side = detector.card.face_side
    for name in CLIPS:
        tables, reasons = [], Counter[str]()
        for picture in pictures(run.shared / "footage" / name):
            found = detector([picture])
            gray = np.asarray(cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY), np.uint8)
            (table,) = measured(PicturesInMemory([gray]), found, side)
            excluded = exclusions(table, head_pose(found[0].landmarks), limits)
            reasons.update(excluded)
            tables.append(table[[reason not in OLD for reason in excluded]])
        show(name, np.concatenate(tables), reasons)
    by_group(run.shared / "data" / "age.npz", limits)
    picture = max(pictures(run.shared / "footage" / CLIPS[0]), key=lambda p: len(detector([p])[0]))
    gray = np.asarray(cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY), np.uint8)
    found = detector([picture])
    judging_s, network_s = fastest(
        lambda: measured(PicturesInMemory([gray]), found, side),
        lambda: network(cut(gray, found[0].xyxy, 48, side=side)),
    )
    faces = len(found[0])
    print(
        f"{faces} faces of one frame: measuring {judging_s / faces * 1e6:.0f} us per face, the"
        f" emotion network {network_s / faces * 1e6:.0f} us: {judging_s / network_s:.1%} of it"
    )


def pictures(path: Path) -> Iterator[Image]:
    """Give the pictures of a clip or a folder at the analysis size, BGR."""
    if path.is_dir():
        for photo in sorted(path.glob("*.jpg")):
            yield at_size(np.asarray(cv2.imread(str(photo)), np.uint8))
        return
    video = cv2.VideoCapture(str(path))
    step = max(1, round(video.get(cv2.CAP_PROP_FPS) / FPS))
    number = 0
    while video.grab():
        if number % step == 0:
            yield at_size(np.asarray(video.retrieve()[1], np.uint8))
        number += 1


def at_size(picture: Image) -> Image:
    """Scale a picture as a replay does."""
    height_px, width_px = picture.shape[:2]
    size_px = fitted(width_px, height_px, ANALYSIS_WIDTH_PX, ANALYSIS_HEIGHT_PX)
    return np.asarray(cv2.resize(picture, size_px, interpolation=cv2.INTER_AREA), np.uint8)


def show(name: str, table: Qualities, reasons: Counter[str]) -> None:
    """Print the reasons, and how the faces that are large and near enough measure."""
    new = {code: n for code, n in reasons.items() if code and code not in OLD}
    share = sum(new.values()) / max(1, len(table))
    left = {code: n for code, n in reasons.items() if code in OLD}
    print(
        f"\n{name}: {reasons.total()} faces, {left}; of the other {len(table)}: {new}, {share:.1%}"
    )
    if not len(table):
        return
    print(f"  {'percentile':12}", *(f"{percent:>8}" for percent in PERCENTILES))
    for column, field in enumerate(Quality.__struct_fields__):
        values = np.percentile(table[:, column], PERCENTILES) / QUALITY_UNITS[column]
        print(f"  {field:12}", *(f"{value:8.2f}" for value in values))


def by_group(path: Path, limits: AnalysisSettings) -> None:
    """Print which share of each group of people is beyond a limit, of faces that are well lit."""
    examples = read(path, "age")
    chosen = examples.take(np.arange(0, len(examples), EVERY_FACE))
    images = (image for image in chosen.images() if image is not None)
    grays = (np.asarray(cv2.cvtColor(image, cv2.COLOR_BGR2GRAY), np.uint8) for image in images)
    small = [resized(gray, SIDE_PX, SIDE_PX) for gray in grays]
    quality = face_quality(np.stack(small))
    reasons = {
        "too_dark": quality.brightness < limits.min_brightness,
        "too_bright": quality.brightness > limits.max_brightness,
        "low_contrast": quality.contrast < limits.min_contrast,
        "blurred": quality.sharpness < limits.min_sharpness,
    }
    print(f"\nUTKFace, {len(small)} faces, by group")
    for group in np.unique(chosen.groups["race"]):
        members = chosen.groups["race"] == group
        shares = ", ".join(f"{code} {held[members].mean():.2%}" for code, held in reasons.items())
        darkest = quality.brightness[members].min()
        print(f"  {group}: {members.sum()} faces, {shares}; the darkest {darkest:.0f}")


def fastest(*works: Callable[[], object]) -> list[float]:
    """Return the least seconds that each work took, run in turn."""
    least_s = [float("inf")] * len(works)
    for _ in range(RUNS):
        for place, work in enumerate(works):
            began_s = time.perf_counter()
            work()
            least_s[place] = min(least_s[place], time.perf_counter() - began_s)
    return least_s


if __name__ == "__main__":
    main()
