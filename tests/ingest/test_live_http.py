"""MJPEG and HLS, where somebody switched them on."""

from pathlib import Path

import av
import pytest

from ingest.live_picture import as_jpeg
from ingest.live_process import LiveProcess
from tests.ingest.live import (
    end_of,
    frames_of,
    heard,
    intervals_ms,
    is_end,
    live_job,
    openings_of,
    picture_of,
)
from tests.ingest.made_video import make_video, quadrants, shades
from tests.servers.web import http_server


def test_motion_jpeg_gets_the_times_of_its_arrival(tmp_path: Path) -> None:
    pictures = [as_jpeg(quadrants(320, 240)[:, :, ::-1].copy(), 90)] * 30
    with (
        http_server(tmp_path, pictures) as url,
        LiveProcess(live_job(f"{url}/video.mjpg", allow_http=True)) as process,
    ):
        events = heard(process, until=is_end)
    assert end_of(events).reason == "ended"
    (opening,) = openings_of(events)
    assert (opening.codec, opening.width, opening.height) == ("mjpeg", 320, 240)
    frames = frames_of(events)
    assert 13 <= len(frames) <= 16
    assert all(100 <= interval <= 320 for interval in intervals_ms(frames))
    assert picture_of(frames[0])[10, 10].min() > 240


def hls(folder: Path, seconds: int) -> None:
    """Write a playlist of one-second pieces."""
    film = make_video(folder / "film.mp4", shades(25 * seconds), encoder={"g": "25", "bf": "0"})
    with (
        av.open(film) as source,
        av.open(folder / "live.m3u8", "w", format="hls", options={"hls_time": "1"}) as playlist,
    ):
        stream = playlist.add_stream_from_template(source.streams.video[0])
        for packet in source.demux(video=0):
            if packet.dts is not None:
                packet.stream = stream
                playlist.mux(packet)


def test_hls_is_shown_in_its_own_time_though_it_comes_in_pieces(tmp_path: Path) -> None:
    hls(tmp_path, seconds=3)
    with (
        http_server(tmp_path) as url,
        LiveProcess(live_job(f"{url}/live.m3u8", allow_http=True)) as process,
    ):
        events = heard(process, until=is_end)
    frames = frames_of(events)
    assert 15 <= len(frames) <= 16
    assert all(150 <= interval <= 250 for interval in intervals_ms(frames))
    assert 2500 <= frames[-1].arrival_ms - frames[0].arrival_ms <= 3500


@pytest.mark.parametrize("trap", ["file:///etc/hostname", "/etc/hostname", "data:text/plain,x"])
def test_a_playlist_can_not_make_us_read_anything_else(tmp_path: Path, trap: str) -> None:
    head = "#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXT-X-MEDIA-SEQUENCE:0\n#EXTINF:1,\n"
    (tmp_path / "live.m3u8").write_text(f"{head}{trap}\n#EXT-X-ENDLIST\n")
    with (
        http_server(tmp_path) as url,
        LiveProcess(live_job(f"{url}/live.m3u8", allow_http=True, open_s=3)) as process,
    ):
        events = heard(process, until=is_end)
    assert frames_of(events) == []
    assert end_of(events).reason in {"not_media", "ended", "unreachable", "no_permission", "silent"}


def test_a_page_is_not_media(tmp_path: Path) -> None:
    (tmp_path / "index.html").write_text("<html>" + "x" * 5000)
    with (
        http_server(tmp_path) as url,
        LiveProcess(live_job(f"{url}/index.html", allow_http=True)) as process,
    ):
        assert end_of(heard(process, until=is_end)).reason == "not_media"


def test_a_page_that_is_not_there(tmp_path: Path) -> None:
    with (
        http_server(tmp_path) as url,
        LiveProcess(live_job(f"{url}/none.mjpg", allow_http=True)) as process,
    ):
        assert end_of(heard(process, until=is_end)).reason == "not_found"
