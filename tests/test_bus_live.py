import threading
from collections import Counter
from typing import NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from moodtrace.bus import TopicClosedError
from moodtrace.bus_live import ABANDONED, OVERLOAD, LiveTopic

CAMERAS = ("left", "right", "front")


class Item(NamedTuple):
    camera: str
    number: int
    size: int = 1


class Drops:
    """Remembers what was dropped."""

    def __init__(self) -> None:
        self.items: list[Item] = []
        self.reasons: list[str] = []

    def __call__(self, item: Item, reason: str) -> None:
        self.items.append(item)
        self.reasons.append(reason)


def topic_of(
    max_items: int = 100, max_bytes: int = 1000, drops: Drops | None = None
) -> LiveTopic[Item]:
    return LiveTopic(
        max_items=max_items,
        max_bytes=max_bytes,
        camera_of=lambda item: item.camera,
        bytes_of=lambda item: item.size,
        dropped=drops or Drops(),
    )


def test_what_is_over_is_dropped_of_every_camera_up_to_the_first_that_is_not() -> None:
    drops = Drops()
    topic = topic_of(drops=drops)
    sent = [
        Item(camera, number) for camera, number in zip("aabacb", (1, 5, 2, 1, 1, 9), strict=True)
    ]
    for item in sent:
        topic.send(item)

    topic.expire(lambda item: item.number < 5, "stale")

    assert drops.items == [sent[0], sent[2], sent[4]]
    assert drops.reasons == ["stale"] * 3
    assert topic.take(9, 0) == [sent[1], sent[5], sent[3]]


sends = st.tuples(st.sampled_from(CAMERAS), st.integers(1, 30))
takes = st.integers(1, 5)


@given(
    steps=st.lists(st.one_of(sends, takes), max_size=200),
    max_items=st.integers(1, 12),
    max_bytes=st.integers(1, 60),
)
def test_nothing_is_lost_uncounted_and_order_in_a_camera_holds(
    steps: list[tuple[str, int] | int], max_items: int, max_bytes: int
) -> None:
    drops = Drops()
    topic = topic_of(max_items, max_bytes, drops)
    sent: list[Item] = []
    taken: list[Item] = []

    for number, step in enumerate(steps):
        if isinstance(step, int):
            taken += topic.take(step, timeout_s=0) or []
        else:
            sent.append(Item(step[0], number, step[1]))
            topic.send(sent[-1])
        waiting = Counter(sent) - Counter(taken) - Counter(drops.items)
        assert len(topic) == waiting.total() <= max_items
        assert sum(item.size for item in waiting.elements()) <= max_bytes
    topic.abandon()

    assert Counter(sent) == Counter(taken) + Counter(drops.items)
    for camera in CAMERAS:
        numbers = [item.number for item in taken if item.camera == camera]
        assert numbers == sorted(numbers)


def test_a_camera_that_floods_harms_itself_alone() -> None:
    drops = Drops()
    topic = topic_of(max_items=6, drops=drops)
    for number in range(3):
        topic.send(Item("quiet", number))

    for number in range(1000):
        topic.send(Item("loud", number))

    assert topic.take(6, timeout_s=0) == [
        Item("quiet", 0),
        Item("loud", 997),
        Item("quiet", 1),
        Item("loud", 998),
        Item("quiet", 2),
        Item("loud", 999),
    ]
    assert {item.camera for item in drops.items} == {"loud"}
    assert set(drops.reasons) == {OVERLOAD}


def test_a_camera_with_large_pictures_pays_for_the_bytes() -> None:
    drops = Drops()
    topic = topic_of(max_bytes=10, drops=drops)
    for number in range(5):
        topic.send(Item("small", number))

    topic.send(Item("large", 0, 4))
    topic.send(Item("large", 1, 4))

    assert drops.items == [Item("large", 0, 4)]


def test_turns_go_on_where_they_stopped() -> None:
    topic = topic_of()
    for number in range(2):
        for camera in CAMERAS:
            topic.send(Item(camera, number))

    first = topic.take(2, timeout_s=0) or []
    second = topic.take(2, timeout_s=0) or []

    assert [item.camera for item in first + second] == ["left", "right", "front", "left"]


def test_whoever_sends_and_whoever_takes_at_once_all_is_counted() -> None:
    drops = Drops()
    topic = topic_of(max_items=8, drops=drops)
    taken: list[Item] = []

    def produce(camera: str) -> None:
        for number in range(2000):
            topic.send(Item(camera, number))

    def consume() -> None:
        while (items := topic.take(3, timeout_s=1)) is not None:
            taken.extend(items)

    consumer = threading.Thread(target=consume)
    producers = [threading.Thread(target=produce, args=(camera,)) for camera in CAMERAS]
    for thread in (consumer, *producers):
        thread.start()
    for thread in producers:
        thread.join()
    topic.close()
    consumer.join()

    assert len(taken) + len(drops.items) == 2000 * len(CAMERAS)
    assert len(set(taken) | set(drops.items)) == 2000 * len(CAMERAS)
    for camera in CAMERAS:
        numbers = [item.number for item in taken if item.camera == camera]
        assert numbers == sorted(numbers)


def test_nothing_in_time_is_empty_and_nothing_ever_is_none() -> None:
    topic = topic_of()
    assert topic.take(1, timeout_s=0.01) == []

    topic.send(Item("left", 1))
    topic.close()

    assert topic.take(5, timeout_s=0) == [Item("left", 1)]
    assert topic.take(5, timeout_s=0) is None


def test_an_error_of_the_producer_is_raised_after_its_last_item() -> None:
    topic = topic_of()
    topic.send(Item("left", 1))
    topic.close(ValueError("broken"))

    assert topic.take(5, timeout_s=0) == [Item("left", 1)]
    with pytest.raises(ValueError, match="broken"):
        topic.take(5, timeout_s=0)


def test_a_consumer_that_leaves_drops_what_waits_and_tells_producers() -> None:
    drops = Drops()
    topic = topic_of(drops=drops)
    topic.send(Item("left", 1))

    topic.abandon()

    assert (drops.items, drops.reasons) == ([Item("left", 1)], [ABANDONED])
    with pytest.raises(TopicClosedError):
        topic.send(Item("left", 2))
