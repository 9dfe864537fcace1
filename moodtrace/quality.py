"""How well the faces of a screening could be read, as histograms with fixed bins.

Drift and comparability of screenings are judged by them, so the bins never depend on the data. A
viewer counts once in every second in which it was seen, whatever the frames per second.
"""

from collections.abc import Sequence
from typing import Final

import msgspec
import numpy as np
import numpy.typing as npt
from msgspec.structs import astuple

from moodtrace.messages import QUALITY_UNITS, Quality
from moodtrace.metrics import is_shown
from moodtrace.timeline import Row

Values = npt.NDArray[np.float64]

DEGREES: Final = (-60, -45, -30, -15, -5, 5, 15, 30, 45, 60)
EDGES: Final[dict[str, tuple[float, ...]]] = {
    "size_px": (16, 24, 32, 48, 64, 96, 128, 192, 256),
    "sharpness": (1.5, 2, 2.5, 2.75, 3, 3.25, 3.5, 4),
    "brightness": (30, 50, 75, 100, 125, 150, 175, 200, 220),
    "contrast": (6, 10, 15, 20, 25, 30, 40, 50),
    "cut": (0.05, 0.1, 0.2, 0.35, 0.5),
    "occlusion": (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.8),
    "yaw": DEGREES,
    "pitch": DEGREES,
}
"""Where one bin ends and the next begins, in the units of docs/reference/json.md; the default
limits of `AnalysisSettings` are among them."""

NAMES: Final = {
    "size_px": "size, px",
    "sharpness": "sharpness, cycles",
    "brightness": "brightness",
    "contrast": "contrast",
    "cut": "cut off, share",
    "occlusion": "occlusion, hint",
    "yaw": "yaw, degrees",
    "pitch": "pitch, degrees",
}
"""What people read for each measure."""


class Histogram(msgspec.Struct, frozen=True):
    """Viewer-seconds by the value of one measure."""

    edges: tuple[float, ...]
    """Rising."""
    counts: tuple[int, ...]
    """One more than edges: below the first, from each until the next, from the last on."""


def histograms(rows: Sequence[Row], k: int) -> dict[str, Histogram]:
    """Count the viewer-seconds of a screening by each measure.

    Args:
        rows: seconds that may not be shown contribute nothing.
        k: smallest cell of the screening.

    Returns:
        By name, in the order of `EDGES`. Viewers who could not be scored count too; who is too
        small for a pose is in no histogram of it.
    """
    people = [viewer for row in rows if is_shown(row, k) for viewer in row.people]
    columns = _columns([viewer.quality for viewer in people if viewer.quality])
    columns |= _poses([viewer.pose for viewer in people if viewer.pose])
    return {name: _histogram(edges, columns[name]) for name, edges in EDGES.items()}


def _columns(qualities: Sequence[Quality]) -> dict[str, Values]:
    table = np.array([astuple(quality) for quality in qualities]).reshape(-1, len(QUALITY_UNITS))
    return dict(zip(Quality.__struct_fields__, (table / QUALITY_UNITS).T, strict=True))


def _poses(poses: Sequence[tuple[int, ...]]) -> dict[str, Values]:
    yaw, pitch, _ = np.array(poses, np.float64).reshape(-1, 3).T
    return {"yaw": yaw, "pitch": pitch}


def _histogram(edges: tuple[float, ...], values: Values) -> Histogram:
    bins = np.searchsorted(edges, values, side="right")
    return Histogram(edges, tuple(np.bincount(bins, minlength=len(edges) + 1).tolist()))
