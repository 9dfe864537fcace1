"""What benchmarks/models_*.py share: the options, and where results lie; measures nothing."""

import argparse
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from platformdirs import user_data_path

from models.registry import CARDS, Card
from models.weights import folders_of, pull

REFERENCE: Final = Path(__file__).parents[1] / "docs" / "reference"
RESULTS: Final = REFERENCE / "results"


def parser(description: str | None) -> argparse.ArgumentParser:
    """Return a parser that knows networks, and where weights, data and results are."""
    made = argparse.ArgumentParser(
        description=description, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    made.add_argument("ids", nargs="*", metavar="ID", help="of a model; all if none is named")
    made.add_argument("--shared", type=Path, default=Path("../shared"))
    made.add_argument("--data-dir", type=Path, default=user_data_path("moodtrace"))
    made.add_argument("--results", type=Path, default=RESULTS)
    return made


def chosen_cards(options: argparse.Namespace) -> Iterator[tuple[Card, Path]]:
    """Give the named cards, or all but detectors, each with its checked weights."""
    folders = folders_of(options.shared / "weights", options.data_dir)
    known = [card.id for card in CARDS.values() if card.kind != "detector"]
    for name in options.ids or known:
        yield CARDS[name], pull(CARDS[name], folders)
