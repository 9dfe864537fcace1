"""A recorded wide shot of a hall: with tiles its small faces are followed and counted."""

import json
from pathlib import Path
from typing import Any

import pytest

from models.evaluation.group_photos import read_photos
from models.evaluation.wide_shot import wide_shot
from models.registry import CENTERFACE
from tests.conftest import Cli
from tests.ingest.made_video import make_video

HALL_PX = (16, 20, 25)
FPS = 5


@pytest.fixture
def hall(shared: Path, tmp_path: Path) -> tuple[Path, int]:
    """A second of a full HD camera on faces of about 20 px, compressed, and how many there are."""
    photos = read_photos(shared / "footage" / "photos")
    shot = wide_shot(photos, HALL_PX, height_px=1080, width_px=1920)
    video = make_video(tmp_path / "hall.mp4", [shot.image[:, :, ::-1].copy()] * FPS, fps=FPS)
    return video, len(shot.xyxy)


def last_second(cli: Cli, video: Path, **settings: str) -> dict[str, Any]:
    done = cli(
        *("replay", video, "--screening", "hall", "--replace", "--fps", FPS),
        *("--detector", CENTERFACE.id),
        env={f"MOODTRACE_ANALYSIS_{name.upper()}": value for name, value in settings.items()},
    )
    assert done.returncode == 0, done.stderr
    seconds: list[dict[str, Any]] = json.loads(cli("export", "hall").stdout)["seconds"]
    return seconds[-1]


def test_a_hall_is_counted_in_tiles_and_its_small_faces_are_not_guessed(
    cli: Cli, hall: tuple[Path, int]
) -> None:
    video, people = hall

    usual = last_second(cli, video)
    tiled = last_second(cli, video, tiles="2x2")

    assert usual["viewers"] < 0.4 * people  # measured: 72 of 350, in tiles 337
    assert 0.9 * people < tiled["viewers"] < 1.05 * people
    assert tiled["excluded"]["too_small"] == tiled["viewers"] - tiled["usable"]
    assert tiled["coverage"] < 0.02


def test_tiles_that_are_mostly_overlap_are_refused_before_anything_is_stored(
    cli: Cli, hall: tuple[Path, int]
) -> None:
    settings = {"TILES": "9x9", "MAX_WIDTH": "960", "MAX_HEIGHT": "544"}

    done = cli(
        *("replay", hall[0], "--screening", "hall", "--detector", CENTERFACE.id),
        env={f"MOODTRACE_ANALYSIS_{name}": value for name, value in settings.items()},
    )

    assert done.returncode == 78
    assert "9 x 9 tiles of 960 x 544 px" in done.stderr
    assert "MOODTRACE_ANALYSIS_TILES" in done.stderr
    assert json.loads(cli("screening", "list", "--json").stdout) == []
