"""`moodtrace export`: a screening as a file."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from moodtrace.commands.console import say
from moodtrace.commands.options import BaselineOption, RedisOption

if TYPE_CHECKING:
    from dashboard.manifest import Manifest
    from dashboard.queries import View
    from moodtrace.labels import Baseline
    from moodtrace.store import Store


def export(
    screening: Annotated[
        str | None,
        typer.Argument(metavar="SCREENING", help="The screening's id.", show_default=False),
    ] = None,
    format: Annotated[  # noqa: A002
        Literal["json", "csv", "parquet", "png", "svg", "pdf", "html", "manifest"],
        typer.Option(
            help="Its seconds (csv, parquet), all of it (json), its trace (png, svg), a report of "
            "one page (pdf, html), or what makes the same file again (manifest)."
        ),
    ] = "json",
    output: Annotated[
        Path | None, typer.Option("--output", "-o", metavar="FILE", help="Default, or -: stdout.")
    ] = None,
    manifest: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE", help="Write what this manifest says, in place of a whole screening."
        ),
    ] = None,
    baseline: BaselineOption = "none",
    redis: RedisOption = None,
) -> None:
    """Write a screening as a file.

    Example: moodtrace export spring-a --format pdf -o spring-a.pdf
    """
    from dashboard.exports import written
    from dashboard.manifest import read_manifest
    from moodtrace.commands.open_store import open_store
    from moodtrace.commands.whole_file import write_whole
    from moodtrace.settings import load_settings

    _check_usage(screening, manifest, baseline)
    wanted = read_manifest(manifest) if manifest else None
    with open_store(load_settings(), redis) as store:
        view, of = _again(store, wanted) if wanted else _whole(store, screening or "", baseline)
    data = written(view, of, format)
    if output is None or output == Path("-"):
        sys.stdout.buffer.write(data)
    else:
        write_whole(output, data)
        say(f"Wrote {output} ({len(view.document['seconds'])} seconds).")


def _check_usage(screening: str | None, manifest: Path | None, baseline: "Baseline") -> None:
    from moodtrace.errors import UsageError

    if (screening is None) == (manifest is None) or (manifest and baseline != "none"):
        raise UsageError(
            "a screening or a manifest says what to write, and a manifest says its baseline too",
            where="moodtrace export",
            try_this="name one: `moodtrace export SCREENING` or `moodtrace export --manifest FILE`",
        )


def _whole(store: "Store", screening: str, baseline: "Baseline") -> "tuple[View, Manifest]":
    from dashboard import queries
    from dashboard.manifest import manifest_of

    view = queries.read(store, screening, baseline)
    return view, manifest_of(view, queries.telling(view))


def _again(store: "Store", manifest: "Manifest") -> "tuple[View, Manifest]":
    """Read what a manifest says; with another version it may look different."""
    from importlib.metadata import version

    from dashboard import queries
    from dashboard.manifest import check

    view = queries.read(store, manifest.screening, manifest.baseline, manifest.selection)
    check(manifest, view)
    if manifest.version != version("moodtrace"):
        say(f"The manifest is of moodtrace {manifest.version}; this is {version('moodtrace')}.")
    return view, manifest
