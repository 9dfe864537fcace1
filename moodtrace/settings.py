"""Settings, read once at start-up from the environment into frozen objects, and nowhere else."""

import hashlib
import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Final, Literal, Self, TypeVar

import msgspec
import platformdirs
from pydantic import (
    AfterValidator,
    Field,
    IPvAnyNetwork,
    SecretStr,
    ValidationError,
    model_validator,
)
from pydantic_settings import BaseSettings, SettingsConfigDict

from moodtrace.camera_rules import PRIVATE
from moodtrace.errors import ConfigurationError
from moodtrace.labels import EMOTIONS, QUANTUM, Emotion
from moodtrace.messages import ANALYSIS_HEIGHT_PX, ANALYSIS_WIDTH_PX

PREFIX: Final = "MOODTRACE_"
MOST_WIDTH_PX: Final = 7680
MOST_HEIGHT_PX: Final = 4320
EXEMPT_SUFFIXES: Final = ("_PASSWORD", "_USER")
EXEMPT_PREFIXES: Final = ("MOODTRACE_TEST_",)

ENGINES: Final[dict[str, Literal["onnx", "torch"]]] = {"cpu": "onnx", "cuda": "torch"}
"""What runs networks on a device unless it is said."""

SettingsT = TypeVar("SettingsT", bound=BaseSettings)


def columns_and_rows(tiles: str) -> tuple[int, int]:
    """Read how many tiles a frame is cut into, across and down: `1`, or such as `4x3`.

    Raises:
        ValueError: the text is neither.
    """
    if not re.fullmatch("1|[1-9]x[1-9]", tiles):
        raise ValueError("write 1, or columns x rows such as 4x3")
    columns, _, rows = tiles.partition("x")
    return int(columns), int(rows or 1)


def _frame_px(given: Mapping[str, Any]) -> tuple[int, int]:
    """Return the usual width and height for the tiles that are given, in pixels."""
    columns, rows = columns_and_rows(given.get("tiles", "1"))
    return (
        min(columns * ANALYSIS_WIDTH_PX, MOST_WIDTH_PX),
        min(rows * ANALYSIS_HEIGHT_PX, MOST_HEIGHT_PX),
    )


def _as_one_text(tiles: str) -> str:
    """Write equal tiles in equal ways, so that equal settings have equal digests."""
    return "1" if columns_and_rows(tiles) == (1, 1) else tiles


class AnalysisSettings(BaseSettings):
    """What shapes the numbers: two runs with equal values give equal rows."""

    model_config = SettingsConfigDict(
        env_prefix="MOODTRACE_ANALYSIS_", frozen=True, env_ignore_empty=True
    )

    tiles: Annotated[str, AfterValidator(_as_one_text)] = Field(
        "1", description="columns x rows of the tiles that a frame is cut into for the detector"
    )
    max_width: int = Field(
        default_factory=lambda given: _frame_px(given)[0],
        ge=64,
        le=MOST_WIDTH_PX,
        multiple_of=32,
        description="pixels; frames are scaled to fit; else 960 for each column of tiles",
    )
    max_height: int = Field(
        default_factory=lambda given: _frame_px(given)[1],
        ge=64,
        le=MOST_HEIGHT_PX,
        multiple_of=32,
        description="pixels; frames are scaled to fit; else 544 for each row of tiles",
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
    device: Literal["cpu", "cuda"] = Field("cpu", description="what all networks run on")
    engine: Literal["onnx", "torch"] = Field(
        default_factory=lambda given: ENGINES[given.get("device", "cpu")],
        description="what runs all networks; else torch on cuda, and onnx on the cpu",
    )
    max_faces: int = Field(
        500, ge=1, description="faces per frame, small ones aside; more are left out and counted"
    )

    def with_gpu(self, share: float) -> Self:
        """Return these settings for networks that have this share of a GPU; as they are for 0."""
        if not share:
            return self
        return self.model_copy(update={"device": "cuda", "engine": ENGINES["cuda"]})

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
    media_dir: Path = Field(
        default_factory=lambda given: given["data_dir"] / "media",
        description="holds the contents that were shown, for the page",
    )
    redis_password_file: Path | None = Field(
        None, description="holds the password for that server, where its URL has none"
    )
    camera_networks: tuple[IPvAnyNetwork, ...] = Field(
        PRIVATE, description="where cameras may be, as JSON; private networks but not this machine"
    )
    kafka: str | None = Field(None, description="brokers, host:port[,…]; else no bus is needed")
    retention_days: int | None = Field(
        None, ge=1, le=36500, description="of timelines, from their start on; else they are kept"
    )


class KafkaSettings(BaseSettings):
    """What the topics on Kafka look like, and how much may wait for a broker."""

    model_config = SettingsConfigDict(
        env_prefix="MOODTRACE_KAFKA_", frozen=True, env_ignore_empty=True
    )

    topic_prefix: str = Field(
        default="moodtrace",
        pattern=r"^[A-Za-z0-9._-]{1,200}$",
        description="names of topics begin so",
    )
    partitions: int = Field(default=8, ge=1, le=1000, description="of frames and of faces")
    max_message_bytes: int = Field(
        default=4 << 20, ge=1 << 20, le=64 << 20, description="larger messages are not sent"
    )
    frames_retention_s: int = Field(
        default=600, ge=60, description="how long pictures may lie there"
    )
    faces_retention_days: int = Field(default=7, ge=1, description="of faces and of dead letters")
    session_timeout_s: int = Field(
        default=10, ge=6, le=300, description="how long a dead worker keeps its partitions"
    )
    buffer_bytes: int = Field(
        default=64 << 20, ge=1 << 20, description="that may wait for a broker"
    )
    buffer_messages: int = Field(default=2000, ge=1, description="that may wait for a broker")


class DashboardSettings(BaseSettings):
    """Who may see the page, where not only this machine can reach it."""

    model_config = SettingsConfigDict(
        env_prefix="MOODTRACE_DASHBOARD_", frozen=True, env_ignore_empty=True
    )

    url: str | None = Field(
        None, pattern=r"^https?://[^/?#]+$", description="of the page, as people type it"
    )
    oidc_url: str | None = Field(
        None, pattern=r"^https?://", description="of the OpenID provider's metadata"
    )
    oidc_client: str | None = Field(None, description="what the provider calls this page")
    oidc_secret_file: Path | None = Field(None, description="holds the client's secret")
    cookie_secret_file: Path | None = Field(
        None, description="holds what cookies are signed with; else drawn anew at every start"
    )
    access_file: Path | None = Field(None, description="who has which role, in YAML")
    anybody: bool = Field(
        default=False, description="whoever reaches the page sees all, where others are kept out"
    )

    @model_validator(mode="after")
    def _whole(self) -> Self:
        """See that sign-in is set up wholly, or not at all."""
        needed = ("url", "oidc_url", "oidc_client", "oidc_secret_file", "access_file")
        lacking = [name for name in needed if getattr(self, name) is None]
        if lacking and len(lacking) < len(needed):
            names = ", ".join(f"MOODTRACE_DASHBOARD_{name.upper()}" for name in lacking)
            raise ValueError(f"sign-in also needs {names}")
        return self


class WorkerSettings(BaseSettings):
    """How many frames go through the networks together, and how long they may wait for that."""

    model_config = SettingsConfigDict(
        env_prefix="MOODTRACE_WORKERS_", frozen=True, env_ignore_empty=True
    )

    max_batch_frames: int = Field(
        16, ge=1, le=256, description="frames analysed together; fewer if they are cut into tiles"
    )
    max_wait_ms: int = Field(20, ge=0, le=1000, description="longest wait for a full batch")
    in_flight: int = Field(2, ge=1, le=64, description="batches handed over and not answered")
    max_age_ms: int = Field(
        2000, ge=100, description="since its capture, when a live frame is dropped instead"
    )

    def fitted(self, most_frames: int, max_age_s: float | None) -> Self:
        """Return these settings with no larger batches, and another age if one is given."""
        frames = min(self.max_batch_frames, most_frames)
        age_ms = self.max_age_ms if max_age_s is None else round(max_age_s * 1000)
        return self.model_copy(update={"max_batch_frames": frames, "max_age_ms": age_ms})


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


def load_dashboard_settings() -> DashboardSettings:
    """Read who may see the page.

    Raises:
        ConfigurationError: A value is wrong, or a variable with our prefix is unknown.
    """
    _refuse_typos()
    return _read(DashboardSettings)


def load_kafka_settings() -> KafkaSettings:
    """Read what the bus needs to know beside the brokers' addresses.

    Raises:
        ConfigurationError: A value is wrong, or a variable with our prefix is unknown.
    """
    _refuse_typos()
    return _read(KafkaSettings)


def load_worker_settings() -> WorkerSettings:
    """Read how frames are put together and dropped.

    Raises:
        ConfigurationError: A value is wrong, or a variable with our prefix is unknown.
    """
    _refuse_typos()
    return _read(WorkerSettings)


def digest(*parts: object) -> str:
    """Return the SHA-256 of what shaped a run, as hex; equal parts give equal digests."""
    return hashlib.sha256(msgspec.json.encode(parts, order="deterministic")).hexdigest()


def _read(kind: type[SettingsT]) -> SettingsT:
    try:
        return kind()
    except ValidationError as error:
        first = error.errors()[0]
        name = (
            f"{kind.model_config['env_prefix']}{first['loc'][0] if first['loc'] else '…'}".upper()
        )
        raise ConfigurationError(
            f"a setting has a wrong value: {first['msg'].removeprefix('Value error, ')}",
            where=f"environment variable {name}",
            try_this="correct the value, or unset the variable to take the default",
        ) from error


def _refuse_typos() -> None:
    """Refuse variables that nobody reads: pydantic-settings drops misspelt ones silently."""
    known = {
        f"{kind.model_config['env_prefix']}{field}".upper()
        for kind in (
            Settings,
            AnalysisSettings,
            KafkaSettings,
            WorkerSettings,
            DashboardSettings,
        )
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
