"""`moodtrace models bench` measures detectors and networks as a user would."""

import json
import shutil
from pathlib import Path

import pytest

from models.registry import CARDS, CENTERFACE, YUNET
from models.weights import is_present
from tests.conftest import Cli

PHOTO = "Ultra-Light-Fast-Generic-Face-Detector-1MB__imgs_15.jpg"
FACES = 16


@pytest.fixture
def photos(shared: Path, tmp_path: Path) -> Path:
    """One photo and its boxes; few, because every size is measured on all."""
    source, folder = shared / "footage" / "photos", tmp_path / "photos"
    folder.mkdir()
    shutil.copy(source / PHOTO, folder)
    entries = json.loads((source / "boxes.json").read_text())
    own = [entry for entry in entries if entry["file"] == PHOTO]
    (folder / "boxes.json").write_text(json.dumps(own))
    return folder


@pytest.fixture
def _yunet(weights: tuple[Path, ...]) -> None:
    """Skip where YuNet's home could not be reached: its time is the unit."""
    if not is_present(YUNET, weights):
        pytest.skip("the weights of yunet are not here")


@pytest.mark.usefixtures("_yunet")
def test_detectors_are_measured_on_photos_and_wide_shots(cli: Cli, photos: Path) -> None:
    done = cli(
        *("models", "bench", "--detectors", "--detector", "yunet", "--photos", photos, "--json"),
        *("--size", "960x544", "--tiles", "1", "--tiles", "2x2"),
    )

    assert done.returncode == 0, done.stderr
    (found,) = json.loads(done.stdout)
    assert (found["id"], found["sha256"]) == ("yunet", YUNET.sha256)
    on = [(one["on"], one["columns"], one["rows"]) for one in found["measured"]]
    assert on == [("photos", 1, 1), ("photos", 2, 2), ("wide shots", 1, 1), ("wide shots", 2, 2)]
    photo = found["measured"][0]
    assert photo["faces"] == sum(size["faces"] for size in photo["sizes"]) == FACES
    assert photo["recall"] == photo["average_precision"] == 1.0
    assert photo["ms"] > 0
    assert 0.3 < photo["times_reference"] < 3  # it is the reference


@pytest.mark.usefixtures("_yunet")
def test_a_table_is_printed_and_the_page_written(cli: Cli, photos: Path, tmp_path: Path) -> None:
    page = tmp_path / "detectors.md"

    done = cli(
        *("models", "bench", "--detectors", "--detector", "yunet", "--detector", "centerface"),
        *("--size", "640x384", "--photos", photos, "-o", page),
    )

    assert done.returncode == 0, done.stderr
    for card in (YUNET, CENTERFACE):
        assert f"| `{card.id}` | 640 x 384 | - | 1.000 |" in done.stdout
    assert done.stdout in page.read_text("utf-8")
    assert page.read_text("utf-8").startswith("# Detectors\n")


def test_without_photos_it_is_said_how_to_give_them(cli: Cli, tmp_path: Path) -> None:
    done = cli("models", "bench", "--detectors", "--photos", tmp_path)

    assert done.returncode == 66
    what, where, try_this = done.stderr.strip().splitlines()
    assert what == "Error: there are no photos with boxes.json here"
    assert str(tmp_path) in where
    assert '"faces": [[left, top, width, height]]' in try_this


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["--size", "960x544"], 2, "add `--detectors`"),
        (["-o", "page.md"], 2, "add `--detectors`"),
        (["--detectors", "--tiles", "2x2"], 2, "add `--size 3840x2176`"),
        (["--detectors", "--size", "960"], 2, "width x height: 960x544"),
        (["--detectors", "--size", "960x544", "--tiles", "0x2"], 2, "such as 4x3"),
        (["--detectors", "--detector", "moodtrace-age-2"], 78, "name one of: "),
    ],
)
def test_options_that_make_no_sense_are_refused(
    cli: Cli, photos: Path, words: list[str], code: int, said: str
) -> None:
    given = ["--photos", photos] if "--detectors" in words else []

    done = cli("models", "bench", *words, *given)

    assert done.returncode == code
    assert len(done.stderr.splitlines()) == 3
    assert said in done.stderr


def test_networks_are_timed_without_any_photos(cli: Cli) -> None:
    done = cli("models", "bench", "--json")

    assert done.returncode == 0, done.stderr
    found = {one["id"]: one for one in json.loads(done.stdout)}
    assert set(found) == {card.id for card in CARDS.values() if card.kind != "detector"}
    assert all(one["batch_1"] > 0 and one["batch_32"] > 0 for one in found.values())
