import json
import pickle
from collections.abc import Callable

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from moodtrace.codec import (
    Decoder,
    UnreadableMessageError,
    decode_captured,
    decode_dead_letter,
    decode_recorded,
    decode_scored,
    encode,
)
from moodtrace.ledger import CameraLedger
from moodtrace.messages import (
    Captured,
    DeadLetter,
    Face,
    FacesScored,
    FrameCaptured,
    FrameDropped,
    FrameFailed,
    Scored,
    SourceFinished,
)
from moodtrace.screening import Recording, ScreeningDeleted, ScreeningRecorded
from tests.conftest import ROOT
from tests.factories import captured, dropped, face, failed, scored, screening

GOLDEN: dict[str, str] = json.loads((ROOT / "tests/golden/messages.json").read_text())
"""What lies on topics since version 0.1, as hex."""

LETTER = DeadLetter(
    reason="wrong_fields",
    topic="moodtrace.frames",
    partition=3,
    offset=41,
    sha256="ab" * 32,
    size_bytes=812,
)
RAW = FrameCaptured(
    screening_id="s1",
    camera_id="front",
    source_epoch=2,
    seq=7,
    pts_ms=1400,
    width=2,
    height=1,
    encoding="raw",
    image=bytes(range(6)),
)
FINISHED = SourceFinished(
    screening_id="s1",
    camera_id="front",
    source_epoch=2,
    seq=300,
    pts_ms=60_000,
    reason="truncated",
    promised_ms=75_500,
)
RECORDED = ScreeningRecorded(
    screening_id="s1",
    record=screening(),
    recording=Recording(epochs={"front": 2}, first_second=7),
    seconds=60,
    ledger={"front": CameraLedger(captured=3, analysed=2, failed={"corrupt": 1})},
)
WRITTEN: dict[str, tuple[msgspec.Struct, Callable[[bytes], msgspec.Struct]]] = {
    "frame_captured/1 raw": (RAW, decode_captured),
    "frame_captured/1 jpeg": (captured(3, b"\xff\xd8picture\xff\xd9"), decode_captured),
    "frame_failed/1": (failed(200), decode_scored),
    "frame_dropped/1": (dropped(200), decode_scored),
    "faces_scored/1": (scored(200, face("happy"), face(excluded="too_small")), decode_scored),
    "dead_letter/1": (LETTER, decode_dead_letter),
    "source_finished/1": (FINISHED, decode_captured),
    "screening_recorded/1": (RECORDED, decode_recorded),
    "screening_deleted/1": (ScreeningDeleted(screening_id="s1"), decode_recorded),
}

numbers = st.integers(-(2**63), 2**64 - 1)
identities = {
    "screening_id": st.text(),
    "camera_id": st.text(),
    "source_epoch": numbers,
    "seq": numbers,
    "pts_ms": numbers,
}
integers = st.lists(numbers, max_size=9).map(tuple)
faces = st.builds(
    Face,
    xyxy=st.tuples(numbers, numbers, numbers, numbers),
    score=numbers,
    emotion=integers,
    age=integers,
    pose=integers,
    abstained=st.booleans(),
    excluded=st.text(),
)
frames = st.builds(
    FrameCaptured,
    **identities,
    width=numbers,
    height=numbers,
    encoding=st.sampled_from(["raw", "jpeg"]),
    image=st.binary(),
)
failures = st.builds(FrameFailed, **identities, reason=st.text())
drops = st.builds(FrameDropped, **identities, reason=st.text())
scores = st.builds(
    FacesScored,
    **identities,
    faces=st.lists(faces, max_size=3).map(tuple),
    detector=st.text(),
    emotion_model=st.text(),
    age_model=st.text(),
    analysis_sha256=st.text(),
)


@pytest.mark.parametrize("name", WRITTEN)
def test_stored_bytes_stay_readable_and_are_still_what_is_written(name: str) -> None:
    message, decode = WRITTEN[name]

    assert encode(message).hex() == GOLDEN[name]
    assert decode(bytes.fromhex(GOLDEN[name])) == message


@pytest.mark.parametrize("name", ["faces_scored/1", "screening_recorded/1"])
def test_what_was_written_before_it_said_what_analysed_it_is_read(name: str) -> None:
    message, decode = WRITTEN[name]

    assert decode(bytes.fromhex(GOLDEN[f"{name} without analysis"])) == message


@given(frames | failures)
def test_what_ingest_says_comes_back_as_it_was(message: Captured) -> None:
    assert decode_captured(encode(message)) == message


@given(scores | failures | drops)
def test_what_workers_say_comes_back_as_it_was(message: Scored) -> None:
    assert decode_scored(encode(message)) == message


@given(st.binary())
def test_arbitrary_bytes_raise_nothing_else(payload: bytes) -> None:
    with pytest.raises(UnreadableMessageError):
        decode_captured(payload)


def changed(**fields: object) -> bytes:
    """A frame with other fields."""
    return msgspec.msgpack.encode(msgspec.to_builtins(RAW, builtin_types=(bytes,)) | fields)


@pytest.mark.parametrize(
    ("payload", "reason"),
    [
        (b"", "empty"),
        (encode(RAW)[:-1], "not_msgpack"),  # cut off
        (encode(RAW) + b"\0", "not_msgpack"),  # more behind its end
        (b"\x82\xa4kind\xb0frame_captured/1\xa5image\xc6\x06\x00\x00\x00", "not_msgpack"),  # 100 MB
        (b"\x81\xa1a" * 100_000, "not_msgpack"),  # deeper than the stack
        (b"\x81\xa4kind\xa2\xff\xfe", "not_msgpack"),  # no UTF-8
        (pickle.dumps([RAW]), "not_a_message"),
        (b"\x93\x01\x02\x03", "not_a_message"),
        (changed(kind="frame_dreamt/1"), "unknown_kind"),
        (encode(scored(0)), "unknown_kind"),  # of another topic
        (changed(kind="frame_captured/2"), "unknown_version"),
        (changed(pts_ms="1400"), "wrong_fields"),
        (changed(image=None), "wrong_fields"),
        (changed(encoding="png"), "wrong_fields"),
        (msgspec.msgpack.encode({"kind": "frame_captured/1"}), "wrong_fields"),
    ],
)
def test_a_bad_message_is_refused_for_its_reason(payload: bytes, reason: str) -> None:
    with pytest.raises(UnreadableMessageError) as caught:
        decode_captured(payload)

    assert caught.value.reason == reason
    assert caught.value.size_bytes == len(payload)


def test_an_error_repeats_nothing_of_the_message() -> None:
    payload = changed(camera_id="canary", encoding="canary", image=b"canary" * 9)
    with pytest.raises(UnreadableMessageError) as caught:
        decode_captured(payload)

    assert "canary" not in repr(vars(caught.value)) + str(caught.value)
    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__


def test_a_decoder_of_one_kind_refuses_all_others() -> None:
    with pytest.raises(UnreadableMessageError, match="unknown_kind"):
        Decoder(FrameFailed)(encode(RAW))
