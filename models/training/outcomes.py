"""What came out of the runs of a grid: kept in one file, shown as tables; knows no torch."""

import csv
import io
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from statistics import mean, stdev
from typing import Any, Final

import msgspec

from models.evaluation.table import Run, Value, ranked, results_table
from models.training.history import Epoch
from models.training.recipe import Recipe
from moodtrace.errors import ConfigurationError
from moodtrace.fetch import written_beside

RESULTS: Final = "results.json"
TABLE: Final = "results.md"
ROWS: Final = "results.csv"


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """How one run ended."""

    name: str
    """Of the run's folder."""
    settings: dict[str, Value]
    seed: int
    figures: dict[str, float] = {}
    """See `figures_of`; empty for a failed run."""
    failed: str = ""
    """Why the run failed; empty if it did not."""
    recipe: Recipe

    def text(self) -> str:
        """Say in a line how the run ended."""
        figures = (f"{name} {value:.4g}" for name, value in self.figures.items())
        return f"{self.name}: {self.failed or ', '.join(figures)}"


class Results(msgspec.Struct, kw_only=True):
    """All runs of a grid that have ended."""

    network: str
    data: str
    """Name of the set."""
    runs: list[Outcome] = []

    def add(self, outcome: Outcome) -> None:
        """Put an outcome in the place of an earlier one of the same name, or at the end."""
        self.runs = [run for run in self.runs if run.name != outcome.name] + [outcome]


def figures_of(epochs: Sequence[Epoch], best: Epoch) -> dict[str, float]:
    """Return the figures of a run.

    Args:
        epochs: all of them.
        best: the one whose weights are kept.

    Returns:
        Of the best epoch's weights on the validation split: accuracy and macro F1, or the mean
        error of ages in years; the loss in nats. Then that epoch's number, how many there were,
        and how many seconds they took. No name is a recipe's key too.
    """
    quality = {"accuracy": best.accuracy, "macro_f1": best.macro_f1}
    if best.mean_error:
        quality = {"mean_error": best.mean_error}
    return quality | {
        "validation_loss": best.loss,
        "best_epoch": best.epoch,
        "epochs_run": len(epochs),
        "seconds": epochs[-1].seconds,
    }


def read(path: Path) -> Results:
    """Read what `write` left.

    Raises:
        ConfigurationError: the file can't be read, or was written by another version.
    """
    try:
        return msgspec.json.decode(path.read_bytes(), type=Results)
    except (OSError, msgspec.MsgspecError) as error:
        raise ConfigurationError(
            f"the results of a grid can't be read: {error}",
            where=str(path),
            try_this="name another folder with --out",
        ) from error


def write(out: Path, results: Results, planned: int) -> None:
    """Write the results as JSON, as CSV with a line per run, and as a page with tables.

    Args:
        out: the folder.
        results: of all runs that have ended.
        planned: how many there will be.

    Raises:
        CannotWriteError: the folder can't be written; old files stay whole.
    """
    contents = {
        RESULTS: msgspec.json.format(msgspec.json.encode(document(results)), indent=2) + b"\n",
        ROWS: _rows(results.runs).encode(),
        TABLE: page(results, planned).encode(),
    }
    for name, content in contents.items():
        with written_beside(out / name) as file:
            file.write(content)


def document(results: Results) -> dict[str, Any]:
    """Return JSON types: what `read` takes, and the means over seeds, best first."""
    by, smallest_first = _decider(results.runs)
    cells = ranked(cells_of(results.runs), by, smallest_first=smallest_first)
    return {**msgspec.to_builtins(results), "cells": msgspec.to_builtins(cells)}


def page(results: Results, planned: int) -> str:
    """Write the results as Markdown: a table of all settings, best first, and what failed."""
    failed = [run for run in results.runs if run.failed]
    by, smallest_first = _decider(results.runs)
    parts = [
        f"# {results.network} on {results.data}\n",
        f"{len(results.runs) - len(failed)} of {planned} runs are done, {len(failed)} failed. "
        "Figures are those of the best epoch on the validation split.\n",
    ]
    if results.runs:
        cells = cells_of(results.runs)
        parts.append(results_table(cells, by, smallest_first=smallest_first))
    if failed:
        parts += ["## Failed\n", "".join(f"- {run.text()}\n" for run in failed)]
    return "\n".join(parts)


def cells_of(outcomes: Sequence[Outcome]) -> list[Run]:
    """Put runs that differ only by seed together.

    Returns:
        One for each group of settings: means and sample standard deviations of the figures over
        the seeds that did not fail; with several seeds also how many these are.
    """
    groups: defaultdict[tuple[tuple[str, Value], ...], list[Outcome]] = defaultdict(list)
    for outcome in outcomes:
        groups[tuple(outcome.settings.items())].append(outcome)
    several = any(len(group) > 1 for group in groups.values())
    return [_cell(dict(settings), group, several) for settings, group in groups.items()]


def _cell(settings: dict[str, Value], group: Sequence[Outcome], several: bool) -> Run:
    done = [outcome for outcome in group if not outcome.failed]
    values = {
        name: [one.figures[name] for one in done] for name in (done[0].figures if done else ())
    }
    figures = {name: mean(found) for name, found in values.items()}
    spread = {name: stdev(found) for name, found in values.items() if len(found) > 1}
    return Run(settings, figures | ({"seeds": len(done)} if several else {}), spread)


def _decider(outcomes: Sequence[Outcome]) -> tuple[str, bool]:
    """Return the figure that ranks runs, and whether less of it is better."""
    is_age = any("mean_error" in outcome.figures for outcome in outcomes)
    return ("mean_error", True) if is_age else ("accuracy", False)


def _rows(outcomes: Sequence[Outcome]) -> str:
    rows = [
        {"run": one.name, **one.settings, "seed": one.seed, "failed": one.failed, **one.figures}
        for one in outcomes
    ]
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, list(dict.fromkeys(name for row in rows for name in row)))
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()
