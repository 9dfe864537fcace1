"""What a replay is going to do: sources, networks and record, settled before any frame is read."""

import os
import platform
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum, auto
from importlib.metadata import version
from pathlib import Path

from ingest.sources import FileSource, fingerprint, parse_sources
from models.registry import MOODTRACE_EMOTION, Card
from models.weights import choose_detector, folders_of, pull
from moodtrace.clock import utc_now
from moodtrace.commands.console import say
from moodtrace.commands.progress import download_bar
from moodtrace.screening import Run, Screening, Source, as_name, checked_name
from moodtrace.settings import (
    AnalysisSettings,
    Settings,
    digest,
    load_analysis_settings,
    load_settings,
)


class Existing(Enum):
    """What to do about a screening of the same id."""

    REFUSE = auto()
    REPLACE = auto()
    RESUME = auto()


@dataclass(frozen=True)
class Weights:
    """A model and the checked file that it runs from."""

    card: Card
    path: Path


@dataclass(frozen=True)
class Plan:
    """Everything a run needs to know."""

    settings: Settings
    analysis: AnalysisSettings
    sources: Sequence[FileSource]
    detector: Weights
    emotion: Weights
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
    existing: Existing = Existing.REFUSE,
) -> Plan:
    """Settle what a replay does; weights are fetched here if they are missing.

    Raises:
        UsageError: A name makes no sense.
        ConfigurationError: A setting, a detector's name or weights are wrong.
        ServerAwayError: Weights are missing and can't be fetched.
        CannotWriteError: Fetched weights can't be written.
    """
    checked_name(screening_id, "a screening's id")
    settings, analysis = load_settings(), load_analysis_settings()
    sources = parse_sources(files)
    first = as_name(sources[0].path.stem)
    found, emotion = networks(settings, detector)
    screening = Screening(
        id=screening_id,
        content=checked_name(content, "a content's id") if content else first,
        audience=checked_name(audience, "an audience's id") if audience else first,
        cameras=tuple(source.camera_id for source in sources),
        fps=fps,
        k=k,
        unit="face",
        detector=found.card.id,
        emotion_model=emotion.card.id,
        age_model=None,
        config_sha256=digest(analysis.model_dump(), fps, k, found.card.sha256, emotion.card.sha256),
        state="running",
        sources={
            source.camera_id: Source(
                name=os.fsencode(source.path.name).decode(errors="replace"),
                offset_ms=source.offset_ms,
                fingerprint=fingerprint(source.path),
            )
            for source in sources
        },
        run=Run(
            id=uuid.uuid4().hex,
            started_at=utc_now(),
            host=platform.node(),
            version=version("moodtrace"),
        ),
    )
    return Plan(settings, analysis, sources, found, emotion, screening, existing)


def networks(settings: Settings, detector: str) -> tuple[Weights, Weights]:
    """Return the detector and the emotion model, pulled if need be; the choice is printed."""
    folders = folders_of(settings.weights_dir, settings.data_dir)
    with download_bar("Weights") as progress:
        choice = choose_detector(detector, folders, progress)
        emotion = pull(MOODTRACE_EMOTION, folders, progress)
    say(f"Detector: {choice.card.id} ({choice.why}). Emotion: {MOODTRACE_EMOTION.id}.")
    return Weights(choice.card, choice.path), Weights(MOODTRACE_EMOTION, emotion)
