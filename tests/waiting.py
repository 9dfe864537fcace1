"""Waiting for what other threads and processes do; no test sleeps for longer than it must."""

import time
from collections.abc import Callable

POLL_S = 0.01


def wait_until(condition: Callable[[], object], timeout_s: float = 10, what: str = "it") -> float:
    """Wait for something; return how long it took, in seconds."""
    start_s = time.monotonic()
    while not condition():
        assert time.monotonic() - start_s < timeout_s, f"{what}: not within {timeout_s:g} s"
        time.sleep(POLL_S)
    return time.monotonic() - start_s
