"""Generates docs/reference/models.md from the files of results.

python -m benchmarks.models_page
"""

from pathlib import Path
from typing import Final

from models.evaluation.page import models_page
from models.evaluation.results import read_results

REFERENCE: Final = Path(__file__).parents[1] / "docs" / "reference"
RESULTS: Final = REFERENCE / "results"
PAGE: Final = REFERENCE / "models.md"


def main() -> None:
    """Write the page."""
    results = read_results(RESULTS)
    PAGE.write_text(models_page(results), "utf-8")
    print(f"{PAGE}: {len(results)} networks")


if __name__ == "__main__":
    main()
