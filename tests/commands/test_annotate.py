"""`moodtrace annotate` on real photos and video."""

import csv
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Any

import av
import cv2
import numpy as np
import pytest

from models.registry import MOODTRACE_EMOTION
from moodtrace.labels import AGE_BANDS, EMOTIONS
from tests.conftest import Cli

Footage = Callable[[str], Path]
PHOTO = "photos/face-api.js__examples_images_bbt4.jpg"
FACES_IN_PHOTO = 6
CRYING_THEN_JOY = "WolfgangLanger_Pexels.mp4"


def rows_of(path: Path) -> list[dict[str, str]]:
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def pictures_of(path: Path) -> list[dict[str, Any]]:
    return json.loads(path.read_text("utf-8"))["pictures"]  # type: ignore[no-any-return]


def test_a_photo_comes_back_with_its_faces_marked_and_tables_beside(
    cli: Cli, footage: Footage, tmp_path: Path
) -> None:
    photo, out = footage(PHOTO), tmp_path / "out"

    done = cli("annotate", photo, "-o", out)

    assert done.returncode == 0, done.stderr
    before, after = cv2.imread(str(photo)), cv2.imread(str(out / photo.name))
    assert before is not None
    assert after is not None
    assert before.shape == after.shape
    rows = rows_of(out / f"{photo.stem}.csv")
    assert len(rows) == FACES_IN_PHOTO
    for row in rows:
        assert row["t_ms"] == ""
        assert row["age"] in AGE_BANDS[:-1]
        assert row["emotion"] in EMOTIONS
        left, top, right = (int(row[side]) for side in ("left", "top", "right"))
        assert after[top - 1 : top + 2, left:right].std() > 30  # the box's line
    (picture,) = pictures_of(out / f"{photo.stem}.json")
    assert [face["xyxy"][0] for face in picture["faces"]] == [int(row["left"]) for row in rows]
    assert sum(picture["faces"][0]["emotions"].values()) == pytest.approx(1, abs=0.01)


def test_one_file_can_be_named_as_the_target(cli: Cli, footage: Footage, tmp_path: Path) -> None:
    done = cli("annotate", footage(PHOTO), "-o", tmp_path / "marked.png", "--json")

    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["faces"] == FACES_IN_PHOTO
    assert sorted(path.name for path in tmp_path.glob("marked*")) == [
        "marked.csv",
        "marked.json",
        "marked.png",
    ]


def test_a_video_comes_back_in_step_with_its_faces_and_a_plot(
    cli: Cli, footage: Footage, tmp_path: Path
) -> None:
    clip = footage(CRYING_THEN_JOY)

    done = cli("annotate", clip, "-o", tmp_path / "out", "--fps", "5", "--plot")

    assert done.returncode == 0, done.stderr
    with av.open(str(tmp_path / "out" / clip.name)) as container:
        times_s = [frame.time for frame in container.decode(video=0)]
    pictures = pictures_of(tmp_path / "out" / f"{clip.stem}.json")
    assert len(times_s) == len(pictures) == 99
    for time_s, picture in zip(times_s, pictures, strict=True):
        assert time_s == pytest.approx(picture["t_ms"] / 1000, abs=0.002)
    late = [p["faces"][0]["emotion"] for p in pictures if p["t_ms"] > 13_000]
    assert late.count("happy") > 0.9 * len(late)
    plot = cv2.imread(str(tmp_path / "out" / f"{clip.stem}-emotions.png"))
    assert plot is not None
    assert plot.shape[1] > 800


def test_a_video_is_read_as_a_replay_reads_it(cli: Cli, footage: Footage, tmp_path: Path) -> None:
    clip = footage(CRYING_THEN_JOY)
    assert cli("annotate", clip, "-o", tmp_path, "--fps", "5").returncode == 0
    assert cli("replay", clip, "--screening", "w").returncode == 0

    seconds = json.loads(cli("export", "w").stdout)["seconds"]

    rows = rows_of(tmp_path / f"{clip.stem}.csv")
    for second in seconds:
        own = [row for row in rows if int(row["t_ms"]) // 1000 == second["t"]]
        assert len(own) == second["faces"]
        scores = [float(row["happy"]) for row in own if row["abstained"] == "False"]
        shows = 2 * len(scores) > len(own) and median(scores) >= MOODTRACE_EMOTION.min_confidence
        assert second["emotions"]["happy"] == shows  # of the one viewer


def test_a_bad_file_is_named_and_the_rest_goes_on(
    cli: Cli, footage: Footage, tmp_path: Path
) -> None:
    folder, out = tmp_path / "in", tmp_path / "out"
    folder.mkdir()
    photo = footage(PHOTO)
    content = photo.read_bytes()
    (folder / "a-cut.jpg").write_bytes(content[: len(content) // 2])
    (folder / "b-text.png").write_text("no picture")
    (folder / "c-clip.mp4").write_text("no video")
    shutil.copy(photo, folder / "d-good.jpg")
    (folder / "notes.txt").write_text("left alone")

    done = cli("annotate", folder, "-o", out)

    assert done.returncode == 65
    for name in ("a-cut.jpg", "b-text.png", "c-clip.mp4"):
        assert name in done.stderr
    assert sorted(path.name for path in out.iterdir()) == ["d-good.jpg", "faces.csv", "faces.json"]
    assert len(rows_of(out / "faces.csv")) == FACES_IN_PHOTO


def test_a_cut_video_is_annotated_as_far_as_it_goes(
    cli: Cli, footage: Footage, tmp_path: Path
) -> None:
    with (
        av.open(str(footage("face_noface.mov"))) as source,
        av.open(str(tmp_path / "whole.ts"), "w") as target,
    ):
        stream = target.add_stream_from_template(source.streams.video[0])
        for packet in source.demux(source.streams.video[0]):
            if packet.dts is not None:
                packet.stream = stream
                target.mux(packet)
    whole = (tmp_path / "whole.ts").read_bytes()
    (tmp_path / "cut.ts").write_bytes(whole[: len(whole) // 2])

    done = cli("annotate", tmp_path / "cut.ts", "-o", tmp_path / "out", "--fps", "5")

    assert (tmp_path / "out" / "cut.ts.mp4").exists(), done.stderr
    assert done.returncode in (0, 65)


def test_a_video_without_a_face_has_no_plot(cli: Cli, footage: Footage, tmp_path: Path) -> None:
    done = cli("annotate", footage("no_face.mp4"), "-o", tmp_path, "--fps", "1", "--plot")

    assert done.returncode == 0, done.stderr
    assert "no face was read, so no plot" in done.stderr
    assert not list(tmp_path.glob("*-emotions.png"))
    assert rows_of(tmp_path / "no_face.csv") == []


def test_what_makes_no_sense_is_said_in_three_lines(
    cli: Cli, footage: Footage, tmp_path: Path
) -> None:
    photo = tmp_path / "photo.png"
    cv2.imwrite(str(photo), np.zeros((20, 30, 3), np.uint8))
    (tmp_path / "empty").mkdir()

    for words, code in (
        ((photo, "-o", tmp_path), 2),
        ((photo, "-o", tmp_path / "out.mp4"), 2),
        ((tmp_path / "empty", "-o", tmp_path / "out"), 66),
        ((tmp_path / "none.jpg", "-o", tmp_path / "out"), 66),
        ((photo, "-o", photo / "inside"), 73),
    ):
        done = cli("annotate", *words)
        assert done.returncode == code, done.stderr
        assert len([line for line in done.stderr.splitlines()[-3:] if line.strip()]) == 3
        assert "Traceback" not in done.stderr
    assert photo.stat().st_size > 0
