"""Histograms of faces weigh seconds, not frames, and hold back what may not be shown."""

import json

from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from moodtrace.export import document, to_json
from moodtrace.ledger import CameraLedger
from moodtrace.messages import Quality
from moodtrace.quality import EDGES, histograms
from moodtrace.settings import load_analysis_settings
from moodtrace.timeline import BEGINNING, Row, gap
from tests.factories import face, row, scored, screening, viewer
from workers.aggregate import closed

LEAST = (430,) * 7
SEEN = Quality(size_px=80, sharpness=340, brightness=120, contrast=300, cut=20, occlusion=5)


def seen_at(fps: int) -> Row:
    """A second of one viewer who comes closer from frame to frame."""
    return closed(
        0,
        [
            scored(
                number * 1000 // fps,
                replace(
                    face(), quality=replace(SEEN, size_px=60 + 40 * number // fps), pose=(9, -3, 0)
                ),
                seq=number,
            )
            for number in range(fps)
        ],
        BEGINNING,
        LEAST,
    )


def test_a_viewer_has_the_median_of_its_frames() -> None:
    (person,) = seen_at(5).people

    assert person.quality == replace(SEEN, size_px=76)
    assert person.pose == (9, -3, 0)


def test_a_second_weighs_the_same_at_any_frame_rate() -> None:
    slow, fast = (histograms([seen_at(fps)], k=1) for fps in (5, 25))

    assert slow == fast
    assert sum(slow["size_px"].counts) == 1


def test_values_fall_into_the_bins_that_begin_with_them() -> None:
    sizes = [15, 16, 31, 32, 255, 256, 4000]
    people = [viewer(quality=replace(SEEN, size_px=size)) for size in sizes]

    found = histograms([row(0, *people)], k=1)["size_px"]

    assert list(found.edges) == [16, 24, 32, 48, 64, 96, 128, 192, 256]
    assert list(found.counts) == [1, 1, 1, 1, 0, 0, 0, 0, 1, 2]


def test_measures_are_in_the_units_of_the_settings() -> None:
    found = histograms([row(0, viewer(quality=SEEN, pose=(-61, 44, 3)))], k=1)

    middles = {name: bins.counts.index(1) for name, bins in found.items()}
    assert middles == {
        "size_px": 5,  # 64 to 96
        "sharpness": 6,  # 3.25 to 3.5
        "brightness": 4,  # 100 to 125
        "contrast": 6,  # 30 to 40
        "cut": 0,  # under 0.05
        "occlusion": 0,
        "yaw": 0,  # under -60
        "pitch": 8,  # 30 to 45
    }


def test_every_default_limit_is_an_edge() -> None:
    settings = load_analysis_settings()

    assert settings.min_face_px in EDGES["size_px"]
    assert settings.min_sharpness in EDGES["sharpness"]
    assert {settings.min_brightness, settings.max_brightness} <= set(EDGES["brightness"])
    assert settings.min_contrast in EDGES["contrast"]
    assert settings.max_cut in EDGES["cut"]


def test_seconds_under_k_and_gaps_contribute_nothing() -> None:
    alone, pair = row(0, viewer(quality=SEEN)), row(1, *[viewer(quality=SEEN)] * 2)

    found = histograms([alone, pair, gap(2, "no_frames")], k=2)

    assert sum(found["size_px"].counts) == 2


def test_who_could_not_be_scored_counts_and_who_has_no_pose_has_none() -> None:
    small = viewer(excluded="too_small", quality=replace(SEEN, size_px=20))

    found = histograms([row(0, small)], k=1)

    assert sum(found["size_px"].counts) == 1
    assert sum(found["yaw"].counts) == 0


MEASURES = st.builds(
    Quality, *[st.integers(0, 5000)] * 2, st.integers(0, 255), *[st.integers(0, 1300)] * 3
)


@settings(deadline=None)
@given(st.lists(st.lists(MEASURES, max_size=4), max_size=5))
def test_every_viewer_second_is_in_one_bin_of_each_measure(seconds: list[list[Quality]]) -> None:
    rows = [
        row(t, *(viewer(quality=quality, pose=(0, 0, 0)) for quality in people))
        for t, people in enumerate(seconds)
    ]

    for found in histograms(rows, k=1).values():
        assert len(found.counts) == len(found.edges) + 1
        assert list(found.edges) == sorted(set(found.edges))
        assert sum(found.counts) == sum(map(len, seconds))


def test_the_document_carries_the_histograms() -> None:
    rows = [row(0, viewer(quality=SEEN))]

    content = json.loads(to_json(document(screening(), rows, {"front": CameraLedger()})))

    assert list(content["quality"]) == list(EDGES)
    assert content["quality"]["contrast"] == {
        "edges": [6, 10, 15, 20, 25, 30, 40, 50],
        "counts": [0, 0, 0, 0, 0, 0, 1, 0, 0],
    }
