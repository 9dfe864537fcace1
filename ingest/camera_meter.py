"""Measures how a camera fares, from what its decode process says; judges nothing."""

from collections import Counter, deque
from typing import Final, Literal

from ingest.live_events import LiveDropped, LiveFailed, LiveFrame, LiveOpened
from moodtrace.cameras import CameraState, CameraStatus

FPS_WINDOW_S: Final = 10.0
HOUR_S: Final = 3600.0
NEVER_SAMPLED: Final = frozenset({"over_rate"})
"""Drop reasons of frames that were left out before it was their turn to be sampled."""
_SMOOTHING: Final = 50
"""Over how many frames, about, the offset is a mean."""


class CameraMeter:
    """What one camera did since ingest began to read it."""

    def __init__(self) -> None:
        self._opened = LiveOpened(
            codec="", width=0, height=0, fps=0, analysis_width=0, analysis_height=0
        )
        self._captured = 0
        self._failed: Counter[str] = Counter()
        self._dropped: Counter[str] = Counter()
        self._frames_s: deque[float] = deque()
        self._returns_s: deque[float] = deque()
        self._stalls_s: deque[float] = deque()
        self._was_live = False
        self._clock: Literal["rtcp", "arrival", ""] = ""
        self._offset_ms = 0.0
        self._offsets = 0
        self._last_frame_ms = 0

    def opened(self, event: LiveOpened) -> None:
        """Note what the camera sends."""
        self._opened = event

    def frame(self, event: LiveFrame, now_s: float) -> None:
        """Note a sampled picture."""
        self._captured += 1
        self._frames_s.append(now_s)
        self._last_frame_ms = event.arrival_ms
        if event.clock != self._clock:
            self._clock, self._offset_ms, self._offsets = event.clock, 0.0, 0
        self._offsets = min(self._offsets + 1, _SMOOTHING)
        offset_ms = event.arrival_ms - event.capture_ms
        self._offset_ms += (offset_ms - self._offset_ms) / self._offsets

    def failed(self, event: LiveFailed) -> None:
        """Note a frame that gave no picture."""
        self._captured += 1
        self._failed[event.reason] += 1

    def dropped(self, event: LiveDropped) -> None:
        """Note frames that were left out."""
        if event.reason not in NEVER_SAMPLED:
            self._captured += event.count
        self._dropped[event.reason] += event.count

    def entered(self, state: CameraState, now_s: float) -> None:
        """Note that the camera is in another state from now on."""
        if state == "live" and self._was_live:
            self._returns_s.append(now_s)
        if state == "stalled":
            self._stalls_s.append(now_s)
        self._was_live = self._was_live or state == "live"

    def status(
        self, name: str, state: CameraState, reason: str, since_ms: int, now_s: float
    ) -> CameraStatus:
        """Return what was measured so far, without a grade.

        Args:
            name: of the camera.
            state: that it is in.
            reason: why, if something is wrong.
            since_ms: Unix time at which this state began.
            now_s: on the clock of the events.
        """
        _forget(self._frames_s, now_s - FPS_WINDOW_S)
        _forget(self._returns_s, now_s - HOUR_S)
        _forget(self._stalls_s, now_s - HOUR_S)
        return CameraStatus(
            name=name,
            state=state,
            reason=reason,
            since_ms=since_ms,
            codec=self._opened.codec,
            width=self._opened.width,
            height=self._opened.height,
            fps=len(self._frames_s) / FPS_WINDOW_S,
            captured=self._captured,
            dropped=dict(self._dropped),
            failed=dict(self._failed),
            reconnects_per_hour=len(self._returns_s),
            stalls=len(self._stalls_s),
            clock=self._clock,
            clock_offset_ms=round(self._offset_ms) if self._clock == "rtcp" else 0,
            last_frame_ms=self._last_frame_ms,
        )


def _forget(times_s: deque[float], before_s: float) -> None:
    while times_s and times_s[0] <= before_s:
        times_s.popleft()
