import json
from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from moodtrace.export import document, to_json
from moodtrace.export_rollups import rollup_document, to_csv
from moodtrace.labels import EMOTIONS
from moodtrace.ledger import CameraLedger
from moodtrace.metrics import is_shown
from moodtrace.rollup import LENGTHS_S, ended, intervals, rolled, shares
from moodtrace.timeline import Row, gap, of_viewers
from moodtrace.uncertainty import wilson
from moodtrace.viewers import Viewer
from tests.factories import row, screening, viewer

HAPPY = EMOTIONS.index("happy")
LEDGER = {"front": CameraLedger(captured=4, analysed=4)}


def numbered(second: int, *people: Viewer) -> Row:
    """A second with these viewers, who keep their numbers."""
    return of_viewers(row(second), people)


def happy(*numbers: int) -> list[Viewer]:
    return [viewer("happy", number=number) for number in numbers]


def sad(*numbers: int) -> list[Viewer]:
    return [viewer("sad", number=number) for number in numbers]


def test_a_viewer_counts_once_and_shares_are_of_viewer_seconds() -> None:
    rows = [numbered(0, *happy(1), *sad(2)), *(numbered(second, *sad(2)) for second in (1, 2))]

    (bucket,) = rolled(rows, 10, k=1)

    assert (bucket.viewers, bucket.usable, bucket.usable_s) == (2, 2, 4)
    assert (bucket.start, bucket.seconds, bucket.covered) == (0, 3, 3)
    assert shares(bucket)[HAPPY] == 1 / 4  # the mean of the seconds' shares is 1/6


def test_who_is_seen_for_longer_makes_no_interval_narrower() -> None:
    once = rolled([numbered(0, *happy(1, 2), *sad(3, 4))], 10, k=1)
    long = rolled([numbered(second, *happy(1, 2), *sad(3, 4)) for second in range(10)], 10, k=1)

    assert intervals(long)[0] == [pytest.approx(of) for of in intervals(once)[0]]
    assert intervals(once)[0][HAPPY] == pytest.approx(wilson(2, 4))


def test_the_interval_holds_where_all_seconds_of_a_viewer_say_the_same() -> None:
    rng = np.random.default_rng(1)
    truth, hits, as_if_seconds, runs = 0.4, 0, 0, 600
    for _ in range(runs):
        people = [
            (viewer("happy" if rng.random() < truth else "sad", number=n), int(rng.integers(1, 11)))
            for n in range(1, 31)
        ]
        rows = [numbered(s, *(who for who, end in people if s < end)) for s in range(10)]
        (bucket,) = rolled(rows, 10, k=1)
        low, high = intervals([bucket])[0][HAPPY]
        hits += low <= truth <= high
        naive = wilson(bucket.showing_s[HAPPY], bucket.usable_s)
        assert naive
        as_if_seconds += naive.low <= truth <= naive.high

    assert hits / runs > 0.92
    assert as_if_seconds / runs < 0.6


def test_a_gap_in_a_bucket_is_told() -> None:
    rows = [numbered(0, *happy(1)), gap(1, "camera_down"), gap(2, "camera_down"), gap(3, "stale")]

    (bucket,) = rolled(rows, 10, k=1)
    (silent,) = rolled(rows[1:], 10, k=1)

    assert (bucket.status, bucket.covered, bucket.seconds) == ("ok", 1, 4)
    assert bucket.gaps == {"camera_down": 2, "stale": 1}
    assert (silent.status, silent.reason) == ("gap", "camera_down")


def test_what_is_withheld_is_in_no_figure() -> None:
    shown = numbered(0, *happy(1, 2, 3), *sad(4, 5))
    hidden = numbered(1, *happy(6, 7))

    (both,), (alone,) = rolled([shown, hidden], 10, k=5), rolled([shown], 10, k=5)
    (nothing,) = rolled([hidden], 10, k=5)

    assert both == replace(alone, seconds=2, withheld=1)
    assert nothing.status == "suppressed"
    assert (nothing.viewers, nothing.frames, nothing.usable_s) == (0, 0, 0)


people = st.lists(
    st.builds(
        lambda number, emotion, camera, excluded: replace(
            viewer(emotion, number=number, excluded=excluded), camera_id=camera
        ),
        st.integers(1, 12),
        st.sampled_from(("happy", "sad", "neutral")),
        st.sampled_from(("left", "right")),
        st.sampled_from(("", "", "", "blurred")),
    ),
    unique_by=lambda seen: seen.id,
    max_size=12,
)
timelines = st.lists(st.one_of(people, st.just("no_frames")), min_size=1, max_size=70).map(
    lambda seconds: [
        gap(number, of) if isinstance(of, str) else numbered(number, *of)
        for number, of in enumerate(seconds)
    ]
)


@given(timelines, st.sampled_from((1, 3, 5)))
def test_a_bucket_is_the_sum_of_what_its_seconds_show(rows: list[Row], k: int) -> None:
    whole = document(screening(k=k), rows, LEDGER)["seconds"]
    for length_s in LENGTHS_S:
        buckets = rolled(rows, length_s, k)
        for bucket in buckets:
            seconds = whole[bucket.start : bucket.start + length_s]
            shown = [second for second in seconds if second["status"] == "ok"]
            assert len(seconds) == bucket.seconds
            assert len(shown) == bucket.covered
            assert sum(second["usable"] for second in shown) == bucket.usable_s
            for name, cell in bucket.by_camera.items():
                told = [second["by_camera"].get(name) for second in shown]
                usable = [of["usable"] for of in told if of and of["usable"] is not None]
                assert (sum(usable) * 1000 == cell.usable) if cell else not usable
            if bucket.usable_s:
                assert bucket.usable >= k
            hidden = [
                second for second in rows[bucket.start :][:length_s] if not is_shown(second, k)
            ]
            assert len(hidden) == bucket.withheld + sum(bucket.gaps.values())


@given(timelines, st.lists(st.integers(1, 25), min_size=1))
def test_buckets_are_the_same_however_rows_come(rows: list[Row], steps: Sequence[int]) -> None:
    found, done, step = [], 0, 0
    while done < len(rows):
        new = rows[done : done + steps[step % len(steps)]]
        recent = rows[done // 60 * 60 : done]
        found += list(ended(recent, new, 1))
        done, step = done + len(new), step + 1

    for length_s in LENGTHS_S:
        whole = rolled(rows[: len(rows) // length_s * length_s], length_s, 1)
        assert [bucket for length, bucket in found if length == length_s] == whole


def test_the_document_and_its_table_say_the_same() -> None:
    rows = [*(numbered(s, *happy(1), *sad(2)) for s in range(10)), gap(10, "no_frames")]
    content = rollup_document(screening(), rolled(rows, 10, 1), 10, LEDGER)

    first, last = json.loads(to_json(content))["buckets"]
    assert first["emotions"]["happy"] == 0.5
    assert (first["viewers"], first["viewer_seconds"], first["covered"]) == (2, 20, 10)
    assert first["emotions_low"]["happy"] == round(wilson(1, 2).low, 4)  # type: ignore[union-attr]
    assert first["by_camera"]["front"]["usable"] == 20
    assert last == {
        "t": 10,
        "status": "gap",
        "reason": "no_frames",
        "seconds": 1,
        "covered": 0,
        "withheld": 0,
        "gaps": {"no_frames": 1},
    }
    header, *lines = to_csv(content).decode().splitlines()
    named = dict(zip(header.split(","), lines[0].split(","), strict=True))
    assert (named["happy"], named["viewer_seconds"], named["seconds"]) == ("0.5", "20", "10")
    assert lines[1].startswith("10,gap,no_frames,1,0,0,")
