"""Networks that do to their replica what a frame's picture tells them to."""

import os
import signal
import time
from collections.abc import Sequence
from pathlib import Path

from moodtrace.messages import FrameCaptured, Scored
from tests.factories import scored
from workers.analyzer import Timed
from workers.networks import Identity

IDENTITY = Identity("acting", "acting", None, "a" * 64, (410,) * 7)

POISON = b"poison"
HANG = b"hang:"
STOP = b"stop:"
FAIL = b"fail"


def hang(mark: Path) -> bytes:
    """A picture that hangs the first replica that sees it, which leaves its id in a file."""
    return HANG + bytes(mark)


def stop(mark: Path) -> bytes:
    """A picture that stops the first process that sees it, as a debugger would."""
    return STOP + bytes(mark)


class Acting:
    """Takes 10 ms for a batch, unless told otherwise."""

    def __call__(self, frames: Sequence[FrameCaptured]) -> list[Scored]:
        for frame in frames:
            self._obey(frame.image)
        time.sleep(0.01)
        return [scored(frame.pts_ms, seq=frame.seq) for frame in frames]

    def check(self) -> None:
        """Answer at once."""

    def _obey(self, picture: bytes) -> None:
        if picture == POISON:
            os.kill(os.getpid(), signal.SIGKILL)
        elif picture == FAIL:
            raise RuntimeError("networks that fail")
        elif picture.startswith(HANG) and _first(picture.removeprefix(HANG)):
            time.sleep(3600)
        elif picture.startswith(STOP) and _first(picture.removeprefix(STOP)):
            os.kill(os.getpid(), signal.SIGSTOP)


def open_acting(timed: Timed) -> Acting:
    """Open them, as `FaceAnalyzer` wants it."""
    return Acting()


def _first(mark: bytes) -> bool:
    """Say whether we are the first to come, and leave the id of our process if so."""
    try:
        file = os.open(mark, os.O_CREAT | os.O_EXCL | os.O_WRONLY)
    except FileExistsError:
        return False
    with os.fdopen(file, "w") as opened:
        opened.write(str(os.getpid()))
    return True
