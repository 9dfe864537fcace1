"""All networks of a run: which they are, what numbers they make, and opened as an analyzer."""

from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path

from models.age import AgeNetwork
from models.detectors.tiled import open_tiled
from models.emotion import EmotionNetwork
from models.engine import THREADS
from models.pictures import holding
from models.registry import MOODTRACE_AGE, MOODTRACE_EMOTION, Card, card_of
from models.tiling import Tiling
from models.weights import pull
from moodtrace.settings import AnalysisSettings, columns_and_rows, digest
from workers.analyzer import Analyzer, Timed
from workers.identity import Identity


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
        """Return what makes the numbers of these networks with these settings."""
        return Identity(
            detector=self.detector.card.id,
            emotion_model=self.emotion.card.id,
            age_model=self.age.card.id if self.age else None,
            analysis_sha256=digest(analysis.model_dump(), self.sha256s),
            thresholds=analysis.thresholds(self.emotion.card.min_confidence),
        )

    def analyzer(
        self,
        analysis: AnalysisSettings,
        *,
        threads: int = THREADS,
        timed: Timed = nullcontext,
    ) -> Analyzer:
        """Load the networks.

        Args:
            analysis: what shapes the numbers.
            threads: how many threads share one picture; the numbers are the same with any.
            timed: see `Analyzer`.
        """
        tiling = Tiling(analysis.max_height, analysis.max_width, *columns_and_rows(analysis.tiles))
        engine, device, age = analysis.engine, analysis.device, self.age
        return Analyzer(
            detector=open_tiled(
                self.detector.card,
                self.detector.path,
                tiling,
                min_score=analysis.min_score,
                threads=threads,
                engine=engine,
                device=device,
            ),
            emotion=EmotionNetwork(
                self.emotion.card,
                self.emotion.path,
                threads=threads,
                engine=engine,
                device=device,
            ),
            limits=analysis,
            age=AgeNetwork(age.card, age.path, threads=threads, engine=engine, device=device)
            if age
            else None,
            min_confidence=analysis.min_confidence,
            analysis_sha256=self.identity(analysis).analysis_sha256,
            hold=holding(engine, device),
            timed=timed,
        )


def pulled(detector: Weights, analysis: AnalysisSettings, folders: Sequence[Path]) -> Networks:
    """Put our own networks beside a detector.

    Raises:
        ServerAwayError: weights are missing and can't be fetched.
        ConfigurationError: a file has another sha256.
        CannotWriteError: fetched weights can't be written.
    """
    emotion = Weights(MOODTRACE_EMOTION, pull(MOODTRACE_EMOTION, folders))
    age = Weights(MOODTRACE_AGE, pull(MOODTRACE_AGE, folders)) if analysis.age else None
    return Networks(detector, emotion, age)


def pulled_detector(detector: str, folders: Sequence[Path]) -> Weights:
    """Return the detector of an id; raises as `pulled` does."""
    card = card_of(detector, "detector")
    return Weights(card, pull(card, folders))
