"""The networks that a command analyses with: chosen, pulled if need be, and told to the person."""

from dataclasses import dataclass
from pathlib import Path

from models.age import AgeNetwork
from models.detectors.tiled import open_tiled
from models.emotion import EmotionNetwork
from models.registry import MOODTRACE_AGE, MOODTRACE_EMOTION, Card
from models.tiling import Tiling
from models.weights import choose_detector, folders_of, pull
from moodtrace.commands.console import say
from moodtrace.commands.live_writer import Identity
from moodtrace.commands.progress import download_bar
from moodtrace.settings import AnalysisSettings, Settings, columns_and_rows, digest
from workers.analyzer import Analyzer


@dataclass(frozen=True)
class Weights:
    """A model and the checked file that it runs from."""

    card: Card
    path: Path


@dataclass(frozen=True)
class Networks:
    """All models of a run."""

    detector: Weights
    emotion: Weights
    age: Weights | None
    """None: ages stay unknown."""

    @property
    def sha256s(self) -> list[str]:
        """What the weights hash to, as part of what shaped the numbers."""
        parts = [part for part in (self.detector, self.emotion, self.age) if part]
        return [sha256 for part in parts for sha256 in part.card.sources.values()]

    def identity(self, analysis: AnalysisSettings) -> Identity:
        """Return what makes the numbers of a live timeline."""
        return Identity(
            detector=self.detector.card.id,
            emotion_model=self.emotion.card.id,
            age_model=self.age.card.id if self.age else None,
            config_sha256=digest(analysis.model_dump(), self.sha256s),
            thresholds=analysis.thresholds(self.emotion.card.min_confidence),
        )

    def analyzer(self, analysis: AnalysisSettings) -> Analyzer:
        """Load the networks."""
        tiling = Tiling(analysis.max_height, analysis.max_width, *columns_and_rows(analysis.tiles))
        return Analyzer(
            detector=open_tiled(
                self.detector.card,
                self.detector.path,
                tiling,
                min_score=analysis.min_score,
                engine=analysis.detector_engine,
                device=analysis.detector_device,
            ),
            emotion=EmotionNetwork(self.emotion.card, self.emotion.path),
            limits=analysis,
            age=AgeNetwork(self.age.card, self.age.path) if self.age else None,
            min_confidence=analysis.min_confidence,
        )


def networks(settings: Settings, analysis: AnalysisSettings, detector: str) -> Networks:
    """Choose the networks; the choice is printed.

    Raises:
        ConfigurationError: A detector's name or weights are wrong.
        ServerAwayError: Weights are missing and can't be fetched.
        CannotWriteError: Fetched weights can't be written.
    """
    folders = folders_of(settings.weights_dir, settings.data_dir)
    with download_bar("Weights") as progress:
        choice = choose_detector(detector, folders, progress)
    emotion = Weights(MOODTRACE_EMOTION, pull(MOODTRACE_EMOTION, folders))
    age = Weights(MOODTRACE_AGE, pull(MOODTRACE_AGE, folders)) if analysis.age else None
    engine, device = analysis.detector_engine, analysis.detector_device
    how = f" in torch on {device}" if engine == "torch" else ""
    say(
        f"Detector: {choice.card.id}{how} ({choice.why})."
        f" Emotion: {emotion.card.id}. Age: {age.card.id if age else 'not estimated'}."
    )
    return Networks(Weights(choice.card, choice.path), emotion, age)
