"""`moodtrace models evaluate`: how far a network can be trusted."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from moodtrace.commands.console import print_json, say
from moodtrace.commands.options import JsonOption

if TYPE_CHECKING:
    from models.evaluation.report import AgeReport, EmotionReport, Judged
    from models.registry import Card


def evaluate(
    name: Annotated[str, typer.Argument(metavar="NAME", help="An id of `moodtrace models list`.")],
    data: Annotated[
        Path, typer.Option(metavar="FILE", help="An npz file of faces and their labels or ages.")
    ],
    split: Annotated[
        str | None, typer.Option(help="One of its splits, or several: public+private.")
    ] = None,
    without: Annotated[
        list[str] | None,
        typer.Option(metavar="ARRAY", help="Leave out rows where this boolean array is true."),
    ] = None,
    calibrate_split: Annotated[
        str | None,
        typer.Option(metavar="SPLIT", help="Fit the temperature here; else by five folds."),
    ] = None,
    against: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="A second set, labelled or not: report the drift."),
    ] = None,
    against_split: Annotated[
        str | None, typer.Option(metavar="SPLIT", help="Of --against.")
    ] = None,
    plots: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Write figures as PNG and the report there.")
    ] = None,
    json: JsonOption = False,
) -> None:
    """Measure a network on a labelled set.

    Example: moodtrace models evaluate mini-xception --data fer2013.npz --split public
    """
    card = _card(name)
    judged = _judged(card, data, split, without or [], labelled=True)

    from models.evaluation import report  # heavy: what is wrong with the set is said before
    from models.evaluation.ages import BANDS
    from moodtrace.labels import EMOTIONS

    found: EmotionReport | AgeReport
    if card.kind == "emotion":
        wanted = calibrate_split
        fitted = wanted and _judged(card, data, wanted, without or [], labelled=True)
        found = report.emotion_report(judged, fitted or None)
    else:
        found = report.age_report(judged)
    content = {"model": card.id, "data": data.name, "split": split, **found.content}
    if against:
        other = _judged(card, against, against_split, [], labelled=False)
        names = EMOTIONS if card.kind == "emotion" else BANDS
        drift = report.drift_report(judged, other, names)
        content["drift"] = {"data": against.name, "split": against_split, **drift}
    if plots:
        _write_plots(plots, content, found)
    if json:
        print_json(content)
    else:
        from moodtrace.commands.models_evaluate_tables import print_report

        print_report(content)


def _card(name: str) -> "Card":
    """Return the card of a model that has figures to measure here."""
    from models.registry import CARDS
    from moodtrace.errors import UsageError

    card = CARDS.get(name)
    if card is None or card.kind == "detector":
        known = ", ".join(card.id for card in CARDS.values() if card.kind != "detector")
        raise UsageError(
            "there is no such model of emotions or ages",
            where=name,
            try_this=f"name one of {known}; for detectors see benchmarks/detector_sizes.py",
        )
    return card


def _judged(
    card: "Card", data: Path, split: str | None, without: list[str], *, labelled: bool
) -> "Judged":
    """Read a set and run the network over it."""
    from models.evaluation.examples import read
    from models.evaluation.predict import predict
    from models.weights import pull
    from moodtrace.commands.progress import download_bar, share_bar
    from moodtrace.commands.weights_folders import weights_folders

    examples = read(
        data,
        "label" if card.kind == "emotion" else "age",
        split=split,
        without=without,
        labelled=labelled,
    )
    with download_bar("Weights") as progress:
        path = pull(card, weights_folders(), progress)
    from models.evaluation.report import Judged

    with share_bar(data.name) as show:
        judged = Judged.of(examples, predict(card, path, examples, show))
    if len(judged.skipped):
        rows = ", ".join(map(str, judged.skipped[:10].tolist()))
        more = " …" if len(judged.skipped) > 10 else ""
        say(f"{data.name}: {len(judged.skipped)} corrupt picture(s) skipped: rows {rows}{more}")
    return judged


def _write_plots(folder: Path, content: dict[str, Any], found: "EmotionReport | AgeReport") -> None:
    """Write the figures and the report into a folder."""
    import msgspec

    from models.evaluation.plots import confusion_plot, reliability_plot, risk_coverage_plot
    from models.evaluation.report import EmotionReport
    from moodtrace.fetch import written_beside

    title = f"{content['model']} on {content['data']} {content['split'] or ''}, n = {content['n']}"
    figures = {"confusion.png": confusion_plot(found.confusion, title)}
    if isinstance(found, EmotionReport):
        figures["reliability.png"] = reliability_plot(found.before, found.after, title)
        figures["risk-coverage.png"] = risk_coverage_plot(found.curve, title)
    report = msgspec.json.format(msgspec.json.encode(content), indent=2) + b"\n"
    for name, data in {**figures, "report.json": report}.items():
        with written_beside(folder / name) as file:
            file.write(data)
    say(f"Wrote {', '.join(figures)} and report.json to {folder}")
