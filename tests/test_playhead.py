from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from moodtrace.playhead import Place, PlayEvent, end_ms, place, stretches

EVENTS = st.lists(
    st.builds(
        PlayEvent,
        kind=st.sampled_from(["play", "pause", "seek"]),
        at_ms=st.integers(0, 10_000),
        to_ms=st.none() | st.integers(0, 5_000),
    ),
    max_size=8,
)


def play(at_ms: int, to_ms: int | None = None) -> PlayEvent:
    return PlayEvent(kind="play", at_ms=at_ms, to_ms=to_ms)


def test_it_runs_with_the_wall_clock_from_play_on() -> None:
    known = stretches([play(1_000)])

    assert place(known, 999) is None
    assert place(known, 1_000) == Place(1, 0)
    assert place(known, 3_250) == Place(1, 2_250)


def test_a_pause_belongs_to_no_second() -> None:
    known = stretches([play(0), PlayEvent(kind="pause", at_ms=2_000), play(60_000)])

    assert place(known, 1_999) == Place(1, 1_999)
    assert place(known, 2_000) is None
    assert place(known, 59_999) is None
    assert place(known, 60_000) == Place(1, 2_000)


def test_going_ahead_stays_in_the_viewing_and_going_back_begins_another() -> None:
    ahead = PlayEvent(kind="seek", at_ms=2_000, to_ms=10_000)
    back = PlayEvent(kind="seek", at_ms=5_000, to_ms=0)
    known = stretches([play(0), ahead, back])

    assert place(known, 3_000) == Place(1, 11_000)
    assert place(known, 5_500) == Place(2, 500)
    assert end_ms(known, 1) == 13_000
    assert end_ms(known, 2) is None


def test_a_seek_in_a_pause_waits_for_play() -> None:
    known = stretches(
        [
            play(0),
            PlayEvent(kind="pause", at_ms=5_000),
            PlayEvent(kind="seek", at_ms=6_000, to_ms=1_000),
            play(9_000),
        ]
    )

    assert place(known, 7_000) is None
    assert place(known, 9_000) == Place(2, 1_000)


def test_nothing_follows_a_stop() -> None:
    known = stretches([play(0), PlayEvent(kind="stop", at_ms=4_000), play(5_000)])

    assert place(known, 3_999) == Place(1, 3_999)
    assert place(known, 6_000) is None
    assert end_ms(known, 1) == 4_000


@given(EVENTS)
def test_no_two_moments_share_a_place(events: list[PlayEvent]) -> None:
    known = stretches(events)
    places = [found for at_ms in range(0, 12_000, 37) if (found := place(known, at_ms))]

    assert all(before < after for before, after in pairwise(places))
