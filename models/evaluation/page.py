"""Writes docs/reference/models.md out of files of results; no figure is typed into the page."""

from collections.abc import Callable, Sequence
from typing import Final

from models.evaluation.results import Kind, Measured, Result, Speed

NOTHING: Final = "-"

HEAD: Final = """\
# Models

Every network side by side. This page is generated from the files in [results](results/) by
`python -m benchmarks.models_page`; change those, not this. Intervals are 95 % bootstrap intervals
over the examples: they say how far chance in the test set goes, not how other faces would fare.
"""

SECTIONS: Final[dict[Kind, str]] = {
    "emotion": "## Emotion\n\nShare of faces whose top emotion is the labelled one.\n",
    "age": "## Age\n\nMean absolute error in years.\n",
}


def models_page(results: Sequence[Result]) -> str:
    """Return the page as Markdown; networks are sorted by kind, then by id."""
    parts = [HEAD]
    for kind, head in SECTIONS.items():
        own = sorted((result for result in results if result.kind == kind), key=lambda r: r.id)
        if own:
            parts += [head, _table(own)]
    parts += [_speeds(results), _notes(results)]
    return "\n".join(part for part in parts if part)


def _table(results: Sequence[Result]) -> str:
    lines = [
        "| network | published | ours | macro F1 | parameters | ms per face, batch 1 | batch 32 |",
        "|---|---|---|---:|---:|---:|---:|",
    ]
    for result in results:
        speed = result.speed
        cells = (
            f"`{result.id}`",
            _published(result),
            _each(result, _value),
            _each(result, _macro_f1),
            _parameters(result),
            NOTHING if speed is None else f"{speed.batch_1:.2f}",
            NOTHING if speed is None else f"{speed.batch_32:.2f}",
        )
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


def _published(result: Result) -> str:
    if result.published is None or result.published.value is None:
        return NOTHING
    return f"{_figure(result.kind, result.published.value)} ({result.published.on})"


def _value(kind: Kind, found: Measured) -> str:
    around = ""
    if found.ci is not None:
        low, high = (_figure(kind, bound) for bound in found.ci)
        around = f" [{low.removesuffix(' %')}, {high.removesuffix(' %')}]"
    return f"{_figure(kind, found.value)}{around} ({found.on}, n = {found.n:,})"


def _macro_f1(_: Kind, found: Measured) -> str:
    return NOTHING if found.macro_f1 is None else f"{found.macro_f1:.3f}"


def _each(result: Result, text: Callable[[Kind, Measured], str]) -> str:
    return "<br>".join(text(result.kind, found) for found in result.measured) or NOTHING


def _parameters(result: Result) -> str:
    given = result.published.parameters if result.published else None
    if given is None or given == result.parameters:
        return f"{result.parameters:,}"
    return f"{result.parameters:,} (published {given:,})"


def _figure(kind: Kind, value: float) -> str:
    return f"{100 * value:.2f} %" if kind == "emotion" else f"{value:.2f}"


def _speeds(results: Sequence[Result]) -> str:
    """Say on what the times were taken."""
    machines = sorted({_machine(result.speed) for result in results if result.speed is not None})
    return f"Times were taken on: {'; '.join(machines)}.\n" if machines else ""


def _machine(speed: Speed) -> str:
    return f"{speed.processor}, {speed.threads} threads, load average {speed.load:.1f} before"


def _notes(results: Sequence[Result]) -> str:
    """List sources and remarks, network by network."""
    lines = []
    for result in sorted(results, key=lambda r: r.id):
        said = [result.published.source if result.published else "", result.note]
        text = " ".join(part.rstrip(".") + "." for part in said if part)
        lines.append(f"- `{result.id}`: {result.title}. {text}".rstrip())
    return "## Sources and remarks\n\n" + "\n".join(lines) + "\n" if lines else ""
