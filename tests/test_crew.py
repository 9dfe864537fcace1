from threading import Event

import pytest

from moodtrace.crew import Crew


def test_a_thread_that_fails_ends_the_others_and_is_raised() -> None:
    stop, failed, ended = Event(), Event(), Event()

    def fail() -> None:
        raise ValueError("no picture")

    def last() -> None:
        stop.wait(10)
        ended.set()

    with pytest.raises(ValueError, match="no picture"), Crew(stop, failed) as crew:
        crew.start("last", last)
        crew.start("first", fail)
        assert failed.wait(10)

    assert ended.is_set()


def test_an_error_of_the_block_goes_before_those_of_the_threads() -> None:
    stop, failed = Event(), Event()

    def fail() -> None:
        stop.wait(10)
        raise ValueError("while ending")

    with pytest.raises(KeyError), Crew(stop, failed) as crew:
        crew.start("one", fail)
        raise KeyError("first")
