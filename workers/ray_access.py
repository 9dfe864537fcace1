"""What a process needs to reach a Ray cluster, mostly files in the data directory; imports no Ray.

`ray-token` is what every process of a cluster has to show, unless RAY_AUTH_TOKEN or
RAY_AUTH_TOKEN_PATH, variables of Ray's own, say otherwise. `ray-address` is where the cluster of
the `moodtrace serve` that runs is reached.
"""

import fcntl
import logging
import os
import secrets
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Final

from moodtrace.errors import (
    BusyError,
    CannotWriteError,
    ConfigurationError,
    MoodtraceError,
    NotAllowedError,
    ServerAwayError,
)

TOKEN: Final = "ray-token"  # noqa: S105 (a file's name)
ADDRESS: Final = "ray-address"
TOKEN_PATH: Final = "RAY_AUTH_TOKEN_PATH"  # noqa: S105 (a variable's name)
JOIN_S: Final = 5.0
RETRY_S: Final = 0.2
TOKEN_VARIABLES: Final = ("RAY_AUTH_TOKEN", TOKEN_PATH)


def make_token(data_dir: Path) -> None:
    """Leave a token where its owner alone can read it, if there is none.

    Raises:
        CannotWriteError: the data directory can't be written.
    """
    try:
        data_dir.mkdir(parents=True, exist_ok=True)
        file = os.open(data_dir / TOKEN, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    except FileExistsError:
        return
    except OSError as error:
        raise _unusable(data_dir, error) from error
    with os.fdopen(file, "w") as opened:
        opened.write(secrets.token_urlsafe(32))


def show_token(data_dir: Path) -> None:
    """Have Ray show the token of this data directory, unless it was told of another.

    Raises:
        NotAllowedError: there is none.
    """
    if any(os.environ.get(name) for name in TOKEN_VARIABLES):
        return
    file = data_dir / TOKEN
    if not file.exists():
        raise NotAllowedError(
            "there is no token to show to the Ray cluster",
            where=f"{' and '.join(TOKEN_VARIABLES)}, {file}",
            try_this="copy the cluster's token there, or set one of the variables",
        )
    os.environ[TOKEN_PATH] = str(file)


@contextmanager
def announcing(data_dir: Path, patience_s: float = 0) -> Iterator[Callable[[str], None]]:
    """Give out what leaves the address of a cluster for other processes of this data directory.

    It is good as long as its file is locked, which the kernel ends with this process.

    Args:
        data_dir: the data directory.
        patience_s: how long to wait for another process that is about to end.

    Raises:
        BusyError: another process of this data directory does.
        CannotWriteError: the data directory can't be written.
    """
    with _opened(data_dir) as file:
        until_s = time.monotonic() + patience_s
        while not _locked(file):
            if time.monotonic() >= until_s:
                raise _busy(data_dir)
            time.sleep(RETRY_S)
        file.truncate(0)

        def announce(address: str) -> None:
            file.write(address)
            file.flush()

        yield announce


def require_free(data_dir: Path, address: str) -> None:
    """Raise `BusyError` if another process of this data directory serves on another cluster."""
    with suppress(ServerAwayError):
        if announced_address(data_dir) != address:
            raise _busy(data_dir)


def announced_address(data_dir: Path) -> str:
    """Return the address of the cluster that runs.

    Raises:
        ServerAwayError: none does.
    """
    path = data_dir / ADDRESS
    with suppress(FileNotFoundError), path.open() as file:
        try:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            if address := file.read():
                return address
    raise ServerAwayError(
        "no `moodtrace serve` runs here, or it has only begun to",
        where=str(path),
        try_this="start it, or name a cluster with --address HOST:PORT",
    )


def _busy(data_dir: Path) -> BusyError:
    return BusyError(
        "a `moodtrace serve` runs on this data directory already",
        where=str(data_dir / ADDRESS),
        try_this="end it first, or set MOODTRACE_DATA_DIR to another folder",
    )


def _locked(file: IO[str]) -> bool:
    with suppress(BlockingIOError):
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        return True
    return False


def require_listener(address: str) -> None:
    """Raise what is wrong with an address that nobody answers at; Ray would take minutes for it.

    Raises:
        ValueError: it is none.
        OSError: nobody listens there.
    """
    host, _, port = address.rpartition(":")
    if not (host and port.isdecimal()):
        raise ValueError("an address is HOST:PORT")
    socket.create_connection((host, int(port)), JOIN_S).close()


def log_as_we_do() -> None:
    """Have Serve log warnings through the root logger; it has set up a logger of its own."""
    its = logging.getLogger("ray.serve")
    its.handlers.clear()
    its.propagate = True
    its.setLevel(logging.WARNING)


def _opened(data_dir: Path) -> IO[str]:
    try:
        data_dir.mkdir(parents=True, exist_ok=True)
        return (data_dir / ADDRESS).open("a")
    except OSError as error:
        raise _unusable(data_dir, error) from error


def _unusable(data_dir: Path, error: OSError) -> CannotWriteError:
    return CannotWriteError(
        f"the data directory can't be used: {error.strerror}",
        where=str(data_dir),
        try_this="make it writable, or set MOODTRACE_DATA_DIR to a folder that is",
    )


def nobody_answers(application: str) -> ServerAwayError:
    """Return what to say where an application has no replica for us."""
    return ServerAwayError(
        "no replica takes batches",
        where=f"Serve application {application!r}",
        try_this="start `moodtrace serve`, or see on its health port how it fares",
    )


def gone(application: str) -> ServerAwayError:
    """Return what to say where an application that ran is not there any more."""
    return ServerAwayError(
        "Ray ended, or somebody deleted the application",
        where=f"Serve application {application!r}",
        try_this="start `moodtrace serve` again",
    )


def cannot_start(application: str, said: str) -> ConfigurationError:
    """Return what to say where replicas fail as they start; the last line of `said` is why."""
    return ConfigurationError(
        f"the replicas can't start: {said.strip().splitlines()[-1]}",
        where=f"Serve application {application!r}",
        try_this="run `moodtrace doctor` on the machines of the cluster",
    )


def not_started(application: str, waited_s: float, state: str) -> ServerAwayError:
    """Return what to say where replicas wait for something that does not come."""
    return ServerAwayError(
        f"no replica runs after {waited_s:.0f} s",
        where=f"Serve application {application!r}: {state}",
        try_this="see with `ray status` whether the cluster has room",
    )


def not_joined(error: Exception, address: str) -> MoodtraceError:
    """Return what to say where a cluster could not be joined."""
    if "AuthenticationError" in str(error.__cause__):
        return NotAllowedError(
            "the Ray cluster refuses the token",
            where=address,
            try_this="copy the cluster's token: docs/how-to/scale-out.md",
        )
    return ServerAwayError(
        f"the Ray cluster can't be joined: {error}".splitlines()[0],
        where=address,
        try_this="check the address; a raylet of the cluster has to run on this machine, too",
    )
