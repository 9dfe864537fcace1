"""The files that can be made of a view, for the command line and the page alike."""

from collections.abc import Callable
from typing import Final, Literal, NamedTuple, get_args

from dashboard import charts, manifest, pictures, queries_seconds, report
from dashboard.charts_palette import LIGHT
from dashboard.charts_parts import Chart
from dashboard.curves import traces_of
from dashboard.manifest import Manifest
from dashboard.queries import View
from moodtrace import export
from moodtrace.errors import UsageError
from moodtrace.markers import parse_markers
from moodtrace.screening import as_name

Format = Literal["json", "csv", "parquet", "png", "svg", "html", "pdf", "manifest"]
FORMATS: Final[tuple[Format, ...]] = get_args(Format)


class Kind(NamedTuple):
    """One format of files."""

    words: str
    """What is in it."""
    suffix: str
    mime: str
    write: Callable[[View, Manifest], bytes]
    of_figures: bool = True
    """Whether there is something in it where no trace can be drawn."""


def written(view: View, of: Manifest, format: Format) -> bytes:  # noqa: A002
    """Write a file; equal manifests of equal rows give equal bytes.

    Raises:
        UsageError: It would be a picture of nothing.
    """
    return KINDS[format].write(view, of)


def file_name(screening_id: str, what: str, suffix: str) -> str:
    """Name a file so that every system takes it."""
    return f"moodtrace-{as_name(screening_id).replace(' ', '-')}-{what}.{suffix}"


def _trace(view: View, of: Manifest) -> Chart:
    if not report.can_be_drawn(view):
        raise UsageError(
            "there is no trace to draw: no second of it may be shown, or nobody could be scored",
            where=f"screening {of.screening!r}",
            try_this="see why with `--format csv`",
        )
    return charts.timeline(
        traces_of(
            view, of.emotions, parse_markers(view.screening.markers), band=of.band, smooth=of.smooth
        ),
        LIGHT,
    )


def _svg(view: View, of: Manifest) -> bytes:
    drawn = pictures.svg(
        _trace(view, of), queries_seconds.description(view, of.emotions, of.smooth)
    )
    return drawn.encode()


KINDS: Final[dict[Format, Kind]] = {
    "csv": Kind("a line per second", "csv", "text/csv", lambda v, m: export.to_csv(v.document)),
    "parquet": Kind(
        "the same, with types and units",
        "parquet",
        "application/vnd.apache.parquet",
        lambda v, m: export.to_parquet(v.document),
    ),
    "json": Kind(
        "everything, for scripts",
        "json",
        "application/json",
        lambda v, m: export.to_json(v.document),
    ),
    "png": Kind(
        "the trace", "png", "image/png", lambda v, m: pictures.png(_trace(v, m)), of_figures=False
    ),
    "svg": Kind("the trace, to be edited", "svg", "image/svg+xml", _svg, of_figures=False),
    "pdf": Kind(
        "one-page report",
        "pdf",
        "application/pdf",
        lambda v, m: report.to_pdf(report.report(v, m)),
    ),
    "html": Kind(
        "the same for a browser",
        "html",
        "text/html",
        lambda v, m: report.to_html(report.report(v, m)),
    ),
    "manifest": Kind(
        "makes the same files again",
        "manifest.json",
        "application/json",
        lambda v, m: manifest.written(m),
    ),
}
"""By name, in the order of the menu."""
