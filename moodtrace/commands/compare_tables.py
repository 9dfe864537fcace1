"""A comparison as a document and as tables."""

from collections.abc import Sequence
from typing import Any, Final

import msgspec

from moodtrace.clock import playhead
from moodtrace.commands.console import say, table_console
from moodtrace.commands.metrics_tables import VERDICTS, rounded
from moodtrace.comparison import Comparison, Emotion, Finding
from moodtrace.estimates import Estimate
from moodtrace.labels import EMOTION_NAMES, Baseline

COLUMNS: Final = ("emotion", "when", "points", "95 % interval", "Hedges' g", "p", "viewers")


def as_document(found: Sequence[Comparison], baseline: Baseline) -> dict[str, Any]:
    """Return comparisons as JSON types, rounded."""
    return {"baseline": baseline, "comparisons": rounded(msgspec.to_builtins(list(found)))}


def print_comparison(found: Comparison) -> None:
    """Print a comparison as tables on stdout, and on stderr why it may mean something else."""
    from rich.table import Table

    for warning in found.warnings:
        say(f"Warning: they were not measured alike: {warning}.")
    out = table_console()
    out.print(
        f"{found.second} compared with {found.first}: {found.seconds} s in common, "
        f"{found.viewers[1]} and {found.viewers[0]} viewers: {found.verdict}, "
        f"{VERDICTS[found.verdict]}"
    )
    if found.align:
        first, second = map(playhead, found.zeros)
        out.print(f"0 s is where {found.align} starts: {second} and {first}")
    table = Table(*COLUMNS, box=None)
    for emotion, change in found.emotions.items():
        for row in _rows(EMOTION_NAMES[emotion], change):
            table.add_row(*row)
    out.print(table)
    for change in found.emotions.values():
        out.print(change.words)
    out.print(
        f"Points of a hundred, {found.second} less {found.first}. In one of "
        f"{1 / found.alpha:.0f} comparisons without a difference, one is found."
    )


def _rows(name: str, change: Emotion) -> list[Sequence[str]]:
    return [
        (name, "average", *_cells(change.average), "", "", str(change.average.n)),
        *(("", *_finding(finding)) for finding in change.findings),
    ]


def _finding(finding: Finding) -> Sequence[str]:
    last = finding.end - 1
    when = f"{finding.start} s" if last == finding.start else f"{finding.start}-{last} s"
    effect = "" if finding.effect is None else f"{finding.effect:+z.2f}"
    return (
        when,
        *_cells(finding.difference),
        effect,
        f"{finding.p:.3f}",
        str(finding.difference.n),
    )


def _cells(found: Estimate) -> tuple[str, str]:
    """Write a difference of shares in points, and its interval."""
    if found.low is None or found.high is None:
        return (f"{100 * found.value:+z.0f}", "")
    return (f"{100 * found.value:+z.0f}", f"[{100 * found.low:+z.0f}, {100 * found.high:+z.0f}]")
