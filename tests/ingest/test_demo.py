from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from ingest.demo import _MOODS, CLIP_NAMES, JOY_S, compose_demo
from ingest.wall import Clip, Tile, write_wall
from moodtrace.problems import SourceError
from tests.ingest.made_video import ended, opened, read


def grey_tile(shade: int) -> Tile:
    picture = np.full((240, 424, 3), shade, dtype=np.uint8)
    return Tile(Clip([picture], Fraction(25)), lambda time_s: time_s)


def test_a_wall_shows_its_tiles_row_by_row(tmp_path: Path) -> None:
    shares: list[float] = []
    write_wall(tmp_path / "wall.mp4", [grey_tile(20 * n) for n in range(9)], 1.0, shares.append)
    with av.open(tmp_path / "wall.mp4") as container:
        frames = [frame.to_ndarray(format="gray") for frame in container.decode(video=0)]
    middles = frames[0][120::240, 212::428].flatten().tolist()
    assert len(frames) == len(shares) == 25
    assert middles == sorted(middles)
    assert shares[-1] == 1.0


def test_a_wall_that_fails_leaves_nothing_behind(tmp_path: Path) -> None:
    def stop(share: float) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_wall(tmp_path / "wall.mp4", [grey_tile(1)], 1.0, stop)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", CLIP_NAMES)
def test_a_mood_never_jumps_and_turns_to_joy_when_it_should(name: str) -> None:
    mood = _MOODS[name]
    positions_s = [mood.position_s(frame / 25, 12.0) for frame in range(40 * 25)]
    assert np.abs(np.diff(positions_s)).max() <= 1 / 25 + 1e-9
    assert max(positions_s[: 9 * 25]) <= mood.calm_end + 1e-9
    assert min(positions_s[12 * 25 :]) >= mood.joy_begin - 1e-9


def test_the_demo_is_the_same_every_time(tmp_path: Path, footage: Callable[[str], Path]) -> None:
    clips = {name: footage(name) for name in ("WolfgangLanger_Pexels.mp4", "face_noface.mov")}
    clips["single_face.mp4"] = footage("face_noface.mov")  # it begins with the same man
    contents = []
    for folder in (tmp_path / "first", tmp_path / "second"):
        folder.mkdir()
        paths = compose_demo(clips, folder, lambda _: None, duration_s=1)
        contents.append([path.read_bytes() for path in paths])
    assert [path.name for path in paths] == list(JOY_S)
    assert contents[0] == contents[1]
    assert (opened(read(paths[0])).width, ended(read(paths[0])).end_ms) == (1280, 1000)


def test_a_missing_clip_is_named(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="no such file"):
        compose_demo({name: tmp_path / name for name in CLIP_NAMES}, tmp_path, lambda _: None)
