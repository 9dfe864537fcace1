"""Settings, read once at start-up from the environment into frozen objects, and nowhere else."""

import hashlib
import os
from pathlib import Path
from typing import Annotated, Final, TypeVar

import msgspec
import platformdirs
from pydantic import Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from moodtrace.errors import ConfigurationError
from moodtrace.labels import EMOTIONS, QUANTUM, Emotion
from moodtrace.messages import ANALYSIS_HEIGHT_PX, ANALYSIS_WIDTH_PX

PREFIX: Final = "MOODTRACE_"
EXEMPT_SUFFIXES: Final = ("_PASSWORD", "_USER")
EXEMPT_PREFIXES: Final = ("MOODTRACE_TEST_",)

SettingsT = TypeVar("SettingsT", bound=BaseSettings)


class AnalysisSettings(BaseSettings):
    """What shapes the numbers: two runs with equal values give equal rows."""

    model_config = SettingsConfigDict(
        env_prefix="MOODTRACE_ANALYSIS_", frozen=True, env_ignore_empty=True
    )

    max_width: int = Field(
        ANALYSIS_WIDTH_PX,
        ge=64,
        le=7680,
        multiple_of=32,
        description="pixels; frames are scaled to fit",
    )
    max_height: int = Field(
        ANALYSIS_HEIGHT_PX,
        ge=64,
        le=4320,
        multiple_of=32,
        description="pixels; frames are scaled to fit",
    )
    min_score: float | None = Field(
        None, gt=0, lt=1, description="confidence from which a detection is a face; else the card's"
    )
    min_confidence: float | None = Field(
        None, ge=0, lt=1, description="top score from which an emotion counts; else the card's"
    )
    showing: dict[Emotion, Annotated[float, Field(gt=0, lt=1)]] = Field(
        {}, description="median score from which a viewer shows an emotion; else min_confidence"
    )
    min_face_px: int = Field(32, ge=1, description="longer side below which a face is too_small")
    max_turn_deg: float = Field(
        60, gt=0, le=180, description="degrees from the camera beyond which a head is turned_away"
    )
    max_cut: float = Field(
        0.35, gt=0, le=1, description="share beyond the frame's edge above which a face is cut_off"
    )
    min_brightness: float = Field(
        30, ge=0, le=255, description="mean gray level below which a face is too_dark"
    )
    max_brightness: float = Field(
        220, ge=0, le=255, description="mean gray level above which a face is too_bright"
    )
    min_contrast: float = Field(
        6, ge=0, le=128, description="gray levels of deviation below which it is low_contrast"
    )
    min_sharpness: float = Field(
        2.5, ge=0, le=8, description="cycles per crop below which a face is blurred"
    )
    age: bool = Field(True, description="estimate age bands; if not, the network is not loaded")
    max_faces: int = Field(500, ge=1, description="faces per frame; more are left out and counted")

    def thresholds(self, min_confidence: float) -> tuple[int, ...]:
        """Return from which median score on a viewer shows each emotion, in thousandths.

        Args:
            min_confidence: of the emotion network's card, 0 to 1.
        """
        least = min_confidence if self.min_confidence is None else self.min_confidence
        return tuple(round(self.showing.get(emotion, least) * QUANTUM) for emotion in EMOTIONS)


class Settings(BaseSettings):
    """Where things are on this machine."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, frozen=True, env_ignore_empty=True)

    data_dir: Path = Field(default_factory=lambda: platformdirs.user_data_path("moodtrace"))
    weights_dir: Path | None = Field(None, description="looked at first for weights")
    redis_url: SecretStr | None = Field(None, description="an outside server; else embedded")


def load_settings() -> Settings:
    """Read where things are.

    Raises:
        ConfigurationError: A value is wrong, or a variable with our prefix is unknown.
    """
    _refuse_typos()
    return _read(Settings)


def load_analysis_settings() -> AnalysisSettings:
    """Read what shapes the numbers.

    Raises:
        ConfigurationError: A value is wrong, or a variable with our prefix is unknown.
    """
    _refuse_typos()
    return _read(AnalysisSettings)


def digest(*parts: object) -> str:
    """Return the SHA-256 of what shaped a run, as hex; equal parts give equal digests."""
    return hashlib.sha256(msgspec.json.encode(parts, order="deterministic")).hexdigest()


def _read(kind: type[SettingsT]) -> SettingsT:
    try:
        return kind()
    except ValidationError as error:
        first = error.errors()[0]
        name = f"{kind.model_config['env_prefix']}{first['loc'][0]}".upper()
        raise ConfigurationError(
            f"a setting has a wrong value: {first['msg']}",
            where=f"environment variable {name}",
            try_this="correct the value, or unset the variable to take the default",
        ) from error


def _refuse_typos() -> None:
    """Refuse variables that nobody reads: pydantic-settings drops misspelt ones silently."""
    known = {
        f"{kind.model_config['env_prefix']}{field}".upper()
        for kind in (Settings, AnalysisSettings)
        for field in kind.model_fields
    }
    unknown = sorted(
        name
        for name in os.environ.keys() - known
        if name.startswith(PREFIX)
        and not name.startswith(EXEMPT_PREFIXES)
        and not name.endswith(EXEMPT_SUFFIXES)
    )
    if unknown:
        raise ConfigurationError(
            "an environment variable is not known",
            where=", ".join(unknown),
            try_this=f"unset it, or use one of {', '.join(sorted(known))}",
        )
