import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.live_events import LiveAlive, LiveDropped, LiveEnded, LiveEvent, LiveFailed
from ingest.wire import MAX_MESSAGE_BYTES, Inbox, pack

EVENTS: list[LiveEvent] = [
    LiveAlive(),
    LiveFailed(capture_ms=5, reason="corrupt"),
    LiveDropped(count=3, reason="over_rate", first_ms=0, last_ms=16),
    LiveEnded(reason="ended"),
]


def inbox() -> Inbox[LiveEvent]:
    return Inbox(msgspec.msgpack.Decoder(LiveEvent))


@given(st.lists(st.integers(1, 40)))
def test_events_come_out_whole_however_their_bytes_come_in(sizes: list[int]) -> None:
    sent, received, box = b"".join(map(pack, EVENTS)), [], inbox()
    for size in [*sizes, len(sent)]:
        box.add(sent[:size])
        sent = sent[size:]
        while (event := box.take()) is not None:
            received.append(event)
    assert received == EVENTS


@pytest.mark.parametrize(
    "nonsense",
    [
        (MAX_MESSAGE_BYTES + 1).to_bytes(4, "big"),
        b"\x00\x00\x00\x01\xc1",
        b"Trace" * 9,
        pack(LiveAlive())[:4] + b"\x81\xa4kind" + b"\xa5wrong" + b"\x00" * 20,
    ],
)
def test_what_is_no_event_is_refused(nonsense: bytes) -> None:
    box = inbox()
    box.add(nonsense)
    with pytest.raises(ValueError, match=r"."):
        box.take()
