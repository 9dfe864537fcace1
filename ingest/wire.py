"""Events as bytes on a pipe: four bytes of length, then msgpack; knows nothing of processes."""

from collections.abc import Callable
from typing import Final, Generic, TypeVar

import msgspec

from ingest.events import Event
from ingest.live_events import LiveEvent

MAX_MESSAGE_BYTES: Final = 256 << 20
"""More than the largest picture that is read takes; anything longer is not one of our messages."""

_LENGTH_BYTES: Final = 4
_encoder = msgspec.msgpack.Encoder()
_decoder: msgspec.msgpack.Decoder[Event] = msgspec.msgpack.Decoder(Event)
_AnyEvent = TypeVar("_AnyEvent")


def pack(event: Event | LiveEvent) -> bytes:
    """Return the bytes that `unpack` and `Inbox` read."""
    body = _encoder.encode(event)
    return len(body).to_bytes(_LENGTH_BYTES, "big") + body


def unpack(read_exactly: Callable[[int], bytes | bytearray]) -> Event:
    """Read one event by calls that give exactly so many bytes.

    Raises:
        ValueError: these are not the bytes of an event.
    """
    return _decoder.decode(read_exactly(_checked_length(read_exactly(_LENGTH_BYTES))))


class Inbox(Generic[_AnyEvent]):
    """Collects bytes as they come until an event is whole."""

    def __init__(self, decoder: "msgspec.msgpack.Decoder[_AnyEvent]") -> None:
        self._decoder = decoder
        self._received = bytearray()

    def add(self, received: bytes) -> None:
        """Add the next bytes of the stream."""
        self._received += received

    def take(self) -> _AnyEvent | None:
        """Take out the next event; None if it is not whole yet.

        Raises:
            ValueError: these are not the bytes of an event.
        """
        if len(self._received) < _LENGTH_BYTES:
            return None
        end = _LENGTH_BYTES + _checked_length(self._received[:_LENGTH_BYTES])
        if len(self._received) < end:
            return None
        event = self._decoder.decode(self._received[_LENGTH_BYTES:end])
        del self._received[:end]
        return event


def _checked_length(prefix: bytes | bytearray) -> int:
    length = int.from_bytes(prefix, "big")
    if length > MAX_MESSAGE_BYTES:
        raise ValueError(f"a message of {length} bytes is longer than {MAX_MESSAGE_BYTES}")
    return length
