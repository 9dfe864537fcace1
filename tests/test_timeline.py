import pytest

from moodtrace.labels import EMOTIONS
from moodtrace.messages import Scored
from moodtrace.timeline import analysed, by_second, gap, gap_reason
from tests.factories import failed, row, scored, viewer

YOUNG = (0, 0, 600, 400, 0, 0, 0, 0)
OLD = (0, 0, 0, 0, 0, 0, 250, 750)


def test_a_row_counts_viewers_and_what_they_show() -> None:
    seen = row(
        0, viewer("happy"), viewer("sad"), viewer("happy"), viewer(excluded="too_small"), viewer()
    )

    assert (seen.viewers, seen.usable, seen.excluded) == (5, 4, {"too_small": 1})
    assert dict(zip(EMOTIONS, seen.showing, strict=True))["happy"] == 3
    assert seen.scores[EMOTIONS.index("happy")] == 3 * 700 + 50
    assert seen.age_bands["unknown"].usable == 4000
    assert (seen.detector, seen.emotion_model) == ("yunet", "mini-xception")
    assert [person.id for person in seen.people] == [1, 2, 3, 4, 5]


def test_a_viewer_belongs_to_age_bands_in_part_and_bands_add_up_to_the_total() -> None:
    seen = row(
        0, viewer("happy", age=YOUNG), viewer("happy", age=OLD), viewer("sad", age=YOUNG), viewer()
    )

    assert {band: cell.usable for band, cell in seen.age_bands.items()} == {
        "18-24": 1200,
        "25-34": 800,
        "55-64": 250,
        "65+": 750,
        "unknown": 1000,
    }
    assert seen.age_bands["18-24"].showing[EMOTIONS.index("happy")] == 600
    for emotion in range(len(EMOTIONS)):
        cells = seen.age_bands.values()
        assert sum(cell.showing[emotion] for cell in cells) == 1000 * seen.showing[emotion]
        assert sum(cell.scores[emotion] for cell in cells) == 1000 * seen.scores[emotion]


def test_a_viewer_who_was_abstained_is_counted_and_shows_nothing() -> None:
    both = row(0, viewer("happy", age=YOUNG), viewer("sad", age=YOUNG, abstained=True))
    alone = row(0, viewer("happy", age=YOUNG))

    assert (both.usable, both.viewers, both.abstained) == (2, 2, 1)
    assert (both.showing, both.scores) == (alone.showing, alone.scores)
    assert (both.valence_sum, both.arousal_sum) == (alone.valence_sum, alone.arousal_sum)
    assert both.age_bands["18-24"].usable == 1200
    assert both.age_bands["18-24"].scores == alone.age_bands["18-24"].scores


def test_valence_and_arousal_are_the_mean_ratings_weighed_by_scores() -> None:
    seen = row(0, viewer("happy"), viewer("angry"))

    # each has 0.7 for its own emotion and 0.05 for the six others
    assert seen.valence_sum == 700 * (81 - 51) + 50 * (2 * (-60 - 64 - 63 + 40) - 51 + 81)
    assert seen.arousal_sum == 700 * (51 + 59) + 50 * (2 * (35 + 60 - 27 + 67) + 59 + 51)


def test_who_shows_anything_but_neutral_is_expressive() -> None:
    seen = row(0, viewer("happy"), viewer("neutral"), viewer(abstained=True))

    assert (seen.usable, seen.expressive) == (3, 1)


def test_a_second_without_faces_is_data_and_not_a_gap() -> None:
    assert (row(3).gap, row(3).frames, row(3).viewers) == ("", 1, 0)


@pytest.mark.parametrize(
    ("messages", "reason"),
    [
        ([], "no_frames"),
        ([failed(0)], "corrupt"),
        ([failed(0, "model_nan"), failed(200), failed(400)], "corrupt"),  # the commonest
        ([failed(0, "model_nan"), failed(200)], "corrupt"),  # a tie goes by name
        ([failed(0, "model_nan"), failed(0, "model_nan"), failed(200)], "corrupt"),  # a repeat
    ],
)
def test_a_second_without_data_is_a_gap_with_its_reason(
    messages: list[Scored], reason: str
) -> None:
    assert analysed(messages) == []
    assert gap(7, gap_reason(messages)).gap == reason


def test_messages_are_grouped_by_their_second() -> None:
    messages = [scored(0), scored(999), scored(1000), scored(3500)]

    assert [(second, len(group)) for second, group in by_second(messages)] == [
        (0, 2),
        (1, 1),
        (3, 1),
    ]
