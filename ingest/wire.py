"""Events as bytes on a pipe: four bytes of length, then msgpack; knows nothing of processes."""

from collections.abc import Callable
from typing import Final

import msgspec

from ingest.events import Event

MAX_MESSAGE_BYTES: Final = 256 << 20
"""More than the largest picture that is read takes; anything longer is not one of our messages."""

_LENGTH_BYTES: Final = 4
_encoder = msgspec.msgpack.Encoder()
_decoder: msgspec.msgpack.Decoder[Event] = msgspec.msgpack.Decoder(Event)


def pack(event: Event) -> bytes:
    """Return the bytes that `unpack` reads."""
    body = _encoder.encode(event)
    return len(body).to_bytes(_LENGTH_BYTES, "big") + body


def unpack(read_exactly: Callable[[int], bytes | bytearray]) -> Event:
    """Read one event by calls that give exactly so many bytes.

    Raises:
        ValueError: these are not the bytes of an event.
    """
    length = int.from_bytes(read_exactly(_LENGTH_BYTES), "big")
    if length > MAX_MESSAGE_BYTES:
        raise ValueError(f"a message of {length} bytes is longer than {MAX_MESSAGE_BYTES}")
    return _decoder.decode(read_exactly(length))
