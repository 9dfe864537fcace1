"""What was looked at, and how, in so many words that the same bytes can be made of it again."""

from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Literal

import msgspec

from dashboard.queries import View
from moodtrace.errors import ManifestError
from moodtrace.labels import Baseline, Emotion
from moodtrace.selection import Selection


class Manifest(
    msgspec.Struct,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    tag_field="kind",
    tag="moodtrace_manifest/1",
):
    """A view of a screening."""

    screening: str
    content_sha256: str
    """Of its rows; another one means that the screening was replayed since."""
    config_sha256: str
    version: str
    """Of moodtrace; another one may draw and write differently."""
    baseline: Baseline
    selection: Selection
    emotions: tuple[Emotion, ...]
    """Those drawn."""
    band: bool
    """Whether intervals are drawn."""
    smooth: Literal[0, 3, 5]
    """Seconds that drawn curves are averaged over; figures and tables never are."""


def manifest_of(
    view: View, emotions: Sequence[Emotion], *, band: bool = True, smooth: int = 0
) -> Manifest:
    """Say what a view is of, and how it is drawn."""
    return msgspec.convert(
        {
            "kind": "moodtrace_manifest/1",
            "screening": view.screening.id,
            "content_sha256": view.whole.content_sha256,
            "config_sha256": view.screening.config_sha256,
            "version": version("moodtrace"),
            "baseline": view.baseline,
            "selection": view.chosen,
            "emotions": tuple(emotions),
            "band": band,
            "smooth": smooth,
        },
        Manifest,
    )


def written(manifest: Manifest) -> bytes:
    """Write a manifest as JSON that people can read, ending in a newline."""
    return msgspec.json.format(msgspec.json.encode(manifest), indent=2) + b"\n"


def read_manifest(path: Path) -> Manifest:
    """Read a manifest.

    Raises:
        ManifestError: It can't be read, or is none.
    """
    try:
        return msgspec.json.decode(path.read_bytes(), type=Manifest)
    except OSError as error:
        raise _wrong(f"can't be read: {error.strerror}", path) from error
    except msgspec.DecodeError as error:
        raise _wrong(f"can't be understood: {error}", path) from error


def check(manifest: Manifest, view: View) -> None:
    """Refuse a screening that is not the one that was looked at.

    Raises:
        ManifestError: Its rows or the settings behind them are others.
    """
    hashes = {
        "content_sha256": view.whole.content_sha256,
        "config_sha256": view.screening.config_sha256,
    }
    for name, found in hashes.items():
        if found != getattr(manifest, name):
            raise ManifestError(
                "the screening is not the one that the manifest was made of",
                where=f"screening {manifest.screening!r}, {name} {found[:8]} instead of "
                f"{getattr(manifest, name)[:8]}",
                try_this="it was replayed since; make a new manifest with "
                f"`moodtrace export {manifest.screening} --format manifest`",
            )


def _wrong(why: str, path: Path) -> ManifestError:
    return ManifestError(
        f"the manifest {why}",
        where=str(path),
        try_this="take a file that `moodtrace export ID --format manifest` or the page wrote",
    )
