"""How well the faces of a screening could be read, in one line per measure."""

from collections.abc import Mapping
from itertools import accumulate
from typing import TYPE_CHECKING, Final

from moodtrace.quality import NAMES, Histogram

if TYPE_CHECKING:
    from rich.table import Table

BARS: Final = "▁▂▃▄▅▆▇█"


def quality_table(histograms: Mapping[str, Histogram]) -> "Table":
    """Show each histogram as bars from its first edge to its last, with its middle bin."""
    from rich.table import Table

    table = Table("faces", "viewer-seconds", "histogram", "middle", box=None)
    for name, found in histograms.items():
        edges = f"{found.edges[0]:g} {_bars(found.counts)} {found.edges[-1]:g}"
        table.add_row(NAMES[name], str(sum(found.counts)), edges, _middle(found))
    return table


def _bars(counts: tuple[int, ...]) -> str:
    """Draw one character per bin; a bin with nobody in it is a dot."""
    most = max(*counts, 1)
    return "".join(BARS[(len(BARS) - 1) * n // most] if n else "·" for n in counts)


def _middle(found: Histogram) -> str:
    """Name the bin that holds the median viewer-second; empty if there is none."""
    half = sum(found.counts) / 2
    if not half:
        return ""
    place = next(n for n, below in enumerate(accumulate(found.counts)) if below >= half)
    if place == 0:
        return f"under {found.edges[0]:g}"
    if place == len(found.edges):
        return f"{found.edges[-1]:g} or more"
    return f"{found.edges[place - 1]:g} to {found.edges[place]:g}"
