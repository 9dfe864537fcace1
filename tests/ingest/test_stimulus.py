"""Contents are refused that browsers would not play."""

from pathlib import Path
from typing import Literal

import av
import pytest

from ingest.stimulus import check_played
from moodtrace.errors import UsageError
from tests.ingest.made_video import make_sound, make_video, shades

PICTURES = shades(5)


@pytest.mark.parametrize("ending", ["mp4", "m4v", "mov"])
def test_h264_is_played(ending: str, tmp_path: Path) -> None:
    check_played(make_video(tmp_path / f"film.{ending}", PICTURES, container_format="mp4"))


def test_webm_is_played(tmp_path: Path) -> None:
    path = tmp_path / "film.webm"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libvpx", rate=25)
        stream.height, stream.width, _ = PICTURES[0].shape
        for picture in PICTURES:
            container.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="rgb24")))
        container.mux(stream.encode(None))
    check_played(path)


@pytest.mark.parametrize("codec", ["mpeg4", "libx265"])
def test_other_codecs_are_refused_with_the_command_that_converts(
    codec: Literal["mpeg4", "libx265"], tmp_path: Path
) -> None:
    path = make_video(tmp_path / "film.mp4", PICTURES, codec=codec)
    with pytest.raises(UsageError, match="browsers don't play") as refused:
        check_played(path)
    assert "ffmpeg -i IN" in refused.value.try_this


def test_other_endings_are_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"files ending in \.mkv"):
        check_played(make_video(tmp_path / "film.mkv", PICTURES))


def test_what_is_no_video_is_refused(tmp_path: Path) -> None:
    words = tmp_path / "words.mp4"
    words.write_text("not a film")
    with pytest.raises(UsageError, match="can't be read as video"):
        check_played(words)
    with pytest.raises(UsageError, match="files without a video stream"):
        check_played(make_sound(tmp_path / "sound.mp4"))
