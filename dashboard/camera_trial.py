"""Runs `moodtrace camera test` as a process of its own: the page itself never opens a camera."""

import subprocess
import sys
from typing import Any, Final

import msgspec

from moodtrace.errors import MoodtraceError

LIMIT_S: Final = 90.0
"""Ten seconds of watching, up to fifteen of opening, and the networks' start on a slow machine."""


def tried(name: str, *, picture: bool) -> dict[str, Any]:
    """Watch a camera for ten seconds.

    Args:
        name: of the camera.
        picture: whether a masked, blurred thumbnail is wanted too; it is only in what is returned.

    Returns:
        What `moodtrace camera test --json` prints.

    Raises:
        MoodtraceError: it does not work, and why.
    """
    words = [sys.executable, "-P", "-m", "moodtrace", "camera", "test", "--json"]
    words += ["--picture"] * picture
    try:
        done = subprocess.run(
            [*words, "--", name],
            capture_output=True,
            timeout=LIMIT_S,
            stdin=subprocess.DEVNULL,
        )
    except subprocess.TimeoutExpired:
        raise MoodtraceError(
            f"the test took longer than {LIMIT_S:.0f} s and was ended",
            where=f"camera {name!r}",
            try_this="try again; `moodtrace camera test` in a terminal says how far it gets",
        ) from None
    if done.returncode:
        raise _told(name, done.stderr.decode(errors="replace"))
    found: dict[str, Any] = msgspec.json.decode(done.stdout)
    return found


def _told(name: str, stderr: str) -> MoodtraceError:
    """Return the error whose three lines a command printed last."""
    said = {}
    for line in stderr.splitlines():
        label, _, words = line.partition(":")
        if label in ("Error", "Where", "Try"):
            said[label] = words.strip()
    return MoodtraceError(
        said.get("Error", "the test ended by itself"),
        where=said.get("Where", f"camera {name!r}"),
        try_this=said.get("Try", "`moodtrace camera test` in a terminal says more"),
    )
