"""Networks that do to their replica what a frame's picture tells them to."""

import os
import signal
import time
from collections.abc import Sequence
from functools import partial
from pathlib import Path

from msgspec.structs import replace
from ray.serve import Application

from moodtrace.messages import FrameCaptured, Scored
from tests.factories import scored
from workers.analyzer import Timed
from workers.deployments import application
from workers.identity import Identity
from workers.replica_networks import Parts
from workers.serve_options import ServeOptions

POISON = b"poison"
HANG = b"hang:"
STOP = b"stop:"
FAIL = b"fail"
SLOW = b"slow"
SLOW_S = 0.3
"""What a picture that is slow takes."""


def hang(mark: Path) -> bytes:
    """A picture that hangs the first replica that sees it, which leaves its id in a file."""
    return HANG + bytes(mark)


def stop(mark: Path) -> bytes:
    """A picture that stops the first process that sees it, as a debugger would."""
    return STOP + bytes(mark)


def identity(analysis_sha256: str) -> Identity:
    """That of acting networks; they look at nothing but have versions."""
    return Identity("yunet", "mini-xception", None, analysis_sha256, (410,) * 7)


def described(identity: Identity, replicas: int, max_replicas: int | None = None) -> Application:
    """An application of acting networks, as `workers.deployments.deploy` wants it."""
    open_acting = partial(Acting, identity.analysis_sha256)
    options = ServeOptions(replicas=replicas, max_replicas=max_replicas)
    return application(Parts(open_acting, identity), options)


class Acting:
    """Takes 10 ms for a batch, unless told otherwise."""

    def __init__(self, analysis_sha256: str, timed: Timed) -> None:
        if analysis_sha256 == "none":
            raise ValueError("no such weights")
        self.analysis_sha256 = analysis_sha256

    def __call__(self, frames: Sequence[FrameCaptured]) -> list[Scored]:
        for frame in frames:
            self._obey(frame.image)
        time.sleep(0.01)
        said = {"analysis_sha256": self.analysis_sha256}
        return [replace(scored(frame.pts_ms, seq=frame.seq), **said) for frame in frames]

    def check(self) -> None:
        """Answer at once."""

    def _obey(self, picture: bytes) -> None:
        if picture == POISON:
            os.kill(os.getpid(), signal.SIGKILL)
        elif picture == SLOW:
            time.sleep(SLOW_S)
        elif picture == FAIL:
            raise RuntimeError("networks that fail")
        elif picture.startswith(HANG) and _first(picture.removeprefix(HANG)):
            time.sleep(3600)
        elif picture.startswith(STOP) and _first(picture.removeprefix(STOP)):
            os.kill(os.getpid(), signal.SIGSTOP)


def _first(mark: bytes) -> bool:
    """Say whether we are the first to come, and leave the id of our process if so."""
    try:
        file = os.open(mark, os.O_CREAT | os.O_EXCL | os.O_WRONLY)
    except FileExistsError:
        return False
    with os.fdopen(file, "w") as opened:
        opened.write(str(os.getpid()))
    return True
