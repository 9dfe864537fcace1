from collections.abc import Iterator
from itertools import count

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from moodtrace import store_writer
from moodtrace.errors import BusyError, StoreFellBackError
from moodtrace.ledger import CameraLedger
from moodtrace.messages import Scored
from moodtrace.store import Store
from moodtrace.store_exact import Applied, ExactWriter, OffsetGapError
from tests.factories import face, failed, row, scored, screening, viewer

PART = "moodtrace.faces/0"


@pytest.fixture
def writer(store: Store) -> Iterator[ExactWriter]:
    with store.claim_exact("s1", "run-1") as writer:
        writer.begin(screening(), {}, fresh=True)
        yield writer


def numbered(*messages: Scored, first: int = 0) -> list[tuple[int, Scored]]:
    return list(enumerate(messages, start=first))


def test_frames_and_how_far_was_read_are_stored_together(writer: ExactWriter) -> None:
    frames: list[Scored] = [scored(0, face()), failed(400), scored(1200, face(), camera="side")]

    applied = writer.apply(PART, 0, numbered(*frames), 3)

    assert applied == Applied(taken=3, skipped=0, late=0, repeated=0)
    assert writer.open_frames(0) == frames[:2]
    assert writer.open_frames(1) == frames[2:]
    assert writer.offsets() == {PART: 3}
    assert writer.newest_ms() == {"front": 400, "side": 1200}


def test_what_was_read_before_is_skipped_and_what_is_missing_is_said(writer: ExactWriter) -> None:
    writer.apply(PART, 0, numbered(scored(0), scored(200)), 2)

    again = writer.apply(PART, 0, numbered(scored(0), scored(200), scored(400)), 3)
    assert again == Applied(taken=1, skipped=2, late=0, repeated=0)
    with pytest.raises(OffsetGapError) as caught:
        writer.apply(PART, 9, numbered(scored(600), first=9), 10)
    assert caught.value.offset == 3
    assert len(writer.open_frames(0)) == 3
    assert writer.offsets() == {PART: 3}


def test_a_frame_that_was_sent_twice_counts_once(store: Store, writer: ExactWriter) -> None:
    writer.apply(PART, 0, numbered(scored(0, face())), 1)

    assert writer.apply(PART, 1, numbered(scored(0, face()), first=1), 2).repeated == 1
    writer.close([row(0, viewer())], {})
    assert writer.apply(PART, 2, numbered(scored(0, face()), first=2), 3).repeated == 1
    assert store.ledger("s1") == {}


def test_a_frame_of_a_closed_second_is_late_once(store: Store, writer: ExactWriter) -> None:
    writer.apply(PART, 0, numbered(scored(0)), 1)
    writer.close([row(0, viewer())], {"front": CameraLedger(analysed=1)})

    late = numbered(scored(200), scored(200), first=1)
    assert writer.apply(PART, 1, late, 3) == Applied(taken=0, skipped=0, late=1, repeated=1)
    late_one = CameraLedger(captured=2, analysed=1, dropped={"late": 1})
    assert store.ledger("s1") == {"front": late_one}
    assert writer.open_frames(0) == []


def test_a_writer_that_lost_its_claim_changes_nothing(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store_writer, "CLAIM_MS", 1)
    zombie = store.claim_exact("s1", "run-1")
    monkeypatch.undo()
    while True:
        try:
            writer = store.claim_exact("s1", "run-2")
            break
        except BusyError:
            continue
    with writer:
        writer.begin(screening(), {}, fresh=True)
        writer.apply(PART, 0, numbered(scored(0)), 1)

        with pytest.raises(BusyError):
            zombie.apply(PART, 1, numbered(scored(200), first=1), 2)
        with pytest.raises(BusyError):
            zombie.close([row(0, viewer())], {})

        assert writer.offsets() == {PART: 1}
        assert store.rows("s1") == []
    zombie.__exit__(None, None, None)


def test_no_second_is_closed_behind_one_that_the_store_lost(
    store: Store, writer: ExactWriter
) -> None:
    writer.apply(PART, 0, numbered(scored(0), scored(1200)), 2)
    writer.close([row(0, viewer())], {})
    store._client.set("{s1}:progress", 0)  # as if its last write had been lost

    with pytest.raises(StoreFellBackError):
        writer.close([row(1, viewer())], {})
    assert len(writer.open_frames(1)) == 1
    writer.fall_back()
    writer.close([row(0, viewer()), row(1, viewer())], {})

    assert [kept.second for kept in store.rows("s1")] == [0, 1]


def test_what_was_closed_is_closed_again_by_who_heard_no_answer(
    store: Store, writer: ExactWriter
) -> None:
    writer.close([row(0, viewer())], {})
    writer.next_second = 0

    writer.close([row(0, viewer())], {})

    assert store.next_second("s1") == 1


EXAMPLES = count(1)
DELIVERIES = st.lists(st.integers(0, 11), min_size=12, max_size=40).map(
    lambda extra: [*range(12), *extra]
)


@settings(max_examples=500, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_any_deliveries_leave_the_same_frames(writer: ExactWriter, data: st.DataObject) -> None:
    # Each example has seconds and a partition of its own, on the one server.
    start_ms = 10_000 * next(EXAMPLES)
    partition = f"p{start_ms}"
    order = data.draw(DELIVERIES.flatmap(st.permutations), label="order")
    frames = [scored(start_ms + 300 * n, seq=start_ms + n) for n in order]
    cut = data.draw(st.integers(0, len(frames)), label="cut")

    writer.apply(partition, 0, numbered(*frames[:cut]), cut)
    writer.apply(partition, 0, numbered(*frames), len(frames))  # read again after a crash

    found = [frame for n in range(4) for frame in writer.open_frames(start_ms // 1000 + n)]
    assert sorted(frame.pts_ms for frame in found) == [start_ms + 300 * n for n in range(12)]
