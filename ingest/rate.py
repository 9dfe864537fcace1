"""How many frames are too many: two small machines that know only numbers."""


class Pace:
    """Keeps frames at a rate by their times, as evenly as the source allows.

    A frame may come a quarter of an interval early, so that a source which sends at just this
    rate loses nothing to jitter; the next one is due by the rate, not by the frame before.
    """

    def __init__(self, fps: float) -> None:
        self._interval_ms = 1000 / fps
        self._due_ms: float | None = None

    def keep(self, time_ms: int) -> bool:
        """Tell whether the next frame is kept; times rise."""
        if self._due_ms is None:
            self._due_ms = float(time_ms)
        if time_ms < self._due_ms - self._interval_ms / 4:
            return False
        is_behind = time_ms > self._due_ms + self._interval_ms
        self._due_ms = (time_ms if is_behind else self._due_ms) + self._interval_ms
        return True


class TokenBucket:
    """Lets `rate` frames a second through, and a second's worth at once after a pause."""

    def __init__(self, rate: float) -> None:
        self._rate = rate
        self._most = max(1.0, rate)
        self._tokens = self._most
        self._last_s: float | None = None

    def take(self, now_s: float) -> bool:
        """Take a token for a frame, if there is one; times never go back."""
        if self._last_s is not None:
            gained = (now_s - self._last_s) * self._rate
            self._tokens = min(self._most, self._tokens + gained)
        self._last_s = now_s
        if self._tokens < 1:
            return False
        self._tokens -= 1
        return True
