import ipaddress

import pytest
from msgspec.structs import replace

from moodtrace.camera_rules import PRIVATE, complaints
from moodtrace.cameras import Camera

FRONT = Camera(name="front", source="rtsp://10.0.0.7/stream", audience="panel")


def fields(camera: Camera, *found: str) -> list[str]:
    return [c.field for c in complaints(camera, PRIVATE, lambda host, port: found or (host,))]


@pytest.mark.parametrize(
    "source",
    [
        "rtsp://10.0.0.7/stream",
        "rtsps://192.168.1.9:322/a?b=c",
        "rtsp://[fd00::1]:8554/x",
        "file:/footage/panel.mp4",
        "v4l2:/dev/video0?size=1280x720",
    ],
)
def test_what_may_be_read(source: str) -> None:
    assert fields(replace(FRONT, source=source)) == []


@pytest.mark.parametrize(
    "source",
    [
        "",
        "panel.mp4",
        "ftp://10.0.0.7/x",
        "gopher://10.0.0.7",
        "rtsp:///nowhere",
        "rtsp://10.0.0.7:99999/x",
        "rtsp://10.0.0.7/a b",
        "rtsp://10.0.0.7/a\nb",
        "rtsp://user:secret@10.0.0.7/x",
        "rtsp://user@10.0.0.7/x",
        "http://10.0.0.7/x.m3u8",
        "rtsp://[::1",
    ],
)
def test_what_may_not(source: str) -> None:
    assert fields(replace(FRONT, source=source)) == ["source"]


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "::1",
        "169.254.169.254",
        "0.0.0.0",  # noqa: S104
        "224.0.0.1",
        "8.8.8.8",
        "::ffff:127.0.0.1",
        "fe80::1%eth0",
    ],
)
def test_whatever_a_name_resolves_to_must_be_where_cameras_are(address: str) -> None:
    named = replace(FRONT, source="rtsp://camera.example/x")

    assert fields(named, "10.0.0.7") == []
    assert fields(named, "10.0.0.7", address) == ["source"]


@pytest.mark.parametrize("host", ["2130706433", "0x7f.1", "0177.0.0.1", "127.1", "localhost"])
def test_no_spelling_of_this_machine_gets_through(host: str) -> None:
    camera = replace(FRONT, source=f"rtsp://{host}/x")

    assert [c.field for c in complaints(camera, PRIVATE)] == ["source"]


def test_networks_may_be_opened() -> None:
    loopback = replace(FRONT, source="rtsp://127.0.0.1/x")

    assert not list(complaints(loopback, [ipaddress.ip_network("127.0.0.0/8")]))


def test_everything_wrong_is_said_at_once() -> None:
    wrong = Camera(
        name="a/b",
        source="rtsp://127.0.0.1/x",
        audience="",
        fps=0,
        password_env="not a name",  # noqa: S106
        password_file="/run/secrets/x",  # noqa: S106
        masks=(((0.0, 0.0), (2.0, 0.0)),),
    )

    assert fields(wrong) == [
        "name",
        "audience",
        "fps",
        "password_file",
        "password_env",
        "polygon",
        "source",
    ]
