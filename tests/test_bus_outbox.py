import threading

import pytest

from moodtrace.bus import TopicClosedError
from moodtrace.bus_outbox import MAX_IN_FLIGHT, MAX_IN_FLIGHT_BYTES, Entry, Outbox, WhenFull
from tests.waiting import wait_until


def entry(number: int, size: int = 10) -> Entry[int]:
    return Entry(number, b"key", bytes(size), at_ms=0)


def outbox(
    when_full: WhenFull = "drop_oldest", max_messages: int = 3, max_bytes: int = 1000
) -> Outbox[int]:
    return Outbox(when_full, max_messages, max_bytes)


def test_a_full_outbox_drops_its_oldest_by_count_and_by_bytes() -> None:
    by_count = outbox()
    dropped = [old.message for number in range(5) for old in by_count.put(entry(number))]
    assert dropped == [0, 1]

    by_bytes = outbox(max_bytes=25)
    dropped = [old.message for number in range(5) for old in by_bytes.put(entry(number))]
    assert dropped == [0, 1, 2]


def test_a_single_entry_may_be_larger_than_the_bound() -> None:
    box = outbox(max_bytes=25)
    box.put(entry(0))

    assert [old.message for old in box.put(entry(1, size=100))] == [0]
    assert len(box) == 1


def test_what_is_in_flight_is_not_dropped() -> None:
    box = outbox(max_messages=1)
    box.put(entry(0))
    flying = box.take(0)
    box.put(entry(1))

    assert flying is not None
    assert [old.message for old in box.put(entry(2))] == [1]
    assert len(box) == 2


def test_a_full_outbox_can_wait_instead_and_lose_nothing() -> None:
    box = outbox("wait")
    dropped: list[Entry[int]] = []

    def produce() -> None:
        for number in range(50):
            dropped.extend(box.put(entry(number)))

    producer = threading.Thread(target=produce)
    producer.start()
    taken: list[int] = []
    while len(taken) < 50:
        flying = box.take(5)
        assert flying is not None
        assert len(box) <= 4
        assert box.land(flying)
        taken.append(flying.message)
    producer.join()

    assert taken == list(range(50))
    assert dropped == []


def test_closing_frees_whoever_waits() -> None:
    box = outbox("wait", max_messages=1)
    box.put(entry(0))
    outcome: list[str] = []

    def produce() -> None:
        try:
            box.put(entry(1))
        except TopicClosedError:
            outcome.append("closed")

    producer = threading.Thread(target=produce)
    producer.start()
    box.close()
    producer.join(timeout=5)

    assert outcome == ["closed"]


def test_what_was_carried_in_vain_waits_again_in_its_old_order() -> None:
    box = outbox(max_messages=9)
    for number in range(4):
        box.put(entry(number))
    landed, flying = box.take(0), box.take(0)
    assert landed is not None
    assert flying is not None
    box.land(landed)
    box.take(0)
    box.put_back()

    assert box.take(0) is not None
    assert not box.land(flying)
    assert [rest.message for rest in box.clear()] == [1, 2, 3]
    assert len(box) == 0


def test_an_entry_lands_once() -> None:
    box = outbox()
    box.put(entry(0))
    flying = box.take(0)
    assert flying is not None

    assert [box.land(flying), box.land(flying)] == [True, False]
    assert box.wait_until_empty(0)


@pytest.mark.parametrize(
    ("size", "most"), [(1, MAX_IN_FLIGHT), (1 << 20, MAX_IN_FLIGHT_BYTES >> 20), (64 << 20, 1)]
)
def test_little_is_in_flight_at_a_time_but_one_always_may(size: int, most: int) -> None:
    box = Outbox[int]("wait", max_messages=2 * MAX_IN_FLIGHT, max_bytes=1 << 40)
    payload = bytes(size)
    for number in range(most + 2):
        box.put(Entry(number, b"", payload, at_ms=0))

    assert all(box.take(0) for _ in range(most))
    assert box.take(0) is None
    assert box.in_flight == most


def test_taking_waits_for_an_entry() -> None:
    box = outbox()
    taken: list[Entry[int] | None] = []
    carrier = threading.Thread(target=lambda: taken.append(box.take(5)))
    carrier.start()
    box.put(entry(7))
    carrier.join(timeout=5)

    wait_until(lambda: taken)
    assert taken[0] is not None
    assert taken[0].message == 7
