import threading

import pytest

from moodtrace.bus import Topic, TopicClosedError


def test_a_full_topic_makes_its_producer_wait_and_loses_nothing() -> None:
    topic: Topic[int] = Topic(max_items=2)
    sent: list[int] = []

    def produce() -> None:
        for number in range(50):
            topic.send(number)
            sent.append(number)
        topic.close()

    producer = threading.Thread(target=produce)
    producer.start()
    received = []
    for number in topic:
        received.append(number)
        assert len(sent) <= len(received) + 2
    producer.join()

    assert received == list(range(50))


def test_an_error_of_the_producer_is_raised_after_its_last_item() -> None:
    topic: Topic[int] = Topic(max_items=2)
    topic.send(1)
    topic.close(ValueError("broken"))

    items = iter(topic)
    assert next(items) == 1
    with pytest.raises(ValueError, match="broken"):
        next(items)


def test_a_producer_learns_that_its_consumer_has_left() -> None:
    topic: Topic[int] = Topic(max_items=1)
    topic.send(1)
    outcome: list[str] = []

    def produce() -> None:
        try:
            topic.send(2)
        except TopicClosedError:
            outcome.append("closed")

    producer = threading.Thread(target=produce)
    producer.start()
    topic.abandon()
    producer.join(timeout=5)

    assert outcome == ["closed"]
