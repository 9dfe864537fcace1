import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from moodtrace.labels import EMOTIONS
from moodtrace.messages import Face, FacesScored
from moodtrace.timeline import by_second, gaps, row_of
from tests.factories import face, failed, scored

emotions = st.lists(st.integers(0, 1000), min_size=7, max_size=7).map(tuple)
faces = st.builds(
    lambda scores, small, unsure: Face(
        xyxy=(0, 0, 9, 9),
        score=900,
        emotion=() if small else scores,
        abstained=unsure and not small,
        excluded="too_small" if small else "",
    ),
    emotions,
    st.booleans(),
    st.booleans(),
)
frames = st.builds(
    lambda camera, seq, seen: scored(seq * 100, *seen, camera=camera, seq=seq),
    st.sampled_from(["front", "left"]),
    st.integers(0, 9),
    st.lists(faces, max_size=4),
)


def test_a_row_counts_faces_viewers_and_what_they_show() -> None:
    row = row_of(
        0,
        [
            scored(0, face("happy"), face("sad"), face(excluded="too_small")),
            scored(200, face("happy")),
            scored(0, face("happy"), camera="left"),
        ],
    )

    assert (row.frames, row.cameras, row.faces, row.usable) == (3, 2, 5, 4)
    assert row.excluded == {"too_small": 1}
    assert row.viewers == 3  # two at once in front, one on the left
    assert dict(zip(EMOTIONS, row.showing, strict=True))["happy"] == 3
    assert row.scores[EMOTIONS.index("happy")] == 3 * 700 + 50
    assert row.age_bands["unknown"].usable == 4000
    assert (row.detector, row.emotion_model) == ("yunet", "mini-xception")


def test_a_face_belongs_to_age_bands_in_part_and_bands_add_up_to_the_total() -> None:
    young, old = (0, 0, 600, 400, 0, 0, 0, 0), (0, 0, 0, 0, 0, 0, 250, 750)
    seen = [face("happy", age=young), face("happy", age=old), face("sad", age=young), face("sad")]

    row = row_of(0, [scored(0, *seen)])

    assert {band: cell.usable for band, cell in row.age_bands.items()} == {
        "18-24": 1200,
        "25-34": 800,
        "55-64": 250,
        "65+": 750,
        "unknown": 1000,
    }
    assert row.age_bands["18-24"].showing[EMOTIONS.index("happy")] == 600
    for emotion in range(len(EMOTIONS)):
        cells = row.age_bands.values()
        assert sum(cell.showing[emotion] for cell in cells) == 1000 * row.showing[emotion]
        assert sum(cell.scores[emotion] for cell in cells) == 1000 * row.scores[emotion]


def test_a_face_that_was_abstained_is_counted_and_shows_nothing() -> None:
    young = (0, 0, 1000, 0, 0, 0, 0, 0)
    seen = [face("happy", age=young), face("sad", age=young, abstained=True)]

    row = row_of(0, [scored(0, *seen)])
    alone = row_of(0, [scored(0, *seen[:1])])

    assert (row.usable, row.viewers, row.abstained) == (2, 2, 1)
    assert (row.showing, row.scores) == (alone.showing, alone.scores)
    assert (row.valence_sum, row.arousal_sum) == (alone.valence_sum, alone.arousal_sum)
    assert row.age_bands["18-24"].usable == 2000
    assert row.age_bands["18-24"].scores == alone.age_bands["18-24"].scores


def test_valence_and_arousal_are_the_mean_ratings_weighed_by_scores() -> None:
    certain = Face(xyxy=(0, 0, 9, 9), score=900, emotion=(0, 0, 0, 1000, 0, 0, 0))
    torn = Face(xyxy=(0, 0, 9, 9), score=900, emotion=(500, 0, 0, 0, 0, 500, 0))

    row = row_of(0, [scored(0, certain, torn)])

    assert row.valence_sum == 1000 * 81 + 500 * -51 + 500 * 40
    assert row.arousal_sum == 1000 * 51 + 500 * 59 + 500 * 67


def test_a_tie_goes_to_the_earlier_emotion() -> None:
    tied = Face(xyxy=(0, 0, 9, 9), score=900, emotion=(0, 0, 400, 400, 100, 100, 0))

    assert row_of(0, [scored(0, tied)]).showing == (0, 0, 1, 0, 0, 0, 0)


def test_a_second_without_faces_is_data_and_not_a_gap() -> None:
    row = row_of(3, [scored(3000), scored(3200)])

    assert (row.gap, row.frames, row.faces) == ("", 2, 0)


@pytest.mark.parametrize(
    ("messages", "reason"),
    [
        ([], "no_frames"),
        ([failed(0)], "corrupt"),
        ([failed(0, "model_nan"), failed(200), failed(400)], "corrupt"),  # the commonest
        ([failed(0, "model_nan"), failed(200)], "corrupt"),  # a tie goes by name
    ],
)
def test_a_second_without_data_is_a_gap_with_its_reason(
    messages: list[FacesScored], reason: str
) -> None:
    assert row_of(7, messages) == gaps([7], reason)[0]


@given(st.lists(frames, max_size=20, unique_by=lambda f: (f.camera_id, f.seq)), st.randoms())
def test_neither_order_nor_repeats_change_a_row(
    messages: list[FacesScored], rng: random.Random
) -> None:
    shuffled = messages + rng.choices(messages, k=5) if messages else []
    rng.shuffle(shuffled)

    assert row_of(0, shuffled) == row_of(0, messages)


def test_messages_are_grouped_by_their_second() -> None:
    messages = [scored(0), scored(999), scored(1000), scored(3500)]

    assert [(second, len(group)) for second, group in by_second(messages)] == [
        (0, 2),
        (1, 1),
        (3, 1),
    ]
