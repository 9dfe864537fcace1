"""The documentation says what is so, and its links lead somewhere."""

import re
from pathlib import Path

import pytest

from moodtrace.dictionary import BUCKET_COLUMNS, COLUMNS
from moodtrace.problems import LIVE_PROBLEMS, SOURCE_PROBLEMS
from tests.conftest import ROOT

DOCUMENTS = [ROOT / "README.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").rglob("*.md"))]
LINK = re.compile(r"\]\(<?([^)>\s]+)")


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_link_to_a_file_resolves(document: Path) -> None:
    targets = LINK.findall(document.read_text("utf-8"))
    files = [target.partition("#")[0] for target in targets if "://" not in target]

    assert [file for file in files if not (document.parent / file).exists()] == []


def test_the_page_of_cameras_says_what_the_errors_say() -> None:
    page = (ROOT / "docs/reference/cameras.md").read_text("utf-8")
    section = page.partition("## What goes wrong")[2].partition("\n## ")[0]
    rows = dict(re.findall(r"^\| `(\w+)` \| (.+ \| .+) \|$", section, re.MULTILINE))
    own = {code for code in LIVE_PROBLEMS if LIVE_PROBLEMS[code] != SOURCE_PROBLEMS.get(code)}
    assert own <= rows.keys()
    for code in own:
        assert rows[code] == f"{LIVE_PROBLEMS[code].what} | {LIVE_PROBLEMS[code].try_this}"


def test_the_data_dictionary_says_of_each_column_what_the_files_say() -> None:
    page = (ROOT / "docs/reference/data-dictionary.md").read_text("utf-8")
    rows = re.findall(r"^\| `(\w+)` \| (.*) \| (.*) \| (.*) \|$", page, re.MULTILINE)

    of_buckets = [column for column in BUCKET_COLUMNS if column not in COLUMNS]
    assert rows == [tuple(column) for column in (*COLUMNS, *of_buckets)]
