"""Waiting for what other threads and processes do."""

import time
from collections.abc import Callable

POLL_S = 0.02


def wait_until(condition: Callable[[], object], timeout_s: float = 10, what: str = "it") -> float:
    """Wait for something, or fail; return how long it took."""
    start_s = time.monotonic()
    while not condition():
        assert time.monotonic() - start_s < timeout_s, f"{what}: not within {timeout_s:g} s"
        time.sleep(POLL_S)
    return time.monotonic() - start_s
