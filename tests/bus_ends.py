"""Both ends of the bus in tests: what a producer told, and reading until all is there."""

from collections.abc import Callable

from moodtrace.bus_consumer import Batch, Consumer, T
from tests.waiting import wait_until


class Told:
    """What a producer says of its messages; the calls come from several threads."""

    def __init__(self) -> None:
        self.acked: list[int] = []
        self.dropped: list[tuple[int, str]] = []

    def on_acked(self, message: object) -> None:
        self.acked.append(seq_of(message))

    def on_dropped(self, message: object, reason: str) -> None:
        self.dropped.append((seq_of(message), reason))

    @property
    def settled(self) -> int:
        return len(self.acked) + len(self.dropped)


def seq_of(message: object) -> int:
    """The number of a message; nothing of its picture may be left in what callbacks are told."""
    assert not getattr(message, "image", b"")
    seq = getattr(message, "seq")  # noqa: B009 (any kind of message)
    assert isinstance(seq, int)
    return seq


def read_until(
    consumer: Consumer[T], enough: Callable[[list[Batch[T]]], bool], timeout_s: float = 30
) -> list[Batch[T]]:
    """Poll and commit until what was read is enough."""
    batches: list[Batch[T]] = []

    def poll() -> bool:
        batch = consumer.poll(500, 0.2)
        if batch.positions:
            batches.append(batch)
            consumer.commit(batch.positions)
        return enough(batches)

    wait_until(poll, timeout_s)
    return batches


def messages_of(batches: list[Batch[T]]) -> list[T]:
    """All messages, in the order in which they came."""
    return [message for batch in batches for message in batch.messages]
