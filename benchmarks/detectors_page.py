"""Generates docs/reference/detectors.md from the files of results.

python -m benchmarks.detectors_page
"""

from typing import Final

from benchmarks._models_options import REFERENCE, RESULTS
from models.evaluation.detector_results import read_detector_results
from models.evaluation.detectors_page import detectors_page

PAGE: Final = REFERENCE / "detectors.md"


def page() -> str:
    """Return the page."""
    return detectors_page(read_detector_results(RESULTS / "detectors"))


def main() -> None:
    """Write the page."""
    PAGE.write_text(page(), "utf-8")
    print(PAGE)


if __name__ == "__main__":
    main()
