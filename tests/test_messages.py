import msgspec
import pytest
from msgspec.structs import replace

from moodtrace.messages import Captured, Face, FacesScored, FrameCaptured, Quality, Scored
from tests.factories import face, failed, scored

FIRST = bytes.fromhex(
    "8aa46b696e64ae66616365735f73636f7265642f31ac73637265656e696e675f6964a27331a963616d6572615f"
    "6964a566726f6e74ac736f757263655f65706f636801a373657101a67074735f6d73ccc8a566616365739185a4"
    "7879787994cd03e8cd03e8cd07d0cd09c4a573636f7265cd0384a7656d6f74696f6e97323232cd02bc323232a3"
    "61676590a86578636c75646564a0a86465746563746f72a579756e6574ad656d6f74696f6e5f6d6f64656cad6d"
    "696e692d7863657074696f6ea96167655f6d6f64656ca0"
)
"""`faces_scored/1` without what came to faces since, as it was first written."""

STORED = (
    FIRST.replace(b"\x91\x85", b"\x91\x89")
    .replace(b"\xa8excluded", b"\xaaage_tenths\x00\xa4pose\x90\xa9abstained\xc2\xa8excluded")
    .replace(b"\xa8detector", b"\xa7quality\xc0\xa8detector")
)
"""The same before it said what analysed it; `tests/golden` has it as it is written now."""


def test_stored_messages_stay_readable() -> None:
    for written in (FIRST, STORED):
        assert msgspec.msgpack.decode(written, type=FacesScored) == scored(200, face("happy"))


def test_the_quality_of_a_face_is_six_numbers_in_order() -> None:
    quality = Quality(size_px=80, sharpness=340, brightness=120, contrast=300, cut=20, occlusion=5)

    written = msgspec.msgpack.encode(replace(face(), quality=quality))

    assert msgspec.msgpack.decode(written)["quality"] == [80, 340, 120, 300, 20, 5]
    assert msgspec.msgpack.decode(written, type=Face).quality == quality


def test_messages_come_back_as_they_were() -> None:
    captured = FrameCaptured(
        screening_id="s1",
        camera_id="front",
        source_epoch=1,
        seq=0,
        pts_ms=0,
        width=2,
        height=1,
        encoding="raw",
        image=bytes(6),
    )
    for message, kind in ((captured, Captured), (scored(0, face()), Scored), (failed(0), Scored)):
        assert msgspec.msgpack.decode(msgspec.msgpack.encode(message), type=kind) == message


def test_an_unknown_version_and_a_wrong_type_are_refused_with_their_place() -> None:
    newer = msgspec.msgpack.encode({"kind": "faces_scored/2"})
    wrong = msgspec.msgpack.encode(msgspec.to_builtins(failed(0)) | {"pts_ms": "0"})

    with pytest.raises(msgspec.ValidationError, match="faces_scored/2"):
        msgspec.msgpack.decode(newer, type=Scored)
    with pytest.raises(msgspec.ValidationError, match=r"\$\.pts_ms"):
        msgspec.msgpack.decode(wrong, type=Scored)
