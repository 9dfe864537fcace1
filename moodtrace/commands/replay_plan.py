"""What a replay is going to do: sources, networks and record, settled before any frame is read."""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum, auto
from pathlib import Path

from ingest.sources import FileSource, fingerprint, parse_sources
from moodtrace.clock import utc_now
from moodtrace.commands.markers_file import read_markers
from moodtrace.commands.networks import networks
from moodtrace.commands.run_here import run_here
from moodtrace.commands.stimulus import kept
from moodtrace.errors import UsageError
from moodtrace.screening import Screening, Source, as_name, checked_name
from moodtrace.settings import (
    AnalysisSettings,
    Settings,
    digest,
    load_analysis_settings,
    load_settings,
)
from moodtrace.zones import parse_areas
from workers.networks import Networks


class Existing(Enum):
    """What to do about a screening of the same id."""

    REFUSE = auto()
    REPLACE = auto()
    RESUME = auto()


@dataclass(frozen=True)
class Plan:
    """Everything a run needs to know."""

    settings: Settings
    analysis: AnalysisSettings
    sources: Sequence[FileSource]
    networks: Networks
    screening: Screening
    existing: Existing


def plan(
    files: Sequence[str],
    *,
    screening_id: str,
    content: str | None = None,
    audience: str | None = None,
    fps: float = 5.0,
    k: int = 1,
    detector: str = "auto",
    zones: Sequence[str] = (),
    seats: Sequence[str] = (),
    media: Path | None = None,
    markers: Path | None = None,
    existing: Existing = Existing.REFUSE,
) -> Plan:
    """Settle what a replay does; weights are fetched here if they are missing.

    Raises:
        UsageError: A name, an area or the markers make no sense, or the content can't be kept.
        ConfigurationError: A setting, a detector's name or weights are wrong.
        ServerAwayError: Weights are missing and can't be fetched.
        CannotWriteError: Fetched weights can't be written.
    """
    checked_name(screening_id, "a screening's id")
    settings, analysis = load_settings(), load_analysis_settings()
    sources = parse_sources(files)
    cameras = tuple(source.camera_id for source in sources)
    areas = (*parse_areas("zone", zones, cameras), *parse_areas("seat", seats, cameras))
    first = as_name(sources[0].path.stem)
    if media is not None:
        _refuse_audience(media, sources)
    chosen = networks(settings, analysis, detector)
    screening = Screening(
        id=screening_id,
        content=checked_name(content, "a content's id") if content else first,
        audience=checked_name(audience, "an audience's id") if audience else first,
        cameras=cameras,
        fps=fps,
        k=k,
        unit="viewer",
        detector=chosen.detector.card.id,
        emotion_model=chosen.emotion.card.id,
        age_model=chosen.age.card.id if chosen.age else None,
        config_sha256=digest(analysis.model_dump(), fps, k, chosen.sha256s, areas),
        analysis_sha256=chosen.identity(analysis).analysis_sha256,
        state="running",
        sources={source.camera_id: _recorded(source) for source in sources},
        run=run_here(utc_now()),
        thresholds=analysis.thresholds(chosen.emotion.card.min_confidence),
        areas=areas,
        media=kept(media, settings.media_dir),
        markers=read_markers(markers) if markers else "",
    )
    return Plan(settings, analysis, sources, chosen, screening, existing)


def _recorded(source: FileSource) -> Source:
    """Return what the record says of a file."""
    return Source(
        name=os.fsencode(source.path.name).decode(errors="replace"),
        offset_ms=source.offset_ms,
        fingerprint=fingerprint(source.path),
    )


def _refuse_audience(media: Path, sources: Sequence[FileSource]) -> None:
    """Refuse to keep for the page what a camera saw."""
    footage = {fingerprint(source.path): source.path for source in sources}
    if found := footage.get(fingerprint(media)):
        raise UsageError(
            "the content is the footage of the audience, which is never shown",
            where=f"--media {media}, {found}",
            try_this="give the file that was shown to the audience",
        )
