from collections.abc import Iterator, Sequence

import pytest
from msgspec import to_builtins

from moodtrace.ledger import CameraLedger, Ledger
from moodtrace.messages import Scored
from moodtrace.store import Store
from moodtrace.timeline import BEGINNING, Row, gap
from tests.factories import face, failed, scored, screening
from workers.aggregate import aggregate, write_gaps

LEAST = (410,) * 7


class ListWriter:
    """Keeps rows in a list, and the ledger as it was at each write."""

    def __init__(self, next_second: int = 0) -> None:
        self.next_second = next_second
        self.after = BEGINNING
        self.rows: list[Row] = []
        self.ledgers: list[object] = []

    def append(self, rows: Sequence[Row], ledger: Ledger) -> None:
        assert [row.second for row in rows] == list(
            range(self.next_second, self.next_second + len(rows))
        )
        self.rows += rows
        self.ledgers.append(to_builtins(ledger))
        self.next_second += len(rows)
        self.after = rows[-1].after


def test_each_second_is_written_once_and_missing_ones_are_gaps() -> None:
    writer, ledger = ListWriter(), {"front": CameraLedger(captured=4)}
    messages: list[Scored] = [scored(1000, face()), failed(1200), scored(4000), scored(4200)]

    rows = list(aggregate(messages, writer, ledger, LEAST))

    assert [row.second for row in rows] == [1, 4]
    assert [(row.second, row.gap, row.frames) for row in writer.rows] == [
        (0, "no_frames", 0),
        (1, "", 1),
        (2, "no_frames", 0),
        (3, "no_frames", 0),
        (4, "", 2),
    ]
    assert ledger["front"].in_flight == 0


def test_the_ledger_that_is_written_counts_just_the_seconds_written() -> None:
    writer, ledger = ListWriter(), {"front": CameraLedger(captured=3)}

    list(aggregate([scored(0), scored(1000), scored(1200)], writer, ledger, LEAST))

    assert writer.ledgers == [
        {"front": {"captured": 3, "analysed": analysed, "dropped": {}, "failed": {}}}
        for analysed in (1, 3)
    ]


def test_a_second_that_was_cut_short_is_not_written() -> None:
    def cut_short() -> Iterator[Scored]:
        yield scored(0)
        yield scored(1000)
        raise InterruptedError

    writer = ListWriter()
    with pytest.raises(InterruptedError):
        list(aggregate(cut_short(), writer, {"front": CameraLedger(captured=2)}, LEAST))

    assert [row.second for row in writer.rows] == [0]


def test_a_broken_tail_is_gaps_with_its_reason() -> None:
    writer = ListWriter(next_second=2)

    write_gaps(writer, {}, 5, "truncated")

    assert writer.rows == [gap(2, "truncated"), gap(3, "truncated"), gap(4, "truncated")]


def test_a_long_gap_is_written_in_short_steps() -> None:
    writer = ListWriter()

    write_gaps(writer, {}, 2_500)

    assert writer.next_second == 2_500
    assert len(writer.ledgers) == 3


def test_rows_reach_a_real_store(store: Store) -> None:
    ledger = {"front": CameraLedger(captured=2)}
    with store.claim("s1", "run-1") as writer:
        writer.begin(screening(), ledger, fresh=True)
        rows = list(aggregate([scored(0, face()), scored(1000)], writer, ledger, LEAST))

    assert store.rows("s1") == rows
    assert store.ledger("s1")["front"].analysed == 2
