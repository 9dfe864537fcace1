"""`moodtrace export`: a screening as a file."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from moodtrace.commands.console import say
from moodtrace.commands.options import BaselineOption, RedisOption

if TYPE_CHECKING:
    from dashboard.exports import Format
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
    every: Annotated[
        Literal["1", "10", "60"],
        typer.Option(
            help="Seconds in a line of csv and parquet, and in an entry of json: long screenings "
            "are read faster by 10 or 60."
        ),
    ] = "1",
    baseline: BaselineOption = "none",
    redis: RedisOption = None,
) -> None:
    """Write a screening as a file.

    Example: moodtrace export spring-a --format pdf -o spring-a.pdf
    """
    _check_usage(screening, manifest, baseline)
    if every == "1":
        data, length = _seconds(screening, format, manifest, baseline, redis)
    else:
        _check_rollup(format, manifest)
        data, length = _rollups(screening or "", int(every), format, baseline, redis)
    _put(data, output, length)


def _put(data: bytes, output: Path | None, length: str) -> None:
    from moodtrace.commands.whole_file import write_whole

    if output is None or output == Path("-"):
        sys.stdout.buffer.write(data)
    else:
        write_whole(output, data)
        say(f"Wrote {output} ({length}).")


def _seconds(
    screening: str | None,
    format: "Format",  # noqa: A002
    manifest: Path | None,
    baseline: "Baseline",
    redis: str | None,
) -> tuple[bytes, str]:
    from dashboard.exports import written
    from dashboard.manifest import read_manifest
    from moodtrace.commands.open_store import open_store
    from moodtrace.settings import load_settings

    wanted = read_manifest(manifest) if manifest else None
    with open_store(load_settings(), redis) as store:
        view, of = _again(store, wanted) if wanted else _whole(store, screening or "", baseline)
    return written(view, of, format), f"{len(view.document['seconds'])} seconds"


def _rollups(
    name: str,
    length_s: int,
    format: "Format",  # noqa: A002
    baseline: "Baseline",
    redis: str | None,
) -> tuple[bytes, str]:
    """Write buckets: those of the store, but where rows have to be corrected first."""
    from moodtrace.baseline import corrected
    from moodtrace.commands.open_store import open_store
    from moodtrace.export_rollups import FORMATS, rollup_document
    from moodtrace.rollup import rolled
    from moodtrace.settings import load_settings

    with open_store(load_settings(), redis) as store:
        screening = store.screening(name)
        if baseline == "none":
            buckets = store.rollups(screening, length_s)
        else:
            found = corrected(screening, store.rows(name), baseline)
            buckets = rolled(found.rows, length_s, screening.k)
        content = rollup_document(screening, buckets, length_s, store.ledger(name), baseline)
    return FORMATS[format](content), f"{len(buckets)} x {length_s} seconds"


def _check_rollup(format: "Format", manifest: Path | None) -> None:  # noqa: A002
    from moodtrace.errors import UsageError
    from moodtrace.export_rollups import FORMATS

    if format not in FORMATS or manifest:
        raise UsageError(
            "lines of 10 or 60 seconds are for csv, parquet and json, of a whole screening",
            where="moodtrace export --every",
            try_this="leave --every out, or write --format csv",
        )


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
