"""Messages as bytes on a topic and back; what can't be read is named, and never repeated.

The bytes are msgpack, with the kind and its version in the field `kind`. Bytes from a topic are
hostile input: a bad message costs one typed error, which holds no part of it.
"""

import hashlib
from typing import Final, Generic, TypeVar, Union

import msgspec

from moodtrace.messages import (
    Captured,
    DeadLetter,
    FacesScored,
    FrameCaptured,
    FrameDropped,
    FrameFailed,
    Scored,
    SourceFinished,
)
from moodtrace.screening import ScreeningDeleted, ScreeningRecorded

T = TypeVar("T", bound=msgspec.Struct)


class UnreadableMessageError(ValueError):
    """These bytes are no message that belongs here.

    Attributes:
        reason: `empty`; `not_msgpack`, which may be cut off or nested without end;
            `not_a_message`, if it has no kind; `unknown_kind`, if no such kind belongs on this
            topic; `unknown_version` of one that does; `wrong_fields`, if one is missing or of
            another type.
        sha256: of the bytes, as hex.
        size_bytes: their number.
    """

    def __init__(self, reason: str, payload: bytes) -> None:
        self.reason = reason
        self.sha256 = hashlib.sha256(payload).hexdigest()
        self.size_bytes = len(payload)
        super().__init__(f"{reason}: {self.size_bytes} bytes with SHA-256 {self.sha256}")


class _Kind(msgspec.Struct):
    """The one field that every message has, whatever its version."""

    kind: str


_MALFORMED: Final = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)
_encoder: Final = msgspec.msgpack.Encoder()
_kind_decoder: Final = msgspec.msgpack.Decoder(_Kind)


class Decoder(Generic[T]):
    """Reads messages of some kinds."""

    def __init__(self, *kinds: type[T]) -> None:
        self._decoder: msgspec.msgpack.Decoder[T] = msgspec.msgpack.Decoder(Union[kinds])  # noqa: UP007 (kinds are counted at run time)
        self._tags = frozenset(str(kind.__struct_config__.tag) for kind in kinds)
        self._names = frozenset(tag.partition("/")[0] for tag in self._tags)

    def __call__(self, payload: bytes) -> T:
        """Read one message.

        Raises:
            UnreadableMessageError: The bytes are none of these kinds in a version we know.
        """
        try:
            return self._decoder.decode(payload)
        except _MALFORMED:
            # `from None`: errors of msgspec quote what they choke on.
            raise UnreadableMessageError(self._reason(payload), payload) from None

    def _reason(self, payload: bytes) -> str:
        if not payload:
            return "empty"
        try:
            kind = _kind_decoder.decode(payload).kind
        except msgspec.ValidationError:
            return "not_a_message"
        except _MALFORMED:
            return "not_msgpack"
        if kind in self._tags:
            return "wrong_fields"
        return "unknown_version" if kind.partition("/")[0] in self._names else "unknown_kind"


decode_captured: Final = Decoder[Captured](FrameCaptured, FrameFailed, SourceFinished)
"""Reads what lies on the topic of frames."""

decode_scored: Final = Decoder[Scored](FacesScored, FrameFailed, FrameDropped, SourceFinished)
"""Reads what lies on the topic of faces."""

decode_recorded: Final = Decoder[ScreeningRecorded | ScreeningDeleted](
    ScreeningRecorded, ScreeningDeleted
)
"""Reads what lies on the topic of screenings."""

decode_dead_letter: Final = Decoder(DeadLetter)
"""Reads what lies on the topic of dead letters."""


def encode(message: msgspec.Struct) -> bytes:
    """Return the bytes of a message that lie on a topic."""
    return _encoder.encode(message)
