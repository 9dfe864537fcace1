"""Prints an evaluation for a person; knows only the report's JSON types."""

from collections.abc import Sequence
from typing import Any, Final

from rich.console import Console
from rich.table import Table

UNITS: Final = {"mae": "{:.2f} years"}
"""How a figure is written; shares are written as percentages."""


def print_report(content: dict[str, Any]) -> None:
    """Print a report as tables on stdout."""
    out = Console(highlight=False)
    out.print(
        f"[bold]{content['model']}[/] on {content['data']} {content['split'] or '(all rows)'}"
    )
    if content["labels"] == "ferplus":
        out.print("Against the majority of FER+ votes")
    if content["flip"]:
        out.print("Scores are the mean of each picture's and its mirror image's")
    _print_headline(out, content)
    if "per_class" in content:
        _print_classes(out, content["per_class"])
        _print_abstention(out, content["risk_coverage"])
    else:
        _print_ages(out, content)
    if "drift" in content:
        _print_drift(out, content["drift"])


def _print_headline(out: Console, content: dict[str, Any]) -> None:
    out.print(
        f"n = {content['n']}; {content['skipped']} corrupt pictures skipped, "
        f"{content['left_out']} rows without a label left out"
    )
    table = Table("figure", "value", "95 % interval", box=None)
    for name, (low, high) in content["ci"].items():
        table.add_row(
            name, _value(name, content[name]), f"{_value(name, low)} to {_value(name, high)}"
        )
    out.print(table)
    if content.get("ties"):
        _print_ties(out, content["ties"])
    if "ece_scaled" in content:
        out.print(
            f"Calibration error {content['ece']:.3f}; after temperature scaling "
            f"{content['ece_scaled']:.3f} (temperature {content['temperature']:.2f})"
        )


def _print_ties(out: Console, ties: dict[str, Any]) -> None:
    out.print(f"{ties['n']} labels are ties: the first class in FER+'s order counts")
    if without := ties["without"]:
        figures = (f"{name} {_value(name, without[name])}" for name in without["ci"])
        out.print(f"Without them, n = {without['n']}: {', '.join(figures)}")


def _print_classes(out: Console, classes: dict[str, dict[str, Any]]) -> None:
    table = Table("class", "precision", "recall", "f1", "support", box=None)
    for name, found in classes.items():
        shares = (f"{found[key]:.1%}" for key in ("precision", "recall", "f1"))
        table.add_row(name, *shares, str(found["support"]))
    out.print(table)


def _print_abstention(out: Console, points: Sequence[dict[str, Any]]) -> None:
    table = Table("answered", "wrong", "confidence from", box=None)
    for point in points:
        table.add_row(
            f"{point['coverage']:.0%}", f"{point['risk']:.1%}", f"{point['threshold']:.3f}"
        )
    out.print(table)


def _print_ages(out: Console, content: dict[str, Any]) -> None:
    table = Table("group", "value", "n", "mae", "band accuracy", box=None)
    rows = [
        {"group": "all", "value": word, **content[word]}
        for word in ("adults", "minors")
        if content[word]["n"]
    ]
    for row in rows + content["groups"]:
        table.add_row(
            row["group"],
            row["value"],
            str(row["n"]),
            _value("mae", row["mae"]),
            _value("band_accuracy", row["band_accuracy"]),
        )
    out.print(table)


def _print_drift(out: Console, drift: dict[str, Any]) -> None:
    out.print(f"[bold]Against {drift['data']}[/] {drift['split'] or ''}, n = {drift['n']}")
    table = Table("statistic", "here", "there", "PSI", "by chance", "KS", "", box=None)
    for name, found in drift["statistics"].items():
        table.add_row(
            name,
            f"{found['reference_mean']:.3g}",
            f"{found['other_mean']:.3g}",
            f"{found['psi']:.3f}",
            f"{found['psi_by_chance']:.3f}",
            f"{found['ks']:.3f}",
            found["verdict"],
        )
    out.print(table)
    for name, title in (("answer_mix", "Answers"), ("label_mix", "Labels")):
        if drift[name]:
            _print_mix(out, title, drift[name])
    if drift["score"]:
        figures = (f"{name} {_value(name, value)}" for name, value in drift["score"].items())
        out.print(f"There: {', '.join(figures)}")


def _print_mix(out: Console, title: str, mix: dict[str, Any]) -> None:
    table = Table(title.lower(), "here", "there", box=None)
    for name, share in mix["reference"].items():
        table.add_row(name, f"{share:.1%}", f"{mix['other'][name]:.1%}")
    out.print(table)
    out.print(f"{title}: PSI {mix['psi']:.3f}, {mix['verdict']}")


def _value(name: str, value: float) -> str:
    return UNITS.get(name, "{:.2%}").format(value)
