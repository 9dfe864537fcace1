"""`moodtrace models evaluate` on real faces, and what it says of sets that are wrong."""

import json
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from models.registry import MOODTRACE_EMOTION
from tests.conftest import Cli


def evaluated(cli: Cli, *words: str | Path) -> dict[str, Any]:
    done = cli("models", "evaluate", "mini-xception", *words, "--json")
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)  # type: ignore[no-any-return]


@pytest.mark.parametrize(("split", "accuracy"), [("private", 0.6542), ("public", 0.6551)])
def test_the_published_network_scores_what_its_card_says(
    cli: Cli, shared: Path, split: str, accuracy: float
) -> None:
    found = evaluated(cli, "--data", shared / "data" / "fer2013.npz", "--split", split)

    assert found["n"] == 3589
    assert found["accuracy"] == pytest.approx(accuracy, abs=0.0005)
    assert {"balanced_accuracy", "macro_f1", "ece", "per_class"} <= found.keys()
    assert sum(row["support"] for row in found["per_class"].values()) == 3589
    assert found["ci"]["accuracy"][0] < accuracy < found["ci"]["accuracy"][1]
    assert found["ece_scaled"] < found["ece"]
    assert found["temperature"] > 1


def test_figures_are_written_as_pictures_with_the_report_beside(
    cli: Cli, faces: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "figures"

    found = evaluated(cli, "--data", faces, "--plots", folder)

    for name in ("confusion.png", "reliability.png", "risk-coverage.png"):
        picture = cv2.imread(str(folder / name))
        assert picture is not None
        assert picture.std() > 5
    assert json.loads((folder / "report.json").read_text()) == found


def test_a_darkened_set_is_told_to_have_shifted(cli: Cli, faces: Path, tmp_path: Path) -> None:
    with np.load(faces) as file:
        np.savez(tmp_path / "dark.npz", image=file["image"] // 3)

    same = evaluated(cli, "--data", faces, "--against", faces)["drift"]
    dark = evaluated(cli, "--data", faces, "--against", tmp_path / "dark.npz")["drift"]

    assert {row["psi"] for row in same["statistics"].values()} == {0}
    assert same["score"]["accuracy"] > 0.5
    assert dark["statistics"]["brightness"]["verdict"] == "shifted"
    assert dark["label_mix"] is dark["score"] is None
    assert dark["estimated_label_mix"]


def test_corrupt_pictures_are_skipped_named_and_counted(cli: Cli, tmp_path: Path) -> None:
    good = cv2.imencode(".webp", np.full((48, 48), 90, np.uint8))[1].ravel()
    parts = [good, np.full(40, 7, np.uint8), good]
    np.savez(
        tmp_path / "set.npz",
        webp=np.concatenate(parts),
        offsets=np.cumsum([0, *map(len, parts)]),
        label=np.array([6, 6, 6]),
    )

    done = cli("models", "evaluate", "mini-xception", "--data", tmp_path / "set.npz", "--json")

    found = json.loads(done.stdout)
    assert (found["n"], found["skipped"], found["skipped_rows"]) == (2, 1, [1])
    assert "1 corrupt picture(s) skipped: rows 1" in done.stderr


def test_a_person_reads_tables(cli: Cli, faces: Path) -> None:
    done = cli("models", "evaluate", "mini-xception", "--data", faces, "--against", faces)

    assert done.returncode == 0, done.stderr
    for word in ("balanced_accuracy", "95 % interval", "surprise", "Calibration error", "PSI"):
        assert word in done.stdout


def test_answers_are_compared_with_the_majority_of_votes(cli: Cli, shared: Path) -> None:
    data = ("--data", shared / "data" / "fer2013.npz", "--split", "private")

    done = cli("models", "evaluate", "moodtrace-emotion-2", *data, "--labels", "ferplus", "--json")

    found = json.loads(done.stdout)
    assert (found["labels"], found["n"], found["left_out"]) == ("ferplus", 3545, 44)
    assert list(found["per_class"]) == [
        *("neutral", "happy", "surprise", "sad", "angry", "disgust", "fear", "contempt"),
    ]
    told = MOODTRACE_EMOTION.metrics["ferplus_private_majority_accuracy"]
    assert found["accuracy"] == pytest.approx(told, abs=0.0005)
    assert (found["ties"]["n"], found["ties"]["without"]["n"]) == (170, 3375)
    assert found["ties"]["without"]["accuracy"] > found["accuracy"]


def test_scores_are_averaged_with_those_of_the_mirror_image(
    cli: Cli, faces: Path, tmp_path: Path
) -> None:
    with np.load(faces) as file:
        images, labels = file["image"][:, :, ::-1], file["label"]
    np.savez(tmp_path / "mirrored.npz", image=images, label=labels)

    plain = evaluated(cli, "--data", faces)
    first, second = (
        evaluated(cli, "--data", path, "--flip") for path in (faces, tmp_path / "mirrored.npz")
    )

    assert (plain["flip"], first["flip"]) == (False, True)
    assert first["reliability"] != plain["reliability"]
    assert first["confusion"] == second["confusion"]
    assert first["reliability"] == second["reliability"]


def test_our_network_gains_by_mirror_images(cli: Cli, shared: Path) -> None:
    data = ("--data", shared / "data" / "fer2013.npz", "--split", "private")

    done = cli("models", "evaluate", "moodtrace-emotion-2", *data, "--flip", "--json")

    told = MOODTRACE_EMOTION.metrics["fer2013_private_accuracy_with_flip"]
    assert json.loads(done.stdout)["accuracy"] == pytest.approx(told, abs=0.0005)


def test_a_person_is_told_of_ties(cli: Cli, faces: Path) -> None:
    done = cli(
        *("models", "evaluate", "moodtrace-emotion-2", "--data", faces, "--labels", "ferplus")
    )

    assert done.returncode == 0, done.stderr
    assert "Against the majority of FER+ votes" in done.stdout
    assert "labels are ties" in done.stdout
    assert "contempt" in done.stdout


def test_what_is_wrong_is_said_in_three_lines(cli: Cli, faces: Path, tmp_path: Path) -> None:
    np.savez(tmp_path / "float.npz", image=np.zeros((2, 48, 48)), label=np.zeros(2, int))

    for words, code in (
        (("yunet", "--data", faces), 2),
        (("mini-xception", "--data", faces, "--split", "public"), 2),
        (("mini-xception", "--data", tmp_path / "float.npz"), 65),
        (("mini-xception", "--data", tmp_path / "none.npz"), 66),
        (("mini-xception", "--data", faces, "--labels", "ferplus"), 2),
    ):
        done = cli("models", "evaluate", *words)
        assert done.returncode == code, done.stderr
        assert len(done.stderr.strip().splitlines()) == 3
