"""`moodtrace models data` says what a set holds, and names one that is wrong."""

import json
from pathlib import Path

import numpy as np
import pytest

from tests.conftest import Cli
from tests.models.labelled import labels, pictures, splits, write_png


@pytest.fixture
def made(tmp_path: Path) -> Path:
    """Two of a kind in training, one of them in validation too."""
    images = pictures(56)
    images[14] = images[7] = images[0]
    path = tmp_path / "made.npz"
    np.savez(path, image=images, label=labels(56), split=splits(56))
    return path


def test_a_set_is_told_in_lines(cli: Cli, made: Path) -> None:
    done = cli("models", "data", made)

    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == [
        "made.npz: 56 pictures of 48x48 pixels",
        "train: 28 (angry 4, disgust 4, fear 4, happy 4, sad 4, surprise 4, neutral 4)",
        "validation: 28 (angry 4, disgust 4, fear 4, happy 4, sad 4, surprise 4, neutral 4)",
        "test: 0 (none)",
        "1 of validation stand in train too, pixel by pixel",
        "1 repeat a picture of their own split",
    ]
    assert not done.stderr


def test_a_folder_is_told_as_json(cli: Cli, tmp_path: Path) -> None:
    write_png(tmp_path / "faces" / "1" / "a.png", pictures(1)[0])
    (tmp_path / "faces" / "1" / "torn.png").write_bytes(b"\x89PNG\r\n\x1a\n")

    done = cli("models", "data", tmp_path / "faces", "--vocabulary", "raf-db", "--json")

    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert sum(counts["surprise"] for counts in found["counts"].values()) == 1
    assert found["corrupt"] == ["1/torn.png"]
    assert found["largest_px"] == [48, 48]


@pytest.mark.parametrize(
    ("name", "more", "code", "said"),
    [
        ("nowhere.npz", [], 66, "no such data set"),
        ("text.npz", [], 65, "no npz file"),
        ("text.txt", [], 65, "is expected, but got .txt"),
        ("made.npz", ["--vocabulary", "klingon"], 2, "no such vocabulary"),
    ],
)
def test_what_is_no_set_is_three_lines(
    cli: Cli, made: Path, name: str, more: list[str], code: int, said: str
) -> None:
    for text in ("text.npz", "text.txt"):
        made.with_name(text).write_text("no pictures at all")

    done = cli("models", "data", made.with_name(name), *more)

    assert done.returncode == code
    assert said in done.stderr
    assert len(done.stderr.splitlines()) == 3
