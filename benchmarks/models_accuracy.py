"""Measures networks on their test sets, and writes it to the results.

python -m benchmarks.models_accuracy [ID]...                   models with a card; all if none
python -m benchmarks.models_accuracy NAME --weights FILE       a checkpoint of the zoo
"""

import argparse
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final, NamedTuple

from msgspec.structs import replace

from benchmarks._models_options import chosen_cards, parser
from models.evaluation.card_model import card_model
from models.evaluation.examples import read
from models.evaluation.model import Model, flipped, of_ferplus
from models.evaluation.predict import predict
from models.evaluation.report import Judged, age_report, class_report
from models.evaluation.results import ZOO, Measured, Result, card_result, known, write_result
from moodtrace.fetch import sha256_of
from moodtrace.labels import EMOTIONS


class Rows(NamedTuple):
    """Which rows of a file are measured together."""

    on: str
    file: str
    split: str
    without: tuple[str, ...] = ()


PRIVATE: Final = Rows("FER2013 PrivateTest", "fer2013.npz", "private")
EMOTION_SETS: Final = (
    PRIVATE,
    Rows("FER2013 PublicTest", "fer2013.npz", "public"),
    Rows("FER2013 PublicTest and PrivateTest", "fer2013.npz", "public+private"),
    Rows(
        "FER2013 PrivateTest without what repeats Training",
        "fer2013.npz",
        "private",
        ("leak", "near_leak"),
    ),
)
FERPLUS_SETS: Final = (
    Rows("majority of FER+, PrivateTest", "fer2013.npz", "private"),
    Rows("majority of FER+, PublicTest", "fer2013.npz", "public"),
)
UTKFACE: Final = Rows("UTKFace test", "age.npz", "test")


def main() -> None:
    """Measure the networks that are asked for; the first figure is the one of the tables."""
    asked = parser(__doc__)
    asked.add_argument("--weights", type=Path, help="safetensors of a training run")
    asked.add_argument("--config", default="best", help="the recipe of that run")
    options = asked.parse_args()
    if options.weights and len(options.ids) != 1:
        asked.error("--weights are of one network: name it")
    for folder, model, result in _chosen(options):
        found = tuple(measured(model, options.shared / "data"))
        print(write_result(folder, replace(result, measured=found)))


def _chosen(options: argparse.Namespace) -> Iterator[tuple[Path, Model, Result]]:
    """Give each model, what is known of it, and the folder of its results."""
    if not options.weights:
        for card, path in chosen_cards(options):
            result = replace(known(options.results, card_result(card)), sha256=card.sha256)
            yield options.results, card_model(card, path), result
        return
    from models.training import recipe
    from models.training.checkpoint_model import checkpoint_model
    from models.training.zoo_result import zoo_result

    (name,) = options.ids
    model = checkpoint_model(name, options.weights, recipe.load(name, options.config))
    result = known(options.results / ZOO, zoo_result(name))
    run = {"sha256": sha256_of(options.weights), "config": options.config}
    yield options.results / ZOO, model, replace(result, **run)


def measured(model: Model, data: Path) -> Iterator[Measured]:
    """Measure one model on each set of its kind, with mirror images too.

    Args:
        model: of emotions or ages.
        data: the folder of fer2013.npz and age.npz.
    """
    sets, first = ((UTKFACE,), UTKFACE) if model.target == "age" else (EMOTION_SETS, PRIVATE)
    for rows in sets:
        yield from _measured(model, data, rows)
    yield from _measured(flipped(model), data, first._replace(on=f"{first.on}, with mirror images"))
    for rows in FERPLUS_SETS if model.ferplus else ():
        yield from _measured(of_ferplus(model), data, rows)


def _measured(model: Model, data: Path, rows: Rows) -> Iterator[Measured]:
    """Measure rows, and where labels can be ties, the rows without."""
    examples = read(
        data / rows.file,
        model.target,
        split=rows.split,
        without=rows.without,
        relabel=model.relabel,
    )
    judged = Judged.of(examples, predict(model, examples))
    if model.kind == "age":
        yield _figure(age_report(judged).content, rows.on, "mae")
        return
    content = class_report(judged, model.classes).content
    merged = model.target == "label" and model.classes != EMOTIONS
    on = f"{rows.on} in {len(model.classes)} classes" if merged else rows.on
    yield _figure(content, on, "accuracy")
    if content["ties"]:
        yield _figure(content["ties"]["without"], f"{on} without ties", "accuracy")


def _figure(content: dict[str, Any], on: str, name: str) -> Measured:
    low, high = content["ci"][name]
    return Measured(
        on=on,
        n=content["n"],
        value=round(content[name], 4),
        ci=(round(low, 4), round(high, 4)),
        macro_f1=round(content["macro_f1"], 4) if "macro_f1" in content else None,
    )


if __name__ == "__main__":
    main()
