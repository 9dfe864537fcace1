"""The record that a live screening begins with; what analyses it is filled in by who does."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from moodtrace.cameras import Camera, Polygon
from moodtrace.clock import utc_now
from moodtrace.commands.markers_file import read_markers
from moodtrace.commands.run_here import run_here
from moodtrace.messages import BOX_UNITS
from moodtrace.screening import (
    Area,
    AreaKind,
    Screening,
    Source,
    as_name,
    checked_live_id,
    checked_name,
)

USUAL_FPS = 5.0


def live_record(
    watching: Sequence[Camera],
    content: str,
    audience: str,
    screening_id: str | None,
    *,
    k: int,
    media: str,
    markers: Path | None,
    notice: str,
) -> Screening:
    """Make the record.

    Args:
        watching: the cameras of the audience so far.
        content: its id.
        audience: its id.
        screening_id: None for one made of both and the time.
        k: smallest number of viewers shown.
        media: name of the content's file, as it is kept; empty for none.
        markers: scenes of the content, a CSV.
        notice: what the audience was told.

    Raises:
        UsageError: a name makes no sense, or the markers are not what they should be.
    """
    checked_name(content, "a content's id")
    checked_name(audience, "an audience's id")
    started = utc_now()
    made = as_name(f"{content[:24]}-{audience[:24]}-{started:%m%d-%H%M%S}")
    return Screening(
        id=checked_live_id(screening_id) if screening_id else made,
        content=content,
        audience=audience,
        cameras=tuple(camera.name for camera in watching),
        fps=max((camera.fps for camera in watching), default=USUAL_FPS),
        k=k,
        unit="viewer",
        detector="",
        emotion_model="",
        age_model=None,
        config_sha256="",
        state="running",
        sources={
            camera.name: Source(name=camera.source.partition(":")[0], offset_ms=camera.offset_ms)
            for camera in watching
        },
        run=run_here(started),
        areas=tuple(area for camera in watching for area in _areas(camera)),
        live=True,
        media=media,
        markers=read_markers(markers) if markers else "",
        notice=notice,
    )


def _areas(camera: Camera) -> Iterator[Area]:
    """Give out the zones and seats of a camera as a screening has them."""
    kinds: tuple[tuple[AreaKind, dict[str, Polygon]], ...] = (
        ("zone", camera.zones),
        ("seat", camera.seats),
    )
    for kind, polygons in kinds:
        for name, polygon in polygons.items():
            points = tuple((round(x * BOX_UNITS), round(y * BOX_UNITS)) for x, y in polygon)
            yield Area(kind=kind, camera_id=camera.name, name=name, points=points)
