"""Runs of a grid side by side, best first; knows nothing of how they were trained."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

Value = str | int | float | bool | None

NOTHING: Final = "-"


@dataclass(frozen=True)
class Run:
    """What one run of a grid was given, and what came out."""

    settings: Mapping[str, Value]
    figures: Mapping[str, float | None]
    """By name; None for one that could not be measured, such as that of a failed run."""
    spread: Mapping[str, float] = field(default_factory=dict)
    """Standard deviations of figures that are means over several seeds, by name."""


def results_table(runs: Sequence[Run], by: str, *, smallest_first: bool = False) -> str:
    """Write runs as a Markdown table, best first; only settings that differ are shown.

    Args:
        runs: at least one.
        by: name of the figure that decides; runs without it come last.
        smallest_first: for errors and losses.

    Returns:
        Lines ending in a newline; the best value of the figure that decides is bold, and a
        spread stands behind its mean.
    """
    ordered = ranked(runs, by, smallest_first=smallest_first)
    settings = _varied(ordered)
    figures = [by, *(name for name in _names(ordered) if name != by)]
    lines = [
        _line(["#", *settings, *figures]),
        _line(["---:"] * (1 + len(settings) + len(figures))),
    ]
    for place, run in enumerate(ordered, start=1):
        cells = [_text(run.settings.get(name)) for name in settings]
        found = [_figure(run, name) for name in figures]
        if place == 1 and run.figures.get(by) is not None:
            found[0] = f"**{found[0]}**"
        lines.append(_line([str(place), *cells, *found]))
    return "".join(lines)


def ranked(runs: Sequence[Run], by: str, *, smallest_first: bool = False) -> list[Run]:
    """Return the runs, best first; those without the figure last, ties in their old order."""

    def rank(run: Run) -> tuple[bool, float]:
        value = run.figures.get(by)
        if value is None or value != value:
            return True, 0.0
        return False, value if smallest_first else -value

    return sorted(runs, key=rank)


def _varied(runs: Sequence[Run]) -> list[str]:
    """Return the settings that are not the same in all runs, in the order of the first run."""
    names = list(dict.fromkeys(name for run in runs for name in run.settings))
    return [name for name in names if len({repr(run.settings.get(name)) for run in runs}) > 1]


def _names(runs: Sequence[Run]) -> list[str]:
    return list(dict.fromkeys(name for run in runs for name in run.figures))


def _figure(run: Run, name: str) -> str:
    value = _text(run.figures.get(name))
    return f"{value} ± {run.spread[name]:.2g}" if name in run.spread else value


def _text(value: Value) -> str:
    if value is None or value != value:
        return NOTHING
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float):
        return f"{value:.4g}"
    return str(value).replace("|", "\\|")


def _line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |\n"
