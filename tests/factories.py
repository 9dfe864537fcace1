"""Messages and records for tests, with defaults that say what a test does not care about."""

from datetime import UTC, datetime

import numpy as np
import numpy.typing as npt
from msgspec.structs import replace

from moodtrace.labels import EMOTIONS, Emotion
from moodtrace.messages import Face, FacesScored, FrameCaptured, FrameDropped, FrameFailed, Quality
from moodtrace.screening import Run, Screening, Source
from moodtrace.settings import AnalysisSettings, load_analysis_settings
from moodtrace.timeline import Row, State, row_of
from moodtrace.tracks import Tracks
from moodtrace.viewers import Viewer


def limits(**changed: float) -> AnalysisSettings:
    """The default settings, but for some."""
    return load_analysis_settings().model_copy(update=changed)


def face(
    showing: str = "happy",
    *,
    excluded: str = "",
    age: tuple[int, ...] = (),
    age_tenths: int = 0,
    abstained: bool = False,
) -> Face:
    """A face that shows one emotion at 0.7 and spreads the rest."""
    scores = tuple(700 if emotion == showing else 50 for emotion in EMOTIONS)
    return Face(
        xyxy=(1000, 1000, 2000, 2500),
        score=900,
        emotion=() if excluded else scores,
        age=age,
        age_tenths=age_tenths,
        abstained=abstained,
        excluded=excluded,
    )


def viewer(
    showing: Emotion = "happy",
    *,
    number: int = 1,
    excluded: str = "",
    age: tuple[int, ...] = (),
    abstained: bool = False,
    attending: bool | None = None,
    quality: Quality | None = None,
    pose: tuple[int, ...] = (),
) -> Viewer:
    """A viewer who shows one emotion at 0.7 and spreads the rest."""
    silent = bool(excluded) or abstained
    return Viewer(
        id=number,
        camera_id="front",
        frames=5,
        usable=0 if excluded else 5,
        excluded=excluded,
        emotion=() if silent else face(showing).emotion,
        showing=() if silent else (EMOTIONS.index(showing),),
        age=age,
        attending=attending,
        quality=quality,
        pose=pose,
    )


def row(second: int, *viewers: Viewer) -> Row:
    """The row of a second in which these viewers were seen once; they are numbered from 1 on."""
    people = [replace(seen, id=number) for number, seen in enumerate(viewers, start=1)]
    faces = [face(excluded=seen.excluded) for seen in viewers]
    after = State(tracks=Tracks(confirmed=len(people)))
    return row_of(second, [scored(second * 1000, *faces)], people, after)


def scored(pts_ms: int, *faces: Face, camera: str = "front", seq: int | None = None) -> FacesScored:
    """The faces of one frame."""
    return FacesScored(
        screening_id="s1",
        camera_id=camera,
        source_epoch=1,
        seq=pts_ms // 200 if seq is None else seq,
        pts_ms=pts_ms,
        faces=faces,
        detector="yunet",
        emotion_model="mini-xception",
    )


def captured(seq: int, image: bytes = b"picture", *, camera: str = "front") -> FrameCaptured:
    """One frame; nobody looks into its picture."""
    return FrameCaptured(
        screening_id="s1",
        camera_id=camera,
        source_epoch=1,
        seq=seq,
        pts_ms=seq * 200,
        width=64,
        height=32,
        encoding="jpeg",
        image=image,
    )


def pictured(image: npt.NDArray[np.uint8], seq: int = 0) -> FrameCaptured:
    """A frame that shows a BGR picture."""
    height, width = image.shape[:2]
    return replace(captured(seq, image.tobytes()), width=width, height=height, encoding="raw")


def failed(pts_ms: int, reason: str = "corrupt", *, camera: str = "front") -> FrameFailed:
    """One frame that could not be analysed."""
    return FrameFailed(
        screening_id="s1",
        camera_id=camera,
        source_epoch=1,
        seq=pts_ms // 200,
        pts_ms=pts_ms,
        reason=reason,
    )


def dropped(pts_ms: int, reason: str = "stale", *, camera: str = "front") -> FrameDropped:
    """One frame that there was no time for."""
    return FrameDropped(
        screening_id="s1",
        camera_id=camera,
        source_epoch=1,
        seq=pts_ms // 200,
        pts_ms=pts_ms,
        reason=reason,
    )


def screening(name: str = "s1", *, k: int = 1, cameras: tuple[str, ...] = ("front",)) -> Screening:
    """The record of a running screening."""
    return Screening(
        id=name,
        content="spring",
        audience="panel",
        cameras=cameras,
        fps=5.0,
        k=k,
        unit="viewer",
        detector="yunet",
        emotion_model="mini-xception",
        age_model=None,
        config_sha256="0" * 64,
        state="running",
        sources={camera: Source(name=f"{camera}.mp4") for camera in cameras},
        thresholds=(410,) * len(EMOTIONS),
        run=Run(
            id="run-1", started_at=datetime(2026, 1, 1, tzinfo=UTC), host="host", version="0.1.0"
        ),
    )
