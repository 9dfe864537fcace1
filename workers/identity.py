"""What makes the numbers of a timeline, the same from its first second to its last; pure."""

from dataclasses import dataclass
from typing import Final, Self

from msgspec.structs import replace

from moodtrace.messages import FacesScored, Scored
from moodtrace.screening import Screening
from moodtrace.viewers import Thresholds
from workers.infer import failed

OTHER_MODEL: Final = "other_model"
"""Why a frame failed that other networks or settings analysed than its timeline began with."""


@dataclass(frozen=True)
class Identity:
    """Networks and settings."""

    detector: str
    """Id of its card, as the next two."""
    emotion_model: str
    age_model: str | None
    analysis_sha256: str
    """Of the settings of the analysis, and the weights."""
    thresholds: Thresholds
    """From which median score on a viewer shows each emotion, in thousandths."""

    @classmethod
    def of(cls, record: Screening) -> Self:
        """Return what a timeline began with."""
        return cls(
            detector=record.detector,
            emotion_model=record.emotion_model,
            age_model=record.age_model,
            analysis_sha256=record.analysis_sha256,
            thresholds=record.thresholds,
        )

    def written_to(self, record: Screening) -> Screening:
        """Return the record of a live screening that begins with these."""
        return replace(
            record,
            detector=self.detector,
            emotion_model=self.emotion_model,
            age_model=self.age_model,
            config_sha256=self.analysis_sha256,
            analysis_sha256=self.analysis_sha256,
            thresholds=self.thresholds,
        )

    def admitted(self, message: Scored) -> Scored:
        """Return a frame as it counts in a timeline of this identity: others' numbers don't."""
        if not isinstance(message, FacesScored) or self._made(message):
            return message
        return failed(message, OTHER_MODEL)

    def _made(self, message: FacesScored) -> bool:
        names = (message.detector, message.emotion_model, message.age_model)
        if names != (self.detector, self.emotion_model, self.age_model or ""):
            return False
        known = message.analysis_sha256 and self.analysis_sha256
        return not known or message.analysis_sha256 == self.analysis_sha256
