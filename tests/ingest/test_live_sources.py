"""What libav is told about a source, and what is never told to anybody."""

import base64
from pathlib import Path

import pytest

from ingest.live_events import LiveJob
from ingest.live_sources import LiveSourceError, absolute, address, file_path, without_secrets

CANARY = "pa:ss@w/ord %?"


def job(source: str, **fields: object) -> LiveJob:
    return LiveJob(camera_id="front", source=source, **fields)  # type: ignore[arg-type]


def refusal(source: str, **fields: object) -> str:
    with pytest.raises(LiveSourceError) as error:
        address(job(source, **fields))
    return error.value.reason


def test_a_camera_is_read_over_tcp_and_may_use_nothing_but_what_rtsp_needs() -> None:
    found = address(job("rtsp://10.0.0.7/stream1"))
    assert (found.url, found.host, found.port) == ("rtsp://10.0.0.7/stream1", "10.0.0.7", 554)
    assert found.container_format == "rtsp"
    assert found.options["rtsp_transport"] == "tcp"
    assert found.options["protocol_whitelist"] == "rtsp,rtp,udp,tcp,tls,crypto"
    assert "tls_verify" not in found.options


def test_udp_is_there_for_who_asks_for_it() -> None:
    found = address(job("rtsp://10.0.0.7/stream1", transport="udp"))
    assert found.options["rtsp_transport"] == "udp"


@pytest.mark.parametrize(
    ("source", "port"), [("rtsps://camera/1", 322), ("rtsps://camera:7441/1", 7441)]
)
def test_over_tls_the_camera_has_to_prove_who_it_is(source: str, port: int) -> None:
    found = address(job(source))
    assert found.is_tls
    assert found.port == port
    assert found.options["tls_verify"] == "1"
    assert Path(found.options["ca_file"]).is_file()


def test_http_is_read_only_where_it_is_allowed() -> None:
    assert refusal("http://10.0.0.7/video.mjpg") == "not_allowed"
    found = address(job("http://10.0.0.7/video.mjpg", allow_http=True))
    assert found.options["protocol_whitelist"] == "http,https,tcp,tls,crypto"
    assert found.container_format is None


@pytest.mark.parametrize(
    "source",
    [
        "",
        "front.mp4",
        "/dev/video0",
        "rtsp://",
        "rtsp:///path",
        "rtsp://host:port/path",
        "rtsp://host:99999/path",
        "rtsp://[::1/path",
        "rtsp://host/path\r\nX-Evil: 1",
        "rtsp://host/a path",
        "rtmp://host/path",
        "udp://239.0.0.1:1234",
        "concat:a|b",
        "subfile,,start,0,end,1,,:/etc/passwd",
        "data:text/plain,x",
        "hls+http://host/x.m3u8",
    ],
)
def test_what_is_no_source_is_not_given_to_libav(source: str) -> None:
    assert refusal(source, allow_http=True) == "bad_source"


def test_user_and_password_go_into_the_address_whatever_they_are_made_of() -> None:
    found = address(job("rtsp://10.0.0.7:8554/1?x=1", username="us er", password=CANARY))
    assert found.url == "rtsp://us%20er:pa%3Ass%40w%2Ford%20%25%3F@10.0.0.7:8554/1?x=1"
    assert (found.host, found.port) == ("10.0.0.7", 8554)


def test_a_user_in_the_source_itself_still_works_and_gives_way_to_a_given_one() -> None:
    assert address(job("rtsp://a:b@camera/1")).url == "rtsp://a:b@camera/1"
    given = address(job("rtsp://a:b@camera/1", username="c", password=CANARY))
    assert given.url == "rtsp://c:pa%3Ass%40w%2Ford%20%25%3F@camera/1"


def test_no_spelling_of_a_password_is_told() -> None:
    known = job("rtsp://old:secret%21@camera/1", username="u", password=CANARY)
    basic = base64.b64encode(f"u:{CANARY}".encode()).decode()
    text = f"{CANARY} pa%3Ass%40w%2Ford%20%25%3F {basic} secret%21 secret! rtsp://x:y@z/1?p=q end"
    told = without_secrets(text, known)
    assert told == "*** *** *** *** *** <url> end"


def test_a_job_shows_nothing_but_its_camera() -> None:
    known = job("rtsp://a:b@camera/1", username="u", password=CANARY)
    assert repr(known) == "LiveJob(camera_id='front')"


@pytest.mark.parametrize(
    ("source", "path"),
    [
        ("file:/a/b.mp4", "/a/b.mp4"),
        ("file:///a/b.mp4", "/a/b.mp4"),
        ("file:b c.mp4", "b c.mp4"),
        ("file:100%.mp4", "100%.mp4"),
        ("rtsp://camera/1", None),
    ],
)
def test_a_file_is_named_as_it_stands(source: str, path: str | None) -> None:
    assert file_path(source) == path


def test_a_relative_path_means_the_folder_of_the_caller(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert absolute("file:front.mp4") == f"file:{tmp_path}/front.mp4"
    assert absolute("rtsp://camera/1") == "rtsp://camera/1"


def test_a_webcam_takes_size_rate_and_format() -> None:
    found = address(job("v4l2:/dev/video0?size=1280x720&fps=30&format=mjpeg"))
    assert (found.url, found.container_format) == ("/dev/video0", "v4l2")
    asked = {name: found.options[name] for name in ("video_size", "framerate", "input_format")}
    assert asked == {"video_size": "1280x720", "framerate": "30", "input_format": "mjpeg"}
    assert found.host == ""


def test_a_webcam_needs_no_options_and_may_be_named_for_good() -> None:
    found = address(job("v4l2:/dev/v4l/by-id/usb-Logitech_C920-video-index0"))
    assert found.url == "/dev/v4l/by-id/usb-Logitech_C920-video-index0"
    assert "video_size" not in found.options
    assert address(job("v4l2:/dev/video0?fps=30000/1001")).options["framerate"] == "30000/1001"


@pytest.mark.parametrize(
    "source",
    [
        "v4l2:",
        "v4l2:/etc/passwd",
        "v4l2:/dev/video0/../../etc/passwd",
        "v4l2:/dev/v4l/by-id/../../sda",
        "v4l2:/dev/video0?size=big",
        "v4l2:/dev/video0?fps=0",
        "v4l2:/dev/video0?fps=",
        "v4l2:/dev/video0?protocol_whitelist=file",
    ],
)
def test_nothing_else_is_a_webcam(source: str) -> None:
    assert refusal(source) == "bad_source"
