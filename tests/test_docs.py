"""Every link of the documentation leads somewhere."""

import re
from pathlib import Path

import pytest

from tests.conftest import ROOT

DOCUMENTS = [ROOT / "README.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").rglob("*.md"))]
LINK = re.compile(r"\]\(<?([^)>\s]+)")


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_link_to_a_file_resolves(document: Path) -> None:
    targets = LINK.findall(document.read_text("utf-8"))
    files = [target.partition("#")[0] for target in targets if "://" not in target]

    assert [file for file in files if not (document.parent / file).exists()] == []
