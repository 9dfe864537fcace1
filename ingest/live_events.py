"""What a live decode process is told and says; knows nothing of PyAV, pipes or processes."""

from typing import Final, Literal, TypeAlias

import msgspec

from moodtrace.cameras import Polygon
from moodtrace.messages import ANALYSIS_HEIGHT_PX, ANALYSIS_WIDTH_PX

OPEN_S: Final = 8.0
SLOW_READER: Final = "slow_reader"
"""Drop reason of sampled frames that nobody took in time."""
DECODER_LOST: Final = "decoder_lost"
"""Drop reason of sampled frames that a decode process held when it died or was killed."""


class LiveJob(msgspec.Struct, frozen=True, kw_only=True):
    """One camera to read until told otherwise; it may hold secrets, so it goes by pipe."""

    camera_id: str
    source: str
    """As in `Camera.source`."""
    username: str = ""
    password: str = ""
    transport: Literal["tcp", "udp"] = "tcp"
    allow_http: bool = False
    fps: float = 5.0
    max_width: int = ANALYSIS_WIDTH_PX
    max_height: int = ANALYSIS_HEIGHT_PX
    masks: tuple[Polygon, ...] = ()
    jpeg_quality: int = 90
    encoding: Literal["jpeg", "raw"] = "jpeg"
    """How pictures are handed over: `raw` costs no quality, and stays on this machine."""
    open_s: float = OPEN_S
    """Longest time to open the source."""
    read_s: float = 3.0
    """Longest silence of an open source."""
    max_source_fps: float = 120.0
    """Frames above this rate are dropped as `over_rate` before they are converted."""

    def __repr__(self) -> str:
        """Name the camera alone: tracebacks and logs show this."""
        return f"LiveJob(camera_id={self.camera_id!r})"


class LiveOpened(msgspec.Struct, frozen=True, kw_only=True, tag="live_opened", tag_field="kind"):
    """The first frame was decoded; said again when the codec or the size changes."""

    codec: str
    width: int
    """Of the upright picture as the camera sends it, in pixels."""
    height: int
    fps: float
    """As the source says; 0 if it does not."""
    analysis_width: int
    analysis_height: int


class LiveFrame(msgspec.Struct, frozen=True, kw_only=True, tag="live_frame", tag_field="kind"):
    """One sampled picture: scaled and masked."""

    capture_ms: int
    """Unix time of capture in ms; strictly rising inside one run of the child."""
    arrival_ms: int
    """Unix time at which it was decoded, in ms."""
    clock: Literal["rtcp", "arrival"]
    """Where the time of capture comes from."""
    width: int
    height: int
    encoding: Literal["jpeg", "raw"] = "jpeg"
    image: bytes
    """As in `moodtrace.messages.FrameCaptured`."""


class LiveFailed(msgspec.Struct, frozen=True, kw_only=True, tag="live_failed", tag_field="kind"):
    """A frame that should have been sampled and gave no picture."""

    capture_ms: int
    reason: str
    """`corrupt`, `bad_picture`, …"""


class LiveDropped(msgspec.Struct, frozen=True, kw_only=True, tag="live_dropped", tag_field="kind"):
    """Frames left out on purpose since the last such event of this reason."""

    count: int
    """1 or more."""
    reason: str
    """`over_rate`: the source runs away; `slow_reader`: nobody took them in time; `decoder_lost`,
    `interrupted`: they were in a process that died, or was told to end."""
    first_ms: int
    """Time of capture of the first of them, as in `LiveFrame`."""
    last_ms: int
    """Of the last."""

    def times_ms(self) -> list[int]:
        """Return when they were captured, spread evenly: cameras are sampled at an even pace."""
        steps = max(1, self.count - 1)
        length_ms = self.last_ms - self.first_ms
        return [self.first_ms + length_ms * number // steps for number in range(self.count)]

    def with_earlier(self, earlier: "LiveDropped | None") -> "LiveDropped":
        """Return one event of two of the same reason."""
        if earlier is None:
            return self
        count = earlier.count + self.count
        return msgspec.structs.replace(self, count=count, first_ms=earlier.first_ms)


class LiveClockJumped(
    msgspec.Struct, frozen=True, kw_only=True, tag="live_clock_jumped", tag_field="kind"
):
    """The clock behind the times of capture was set; the times themselves go on evenly."""

    jump_ms: int
    """By how much it was set ahead; negative if it was set back."""


class LiveAlive(msgspec.Struct, frozen=True, kw_only=True, tag="live_alive", tag_field="kind"):
    """The process has started, or something came from the source, though nothing was sampled.

    At most once a second.
    """


class LiveEnded(msgspec.Struct, frozen=True, kw_only=True, tag="live_ended", tag_field="kind"):
    """Nothing more comes; always the last event."""

    reason: str
    """`ended`, `auth_failed`, `not_found`, `refused`, `unreachable`, `silent`, `tls_failed`,
    `unsupported_codec`, `no_video_stream`, `not_media`, `too_large`, `not_allowed`, …"""
    detail: str = ""
    """What the library said, without any secret; for logs alone."""


LiveEvent: TypeAlias = (
    LiveOpened | LiveFrame | LiveFailed | LiveDropped | LiveClockJumped | LiveAlive | LiveEnded
)
"""Everything that a live decode process may say."""
