"""Generates docs/reference/models.md from the files of results, and from the list of the zoo.

python -m benchmarks.models_page
"""

from typing import Final

from benchmarks._models_options import REFERENCE, RESULTS
from models.evaluation.page import models_page
from models.evaluation.results import ZOO, known, read_results
from models.training.export import NAMES as EXPORTED
from models.training.zoo_result import zoo_result
from models.zoo.catalogue import NETWORKS

PAGE: Final = REFERENCE / "models.md"


def page() -> str:
    """Return the page: all models, and the whole zoo but what is exported and not measured."""
    zoo = [known(RESULTS / ZOO, zoo_result(name)) for name in NETWORKS]
    shown = [result for result in zoo if result.measured or result.id not in EXPORTED]
    return models_page(read_results(RESULTS), shown)


def main() -> None:
    """Write the page."""
    PAGE.write_text(page(), "utf-8")
    print(PAGE)


if __name__ == "__main__":
    main()
