"""One person is followed through a recording, by overlap alone."""

import cv2
import numpy as np
from msgspec.structs import replace

from moodtrace.messages import Face
from tests.factories import face
from workers.emotion_plot import emotion_plot, series
from workers.following import Person, largest_person


def at(left: int, side: int, *, showing: str = "happy", excluded: str = "") -> Face:
    return replace(face(showing, excluded=excluded), xyxy=(left, 100, left + side, 100 + side))


def test_the_face_that_is_largest_over_time_is_followed() -> None:
    frames = [(time, (at(7000, 800), at(1000 + time, 2000))) for time in range(0, 1000, 100)]

    person = largest_person(frames)

    assert person is not None
    assert person.times_ms == list(range(0, 1000, 100))
    assert [found.xyxy[0] for found in person.faces] == [1000 + time for time in person.times_ms]


def test_order_in_a_frame_does_not_matter() -> None:
    frames = [(0, (at(7000, 800), at(1000, 2000))), (100, (at(1000, 2000), at(7000, 800)))]

    person = largest_person(frames)

    assert person is not None
    assert [found.xyxy[0] for found in person.faces] == [1000, 1000]


def test_a_short_absence_is_bridged_and_a_long_one_is_not() -> None:
    short = largest_person([(0, (at(1000, 2000),)), (400, ()), (900, (at(1000, 2000),))])
    long = largest_person([(0, (at(1000, 2000),)), (1500, (at(1000, 2000),))])

    assert short is not None
    assert long is not None
    assert (short.times_ms, long.times_ms) == ([0, 900], [0])


def test_whoever_appears_elsewhere_is_somebody_else() -> None:
    person = largest_person([(0, (at(0, 2000),)), (100, (at(6000, 2500),))])

    assert person is not None
    assert person.times_ms == [100]


def test_nobody_is_followed_where_nobody_is() -> None:
    assert largest_person([]) is None
    assert largest_person([(0, ()), (100, ())]) is None


def test_nothing_is_drawn_where_nothing_was_read() -> None:
    faces = [at(0, 2000), at(0, 2000, excluded="too_small"), at(0, 2000)]

    times_s, scores = series(Person([0, 100, 900], faces))

    assert times_s.tolist() == [0, 0.1, 0.9, 0.9]  # the third breaks the line
    assert np.isnan(scores).all(axis=1).tolist() == [False, True, True, False]
    assert scores[0, 3] == 0.7


def test_a_plot_is_a_picture_and_the_same_each_time() -> None:
    person = Person([0, 100, 200], [at(0, 2000, showing=name) for name in ("sad", "sad", "happy")])
    names = ("angry", "disgust", "fear", "happy", "sad", "surprise", "neutral")

    first, second = (
        emotion_plot(person, "one", dict.fromkeys(names, "#444444"), dict.fromkeys(names, (3, 2)))
        for _ in range(2)
    )

    assert first == second
    picture = cv2.imdecode(np.frombuffer(first, np.uint8), cv2.IMREAD_COLOR)
    assert picture is not None
    assert picture.std() > 5
