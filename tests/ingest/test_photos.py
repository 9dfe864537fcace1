"""Photos are read whole or refused; pictures become video at their own times."""

from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np
import pytest

from ingest.photos import read_photo, write_photo
from ingest.video_file import write_video
from moodtrace.errors import CannotWriteError
from moodtrace.problems import SourceError

PICTURE = np.random.default_rng(9).integers(0, 256, (30, 40, 3)).astype(np.uint8)


@pytest.mark.parametrize("suffix", [".png", ".bmp", ".jpg", ".webp"])
def test_a_photo_is_written_and_read_again(tmp_path: Path, suffix: str) -> None:
    smooth = cv2.resize(PICTURE[:3, :4], (40, 30)).astype(np.uint8)

    write_photo(tmp_path / f"photo{suffix}", smooth)

    difference = read_photo(tmp_path / f"photo{suffix}").astype(int) - smooth
    assert np.abs(difference).mean() < 6


def test_a_gray_photo_gets_three_channels(tmp_path: Path) -> None:
    cv2.imwrite(str(tmp_path / "gray.png"), PICTURE[..., 0])

    assert read_photo(tmp_path / "gray.png").shape == (30, 40, 3)


def test_photos_that_are_none_are_refused(tmp_path: Path) -> None:
    whole = tmp_path / "whole.jpg"
    write_photo(whole, PICTURE)
    (tmp_path / "cut.jpg").write_bytes(whole.read_bytes()[:-200])
    (tmp_path / "text.png").write_text("no picture")
    (tmp_path / "empty.png").touch()

    for name, reason in (
        ("cut.jpg", "not_a_picture"),
        ("text.png", "not_a_picture"),
        ("empty.png", "empty_file"),
        ("none.png", "no_such_file"),
    ):
        with pytest.raises(SourceError) as caught:
            read_photo(tmp_path / name)
        assert caught.value.reason == reason


def test_a_video_keeps_the_times_of_its_pictures(tmp_path: Path) -> None:
    times_ms = [0, 40, 81, 500, 1999]

    count = write_video(tmp_path / "out.mp4", ((time, PICTURE) for time in times_ms))

    with av.open(str(tmp_path / "out.mp4")) as container:
        frames = list(container.decode(video=0))
        tick_s = Fraction(frames[0].time_base or 0)
        assert [round((frame.pts or 0) * tick_s * 1000) for frame in frames] == times_ms
        assert (frames[0].width, frames[0].height) == (40, 30)
    assert count == len(times_ms)


def test_odd_sides_and_changing_sizes_are_brought_to_even_ones(tmp_path: Path) -> None:
    pictures = [(0, PICTURE[:29, :39]), (40, PICTURE), (80, PICTURE[:10, :10])]

    write_video(tmp_path / "out.mp4", pictures)

    with av.open(str(tmp_path / "out.mp4")) as container:
        assert {(f.width, f.height) for f in container.decode(video=0)} == {(38, 28)}


def test_no_picture_makes_no_file(tmp_path: Path) -> None:
    assert write_video(tmp_path / "out.mp4", []) == 0
    assert list(tmp_path.iterdir()) == []


def test_a_video_that_breaks_off_leaves_the_old_file(tmp_path: Path) -> None:
    (tmp_path / "out.mp4").write_text("old")

    def broken() -> object:
        yield 0, PICTURE
        raise SourceError("source_lost", "camera")

    with pytest.raises(SourceError):
        write_video(tmp_path / "out.mp4", broken())  # type: ignore[arg-type]
    assert [path.read_text() for path in tmp_path.iterdir()] == ["old"]


def test_a_folder_that_is_a_file_cannot_be_written_to(tmp_path: Path) -> None:
    (tmp_path / "file").touch()

    with pytest.raises(CannotWriteError):
        write_photo(tmp_path / "file" / "photo.png", PICTURE)
