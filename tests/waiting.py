"""Waiting in tests: by looking again, never by sleeping for as long as it usually takes."""

import time
from collections.abc import Callable


def wait_until(condition: Callable[[], object], timeout_s: float = 10) -> None:
    """Return as soon as the condition holds; fail if it does not in time."""
    deadline = time.monotonic() + timeout_s
    while not condition():
        assert time.monotonic() < deadline, f"it did not come true in {timeout_s:g} s"
        time.sleep(0.01)
