"""Faces that move as people do, followed second by second."""

import random
from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from moodtrace.labels import EMOTIONS
from moodtrace.messages import Face, FacesScored
from moodtrace.timeline import BEGINNING, Row
from moodtrace.tracks import Tracks
from moodtrace.viewers import Viewer
from tests.factories import face, failed, scored
from workers.aggregate import closed
from workers.tracking import follow

LEAST = (410,) * 7
AGE = (0, 0, 600, 400, 0, 0, 0, 0)


def at(left: int, top: int = 2000, *, size: int = 1000, seen: Face | None = None) -> Face:
    """A face at a place, in 1/10000 of the frame."""
    return replace(seen or face(age=AGE), xyxy=(left, top, left + size, top + size))


def seconds_of(frames: Sequence[FacesScored]) -> list[Row]:
    """Close all seconds of some frames."""
    rows: list[Row] = []
    for second in range(max(frame.pts_ms for frame in frames) // 1000 + 1):
        group = [frame for frame in frames if frame.pts_ms // 1000 == second]
        rows.append(closed(second, group, rows[-1].after if rows else BEGINNING, LEAST))
    return rows


def ids(row: Row) -> list[int]:
    return [viewer.id for viewer in row.people]


def test_a_face_counts_once_it_was_seen_for_a_while() -> None:
    (brief,) = seconds_of([scored(0, at(1000)), scored(200, at(1000)), scored(400)])
    (longer,) = seconds_of([scored(time_ms, at(1000)) for time_ms in (0, 200, 400)])
    (slow,) = seconds_of([scored(time_ms, at(1000)) for time_ms in (0, 500)])

    assert (brief.faces, brief.viewers) == (2, 0)
    assert (ids(longer), longer.people[0].frames) == ([1], 3)
    assert ids(slow) == [1]


def test_a_face_that_comes_and_goes_is_a_flicker() -> None:
    (row,) = seconds_of([scored(100 * n, *([] if n % 3 else [at(1000)]), seq=n) for n in range(10)])

    assert (row.faces, row.viewers) == (4, 0)


def test_a_viewer_keeps_its_number_while_it_moves_about() -> None:
    rows = seconds_of(
        [scored(200 * n, at(1000 + 450 * n), at(8000 - 300 * n, 6000)) for n in range(15)]
    )

    assert [ids(row) for row in rows] == [[1, 2]] * 3


def test_who_was_hidden_for_seconds_comes_back_as_the_same_viewer() -> None:
    shown = [200 * n for n in range(5)] + [6000 + 200 * n for n in range(5)]
    rows = seconds_of([scored(time_ms, at(1000)) for time_ms in shown])

    assert [ids(row) for row in rows if row.frames] == [[1], [1]]


def test_who_is_away_for_long_is_another_viewer() -> None:
    shown = [200 * n for n in range(5)] + [15_000 + 200 * n for n in range(5)]
    rows = seconds_of([scored(time_ms, at(1000)) for time_ms in shown])

    assert [ids(row) for row in rows if row.frames] == [[1], [2]]
    assert rows[-1].after.tracks.confirmed == 2


def test_two_cameras_number_their_viewers_apart() -> None:
    frames = [
        scored(200 * n, at(1000), camera=camera) for n in range(5) for camera in ("left", "front")
    ]
    (row,) = seconds_of(frames)

    assert [(viewer.camera_id, viewer.id) for viewer in row.people] == [("front", 1), ("left", 2)]


def test_a_gap_keeps_who_may_come_back_and_its_reason() -> None:
    (row,) = seconds_of([scored(200 * n, at(1000)) for n in range(5)])

    gap = closed(1, [failed(1000)], row.after, LEAST)

    assert (gap.gap, gap.after) == ("corrupt", row.after)


def test_the_median_decides_and_flickers_do_not() -> None:
    showing = ["happy", "sad", "happy", "surprise", "happy"]
    (row,) = seconds_of([scored(200 * n, at(1000, seen=face(e))) for n, e in enumerate(showing)])

    (viewer,) = row.people
    assert viewer.emotion == (50, 50, 50, 700, 50, 50, 50)
    assert viewer.showing == (3,)


@pytest.mark.parametrize(("unsure", "abstained"), [(2, False), (3, True)])
def test_a_viewer_is_abstained_if_most_of_its_faces_are(unsure: int, abstained: bool) -> None:
    faces = [face(abstained=n < unsure) for n in range(5)]
    (row,) = seconds_of([scored(200 * n, at(1000, seen=seen)) for n, seen in enumerate(faces)])

    assert (row.people[0].abstained, row.abstained) == (abstained, int(abstained))


def test_a_viewer_is_excluded_if_no_face_of_it_was_usable_by_the_commonest_reason() -> None:
    reasons = ["too_small", "too_many", "too_small"]
    faces = [face(excluded=reason) for reason in reasons]
    (row,) = seconds_of([scored(200 * n, at(1000, seen=seen)) for n, seen in enumerate(faces)])

    assert (row.excluded, row.viewers, row.usable) == ({"too_small": 1}, 1, 0)


def test_age_is_the_mean_over_seconds_of_what_most_frames_say() -> None:
    young, old = (1000, *(0,) * 7), (*(0,) * 7, 1000)
    ages = [young, young, old, young, young, *[old] * 5]
    first, second = seconds_of(
        [
            scored(200 * n, at(1000, seen=face(age=age, age_tenths=100 if age == young else 700)))
            for n, age in enumerate(ages)
        ]
    )

    (viewer,) = first.people
    assert (viewer.age, viewer.age_tenths, viewer.age_spread_tenths) == (young, 100, 0)
    (viewer,) = second.people
    assert (viewer.age, viewer.age_tenths, viewer.age_spread_tenths) == (
        (500, *(0,) * 6, 500),
        400,
        300,
    )
    assert second.age_bands["0-12"].usable == 500


def crowd(fps: int, count: int = 6) -> list[FacesScored]:
    """Some viewers for three seconds; the odd ones laugh."""
    return [
        scored(
            1000 * n // fps,
            *(
                at(1500 * place, size=900, seen=face("happy" if place % 2 else "sad"))
                for place in range(count)
            ),
            seq=n,
        )
        for n in range(3 * fps)
    ]


def test_a_viewer_weighs_the_same_at_any_frame_rate() -> None:
    slow, fast = (seconds_of(crowd(fps)) for fps in (5, 25))

    for one, other in zip(slow, fast, strict=True):
        assert (one.viewers, one.showing, one.scores) == (
            other.viewers,
            other.showing,
            other.scores,
        )
        assert one.age_bands == other.age_bands
        assert [(v.age_tenths, v.age) for v in one.people] == [
            (v.age_tenths, v.age) for v in other.people
        ]


@settings(deadline=None)
@given(st.integers(3, 25), st.integers(3, 25))
def test_of_two_viewers_the_one_seen_more_often_does_not_weigh_more(
    often: int, seldom: int
) -> None:
    frames = [
        scored(1000 * n // fps, at(1000, seen=face(emotion)), camera=camera, seq=n)
        for camera, fps, emotion in (("front", often, "happy"), ("left", seldom, "sad"))
        for n in range(fps)
    ]
    (row,) = seconds_of(frames)

    assert (row.viewers, row.usable) == (2, 2)
    assert (row.showing[EMOTIONS.index("happy")], row.showing[EMOTIONS.index("sad")]) == (1, 1)
    assert row.scores[EMOTIONS.index("happy")] == row.scores[EMOTIONS.index("sad")] == 750
    assert {camera: cell.usable for camera, cell in row.by_camera.items()} == {
        "front": 1000,
        "left": 1000,
    }


def test_five_hundred_faces_are_followed() -> None:
    faces = [at(400 * (n % 25), 400 * (n // 25), size=300) for n in range(500)]
    (row,) = seconds_of([scored(200 * n, *faces) for n in range(3)])

    assert (row.viewers, row.faces) == (500, 1500)


places = st.integers(0, 12_000)
boxes = st.builds(
    lambda left, top, size, unsure: at(left, top, size=size, seen=face(abstained=unsure, age=AGE)),
    places,
    places,
    st.integers(1, 4000),
    st.booleans(),
)
frames = st.builds(
    lambda camera, seq, seen: scored(seq * 100, *seen, camera=camera, seq=seq),
    st.sampled_from(["front", "left"]),
    st.integers(0, 29),
    st.lists(boxes, max_size=4),
)
many = st.lists(frames, min_size=1, max_size=40, unique_by=lambda f: (f.camera_id, f.seq))


@settings(deadline=None)
@given(many, st.randoms())
def test_neither_order_nor_repeats_change_a_row(
    messages: list[FacesScored], rng: random.Random
) -> None:
    shuffled = messages + rng.choices(messages, k=5)
    rng.shuffle(shuffled)

    assert seconds_of(shuffled) == seconds_of(messages)


@settings(deadline=None)
@given(many)
def test_segments_and_reasons_add_up_to_the_total(messages: list[FacesScored]) -> None:
    for row in seconds_of(messages):
        cells = row.age_bands.values()
        assert sum(cell.usable for cell in cells) == 1000 * row.usable
        assert row.usable + sum(row.excluded.values()) == row.viewers
        assert row.abstained + len([v for v in row.people if v.showing]) == row.usable


@settings(deadline=None)
@given(many)
def test_no_track_holds_two_faces_of_one_frame(messages: list[FacesScored]) -> None:
    alone = {f"{frame.camera_id}-{frame.seq}": frame for frame in messages}
    tracks = Tracks()
    for second in range(3):
        group = [frame for frame in alone.values() if frame.pts_ms // 1000 == second]
        tracks, sightings = follow(tracks, group, second)
        per_track: dict[int, int] = {}
        for sighting in sightings:
            per_track[sighting.track_id] = per_track.get(sighting.track_id, 0) + 1
        for number, count in per_track.items():
            cameras = {s.camera_id for s in sightings if s.track_id == number}
            assert len(cameras) == 1
            assert count <= len([f for f in group if f.camera_id in cameras])


def test_a_stored_viewer_is_a_few_dozen_numbers() -> None:
    """Nothing as large as an embedding (64 numbers and more) is kept of anybody."""
    (row,) = seconds_of([scored(200 * n, at(1000)) for n in range(5)])

    (viewer,) = row.people
    assert isinstance(viewer, Viewer)
    assert len(viewer.emotion) + len(viewer.showing) + len(viewer.age) < 32
    (track,) = row.after.tracks.cameras["front"]
    assert len(track.xyxy) + len(track.speed) + len(track.ages.shares) < 32
