"""Measures the networks of all cards on their test sets, and writes it to the results.

python -m benchmarks.models_accuracy [ID]... [--shared ../shared] [--data-dir FOLDER]
"""

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from msgspec.structs import replace
from platformdirs import user_data_path

from benchmarks.models_page import RESULTS
from models.evaluation.card_model import card_model
from models.evaluation.examples import read
from models.evaluation.model import Model
from models.evaluation.predict import predict
from models.evaluation.report import Judged, age_report, class_report
from models.evaluation.results import Measured, result_of, write_result
from models.registry import CARDS
from models.weights import folders_of, pull

EMOTION_SETS: Final[tuple[tuple[str, str, tuple[str, ...]], ...]] = (
    ("FER2013 PrivateTest", "private", ()),
    ("FER2013 PublicTest", "public", ()),
    ("FER2013 PrivateTest without near-duplicates of Training", "private", ("near_leak",)),
)
"""What a set is called, its split, and the arrays whose rows are left out."""


def main() -> None:
    """Measure the networks of the named cards; all but detectors if none is named."""
    parser = argparse.ArgumentParser(description=__doc__)
    known = [card.id for card in CARDS.values() if card.kind != "detector"]
    parser.add_argument("ids", nargs="*", metavar="ID", help=f"out of {', '.join(known)}")
    parser.add_argument("--shared", type=Path, default=Path("../shared"))
    parser.add_argument("--data-dir", type=Path, default=user_data_path("moodtrace"))
    parser.add_argument("--results", type=Path, default=RESULTS)
    options = parser.parse_args()
    folders = folders_of(options.shared / "weights", options.data_dir)
    for name in options.ids or known:
        card = CARDS[name]
        model = card_model(card, pull(card, folders))
        found = tuple(measured(model, options.shared / "data"))
        known_so_far = result_of(options.results, card)
        print(write_result(options.results, replace(known_so_far, measured=found)))


def measured(model: Model, data: Path) -> list[Measured]:
    """Evaluate one model on each set of its kind."""
    if model.kind == "emotion":
        return [
            _measured(class_report(judged, model.classes).content, on)
            for on, split, without in EMOTION_SETS
            for judged in [_judged(model, data / "fer2013.npz", split, without)]
        ]
    judged = _judged(model, data / "age.npz", "test", ())
    return [_measured(age_report(judged).content, "UTKFace test")]


def _judged(model: Model, data: Path, split: str, without: Sequence[str]) -> Judged:
    examples = read(data, model.target, split=split, without=without, relabel=model.relabel)
    return Judged.of(examples, predict(model, examples))


def _measured(content: dict[str, Any], on: str) -> Measured:
    figure = "mae" if "mae" in content else "accuracy"
    low, high = content["ci"][figure]
    return Measured(
        on=on,
        n=content["n"],
        value=round(content[figure], 4),
        ci=(round(low, 4), round(high, 4)),
        macro_f1=round(content["macro_f1"], 4) if "macro_f1" in content else None,
    )


if __name__ == "__main__":
    main()
