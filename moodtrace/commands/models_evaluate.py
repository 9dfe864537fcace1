"""`moodtrace models evaluate`: how far a network can be trusted."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

from moodtrace.commands.console import print_json, say
from moodtrace.commands.models_evaluate_model import model_of
from moodtrace.commands.models_evaluate_options import (
    AgainstOption,
    AgainstSplitOption,
    CalibrateSplitOption,
    ConfigOption,
    DataOption,
    FlipOption,
    LabelsOption,
    NameArgument,
    PlotsOption,
    SplitOption,
    WeightsOption,
    WithoutOption,
)
from moodtrace.commands.options import JsonOption

if TYPE_CHECKING:
    from models.evaluation.model import Model
    from models.evaluation.report import AgeReport, ClassReport, Judged


def evaluate(
    name: NameArgument,
    data: DataOption,
    split: SplitOption = None,
    without: WithoutOption = None,
    labels: LabelsOption = "own",
    flip: FlipOption = False,
    weights: WeightsOption = None,
    config: ConfigOption = "best",
    calibrate_split: CalibrateSplitOption = None,
    against: AgainstOption = None,
    against_split: AgainstSplitOption = None,
    plots: PlotsOption = None,
    json: JsonOption = False,
) -> None:
    """Measure a network on a labelled set.

    Example: moodtrace models evaluate mini-xception --data fer2013.npz --split public
    """
    from models.evaluation.model import flipped, of_ferplus

    model = model_of(name, weights, config)
    model = of_ferplus(model) if labels == "ferplus" else model
    model = flipped(model) if flip else model
    judged = _judged(model, data, split, without or [], labelled=True)
    fitted = None
    if calibrate_split and model.kind != "age":
        fitted = _judged(model, data, calibrate_split, without or [], labelled=True)
    found = _report(model, judged, fitted)
    given = {"model": model.id, "weights": weights and str(weights), "data": data.name}
    content = {**given, "split": split, "labels": labels, "flip": flip, **found.content}
    if against:
        other = _judged(model, against, against_split, [], labelled=False)
        drift = _drift(model, judged, other)
        content["drift"] = {"data": against.name, "split": against_split, **drift}
    if plots:
        _write_plots(plots, content, found)
    if json:
        print_json(content)
    else:
        from moodtrace.commands.models_evaluate_tables import print_report

        print_report(content)


def _judged(
    model: "Model", data: Path, split: str | None, without: list[str], *, labelled: bool
) -> "Judged":
    """Read a set and run the model over it."""
    from models.evaluation.examples import read
    from models.evaluation.predict import predict
    from moodtrace.commands.progress import share_bar

    examples = read(
        data,
        model.target,
        split=split,
        without=without,
        labelled=labelled,
        relabel=model.relabel,
    )
    from models.evaluation.report import Judged  # heavy: what is wrong with the set is said before

    with share_bar(data.name) as show:
        judged = Judged.of(examples, predict(model, examples, show))
    if len(judged.skipped):
        rows = ", ".join(map(str, judged.skipped[:10].tolist()))
        more = " …" if len(judged.skipped) > 10 else ""
        say(f"{data.name}: {len(judged.skipped)} corrupt picture(s) skipped: rows {rows}{more}")
    return judged


def _report(model: "Model", judged: "Judged", fitted: "Judged | None") -> "AgeReport | ClassReport":
    from models.evaluation.report import age_report, class_report

    if model.kind == "age":
        return age_report(judged)
    return class_report(judged, model.classes, fitted)


def _drift(model: "Model", judged: "Judged", other: "Judged") -> dict[str, Any]:
    """Compare two sets; ages are compared by their bands."""
    from models.evaluation.ages import BANDS
    from models.evaluation.report import drift_report

    return drift_report(judged, other, BANDS if model.kind == "age" else model.classes)


def _write_plots(folder: Path, content: dict[str, Any], found: "ClassReport | AgeReport") -> None:
    """Write the figures and the report into a folder."""
    import msgspec

    from models.evaluation.plots import confusion_plot, reliability_plot, risk_coverage_plot
    from models.evaluation.report import ClassReport
    from moodtrace.fetch import written_beside

    title = _title(content)
    figures = {"confusion.png": confusion_plot(found.confusion, title)}
    if isinstance(found, ClassReport):
        figures["reliability.png"] = reliability_plot(found.before, found.after, title)
        figures["risk-coverage.png"] = risk_coverage_plot(found.curve, title)
    report = msgspec.json.format(msgspec.json.encode(content), indent=2) + b"\n"
    for name, data in {**figures, "report.json": report}.items():
        with written_beside(folder / name) as file:
            file.write(data)
    say(f"Wrote {', '.join(figures)} and report.json to {folder}")


def _title(content: dict[str, Any]) -> str:
    votes = ", FER+ majority" if content["labels"] == "ferplus" else ""
    mirrored = ", with mirror images" if content["flip"] else ""
    on = f"{content['data']} {content['split'] or ''}{votes}{mirrored}"
    return f"{content['model']} on {on}, n = {content['n']}"
