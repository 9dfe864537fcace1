"""Files that are not what they claim to be: each gives its own reason code, none a traceback."""

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import av
import pytest

from tests.ingest.made_video import (
    ended,
    make_sound,
    make_video,
    pictures_of,
    quadrants,
    read,
    shades,
    times_of,
)

FAST_START = {"movflags": "+faststart"}


def reason_of(path: Path) -> str:
    events = read(path)
    assert len(events) == 1
    return ended(events).reason


def cut(path: Path, first: float = 0.0, last: float = 1.0) -> Path:
    content = path.read_bytes()
    path.write_bytes(content[int(first * len(content)) : int(last * len(content))])
    return path


def test_a_missing_file(tmp_path: Path) -> None:
    assert reason_of(tmp_path / "nowhere.mp4") == "no_such_file"


def test_a_path_through_a_file(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    assert reason_of(tmp_path / "file" / "x.mp4") == "no_such_file"


def test_a_directory(tmp_path: Path) -> None:
    assert reason_of(tmp_path) == "is_a_directory"


def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.mp4")
    assert reason_of(tmp_path / "pipe.mp4") == "not_a_file"


def test_a_device() -> None:
    assert reason_of(Path("/dev/zero")) == "not_a_file"


def test_an_empty_file(tmp_path: Path) -> None:
    (tmp_path / "empty.mp4").touch()
    assert reason_of(tmp_path / "empty.mp4") == "empty_file"


def test_text_named_like_a_video(tmp_path: Path) -> None:
    (tmp_path / "text.mp4").write_text("Dear audience,\n" * 100)
    assert reason_of(tmp_path / "text.mp4") == "not_media"


def test_a_file_that_may_not_be_read(tmp_path: Path) -> None:
    path = make_video(tmp_path / "secret.mp4", shades(5))
    path.chmod(0)
    if os.geteuid() != 0:
        assert reason_of(path) == "no_permission"
        return
    for folder in (tmp_path, *tmp_path.parents[:2]):
        folder.chmod(0o755)
    # Root may read everything, so a child gives its rights up once all is imported.
    code = (
        "import os, sys; from tests.ingest.made_video import *; os.seteuid(65534);"
        "print(ended(read(Path(sys.argv[1]))).reason)"
    )
    root = Path(__file__).parents[2]
    child = subprocess.run(
        [sys.executable, "-c", code, path], cwd=root, capture_output=True, text=True, check=True
    )
    assert child.stdout.strip() == "no_permission"


def test_sound_alone(tmp_path: Path) -> None:
    assert reason_of(make_sound(tmp_path / "sound.mp4")) == "no_video_stream"


def test_a_cover_picture_is_no_video(tmp_path: Path) -> None:
    path = make_sound(tmp_path / "song.mp4", cover=quadrants())
    assert reason_of(path) == "no_video_stream"


@pytest.mark.parametrize("share", [0.02, 0.1, 0.5, 0.9])
def test_without_its_front_a_video_is_no_media(tmp_path: Path, share: float) -> None:
    path = make_video(tmp_path / "front.mp4", shades(75), muxer=FAST_START)
    assert reason_of(cut(path, first=share)) == "not_media"


@pytest.mark.parametrize("share", [0.1, 0.5, 0.9])
def test_an_index_that_went_with_the_tail_means_truncated(tmp_path: Path, share: float) -> None:
    path = make_video(tmp_path / "tail.mp4", shades(75))
    assert reason_of(cut(path, last=share)) == "truncated"


def test_an_index_cut_in_its_middle_means_truncated(tmp_path: Path) -> None:
    path = make_video(tmp_path / "tail.mp4", shades(75), muxer=FAST_START)
    path.write_bytes(path.read_bytes()[:200])
    assert reason_of(path) == "truncated"


@pytest.mark.parametrize("suffix", ["mp4", "mkv"])
@pytest.mark.parametrize("share", [0.5, 0.7])
def test_the_readable_part_of_a_truncated_file_is_read(
    tmp_path: Path, suffix: str, share: float
) -> None:
    muxer = FAST_START if suffix == "mp4" else {}
    encoder = {"preset": "ultrafast", "g": "10"}
    path = make_video(tmp_path / f"tail.{suffix}", shades(200), muxer=muxer, encoder=encoder)
    events = read(cut(path, last=share))
    end = ended(events)
    assert end.reason == "truncated"
    assert end.duration_ms is not None
    assert 0 < end.end_ms < end.duration_ms - 1000
    assert len(pictures_of(events)) >= 5
    assert times_of(events)[-1] < end.end_ms


def test_a_header_without_a_frame(tmp_path: Path) -> None:
    path = make_video(tmp_path / "hollow.mp4", shades(50), muxer=FAST_START)
    content = path.read_bytes()
    begin = content.index(b"mdat") + 4
    path.write_bytes(content[:begin] + bytes(len(content) - begin))
    assert reason_of(path) == "no_frames"


def test_a_picture_larger_than_8k(tmp_path: Path) -> None:
    path = make_video(tmp_path / "huge.mp4", shades(1, width=7682, height=4322))
    assert reason_of(path) == "too_large"


def test_a_file_with_too_many_streams_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "streams.mp4"
    with av.open(path, "w") as container:
        streams = [container.add_stream("mpeg4", rate=25) for _ in range(20)]
        for stream in streams:
            stream.width, stream.height, stream.pix_fmt = 32, 32, "yuv420p"
        for stream in streams:
            picture = av.VideoFrame.from_ndarray(quadrants(32, 32), format="rgb24")
            container.mux([*stream.encode(picture), *stream.encode(None)])
    assert reason_of(path) == "not_media"


@pytest.fixture
def canary_server() -> Iterator[socket.socket]:
    """A listener on loopback that nobody should ever call."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.setblocking(False)
        yield listener


TRAPS = {
    "hls": "#EXTM3U\n#EXT-X-TARGETDURATION:9\n#EXTINF:9,\n{url}\n#EXTINF:9,\n{file}\n",
    "hls-concat": "#EXTM3U\n#EXTINF:1,\nconcat:{file}|{url}\n#EXT-X-ENDLIST\n",
    "hls-subfile": "#EXTM3U\n#EXTINF:1,\nsubfile,,start,0,end,64,,:{file}\n#EXT-X-ENDLIST\n",
    "concat": "ffconcat version 1.0\nfile '{file}'\nfile '{url}'\n",
    "sdp": "v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nc=IN IP4 127.0.0.1\nt=0 0\n"
    "m=video {port} RTP/AVP 96\na=rtpmap:96 H264/90000\n",
    "dash": '<?xml version="1.0"?><MPD xmlns="urn:mpeg:dash:schema:mpd:2011" type="static" '
    'mediaPresentationDuration="PT9S"><Period><AdaptationSet mimeType="video/mp4"><Representation '
    'id="1" bandwidth="9"><BaseURL>{url}</BaseURL></Representation></AdaptationSet></Period></MPD>',
    "rtsp-redirect": "RTSPtext\nrtsp://127.0.0.1:{port}/\n",
    "imf": '<?xml version="1.0"?><AssetMap xmlns="x"><Path>{url}</Path></AssetMap>',
    "image-pattern": "%03d.png {file}",
}


@pytest.mark.parametrize("trap", TRAPS)
@pytest.mark.parametrize("name", ["{trap}.mp4", "{trap}.m3u8", "{trap}%03d.png", "http:{trap}"])
def test_lists_in_disguise_open_nothing(
    tmp_path: Path, canary_server: socket.socket, trap: str, name: str
) -> None:
    canary = make_video(tmp_path / "canary.ts", shades(5))
    port = canary_server.getsockname()[1]
    path = tmp_path / name.format(trap=trap)
    url = f"http://127.0.0.1:{port}/canary.ts"
    path.write_text(TRAPS[trap].format(url=url, file=canary, port=port))
    assert reason_of(path) == "not_media"
    with pytest.raises(BlockingIOError):
        canary_server.accept()


def test_a_movie_that_points_at_another_file_does_not_get_it(tmp_path: Path) -> None:
    elsewhere = make_video(tmp_path / "elsewhere.mp4", shades(25), muxer=FAST_START)
    content = elsewhere.read_bytes()
    own = b"\0\0\0\x0curl \0\0\0\x01"
    assert own in content
    # A reference of kind `alis` without the flag for "in this file", and no samples here.
    pointing = content.replace(own, b"\0\0\0\x0calis\0\0\0\0")
    path = tmp_path / "pointing.mp4"
    path.write_bytes(pointing[: pointing.index(b"mdat") + 4])
    assert pictures_of(read(path)) == []
