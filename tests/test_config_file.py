import ipaddress

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from moodtrace.cameras import Camera
from moodtrace.config_file import ConfigFileError, json_schema, parse

NETWORKS = [ipaddress.ip_network("10.0.0.0/8")]
GOOD = """\
defaults: {audience: panel, fps: 2}
cameras:
  front:
    source: rtsp://${HOST}/1
    password_env: FRONT_PASSWORD
  side:
    source: rtsp://10.0.0.8/1
    audience: others
    enabled: false
    masks: [[[0, 0], [0.2, 0], [0.2, 1]]]
    seats: {A1: [[0, 0], [0.5, 0], [0.5, 1]]}
"""


def read(content: str) -> dict[str, Camera]:
    return parse(content, path="moodtrace.yaml", environ={"HOST": "10.0.0.7"}, networks=NETWORKS)


def mistakes(content: str) -> list[tuple[int, str]]:
    with pytest.raises(ConfigFileError) as caught:
        read(content)
    return [(mistake.line, mistake.what) for mistake in caught.value.mistakes]


def test_cameras_take_what_they_do_not_say_from_the_defaults() -> None:
    cameras = read(GOOD)

    assert cameras["front"] == Camera(
        name="front",
        source="rtsp://10.0.0.7/1",
        audience="panel",
        fps=2,
        password_env="FRONT_PASSWORD",  # noqa: S106
    )
    assert cameras["side"].audience == "others"
    assert cameras["side"].masks == (((0.0, 0.0), (0.2, 0.0), (0.2, 1.0)),)


def test_an_empty_file_has_no_cameras() -> None:
    assert read("") == read("cameras:\n") == {}


def test_all_mistakes_are_found_at_once_each_with_its_line() -> None:
    content = """\
default: {fps: 2}
cameras:
  front:
    source: rtsp://10.0.0.7/1
    audience: panel
    fsp: 5
  side:
    source: rtsp://127.0.0.1/1
    audience: panel
    fps: fast
  back:
    audience: panel
  roof: 7
  door:
    source: rtsp://8.8.8.8/1
    audience: panel
"""
    found = mistakes(content)

    assert [line for line, _ in found] == [1, 6, 10, 11, 13, 15]
    assert "'default'" in found[0][1]
    assert "'fsp'" in found[1][1]
    assert "fps" in found[2][1]
    assert "no source" in found[3][1]
    assert "'roof'" in found[4][1]
    assert "8.8.8.8" in found[5][1]


def test_a_misspelt_key_is_corrected() -> None:
    with pytest.raises(ConfigFileError) as caught:
        read("camera: {}\n")

    assert caught.value.lines() == (
        "Error: there is no setting 'camera'",
        "Where: moodtrace.yaml:1",
        "Try:   did you mean cameras?",
    )


CAMERA = "cameras:\n  a:\n    audience: x\n    source: rtsp://10.0.0.7/1\n"


@pytest.mark.parametrize(
    ("content", "line"),
    [
        ("cameras: [", 1),
        ("cameras:\n\t- x", 2),
        ("- a\n- b\n", 1),
        ("7\n", 1),
        ("cameras:\n  a: {}\n  a: {}\n", 3),
        ("cameras: 7\n", 1),
        ("cameras: [a]\n", 1),
        ("defaults: 7\n", 1),
        ("cameras: &a\n  x: *b\n", 2),
        (CAMERA + "    fps: -1\n", 5),
        (CAMERA + "    fps: '5'\n", 5),
        (CAMERA + "    fps: .nan\n", 5),
        (CAMERA + "    enabled: maybe\n", 5),
        (CAMERA + "    transport: carrier pigeon\n", 5),
        (CAMERA + "    masks: [[0, 0]]\n", 5),
        (CAMERA + "    masks: [[[0, 0], [1, 1]]]\n", 2),
        (CAMERA + "    zones: [a]\n", 5),
        (CAMERA + "    name: b\n", 5),
        (CAMERA + "    password: hunter2\n", 5),
        (CAMERA + "    username: ${NOBODY}\n", 5),
        (CAMERA + "    offset_ms: 1.5\n", 5),
        ("cameras:\n  a/b:\n    audience: x\n    source: rtsp://10.0.0.7/1\n", 2),
        ("cameras:\n  a:\n    audience: x\n    source: rtsp://u:canary@10.0.0.7/1\n", 4),
        ("cameras:\n  a:\n    audience: x\n    source: http://10.0.0.7/1\n", 4),
        ("!!python/object/apply:os.system ['true']\n", 1),
    ],
)
def test_what_is_wrong_is_found_where_it_stands(content: str, line: int) -> None:
    found = mistakes(content)

    assert [place for place, _ in found] == [line]
    assert "canary" not in str(found) and "hunter2" not in str(found)


@given(st.text(max_size=200))
def test_no_text_brings_it_down(content: str) -> None:
    try:
        read(content)
    except ConfigFileError as error:
        assert error.mistakes


def test_the_schema_knows_every_setting() -> None:
    camera = json_schema()["properties"]["defaults"]["properties"]

    assert set(camera) == {field.name for field in msgspec.structs.fields(Camera)} - {"name"}
    assert camera["transport"]["enum"] == ["tcp", "udp"]
