"""A long screening with a hall of people, as a run writes it, for the benchmarks of the page."""

from collections.abc import Iterator

import numpy as np
from msgspec.structs import replace

from moodtrace.ages import Ages
from moodtrace.labels import AGE_BANDS, EMOTIONS
from moodtrace.messages import Quality
from moodtrace.timeline import Row, State, gap, of_viewers
from moodtrace.tracks import Track, Tracks
from moodtrace.viewers import Viewer, shown

CAMERAS = ("front-left", "front-right", "rear-left", "rear-right")
ZONES = ("stalls", "balcony")
THRESHOLD = 410
"""Score from which on a viewer shows an emotion, in thousandths."""
AWAY = 0.04
"""Chance that somebody is not seen in a second, and as much that a face is too small."""
DOWN_EVERY_S, DOWN_S = 1800, 4
"""How often the picture is lost, and for how long."""


def hall(seconds: int, viewers: int) -> Iterator[Row]:
    """Make the rows of a screening: all emotions come and go, four cameras, two zones, all ages."""
    rng = np.random.default_rng(1)
    people = [_person(rng, number) for number in range(viewers)]
    after = State(
        tracks=Tracks(
            cameras={
                camera: tuple(_track(person) for person in people if person.camera_id == camera)
                for camera in CAMERAS
            },
            confirmed=viewers,
        )
    )
    for second in range(seconds):
        if second % DOWN_EVERY_S >= DOWN_EVERY_S - DOWN_S:
            yield gap(second, "camera_down", after)
            continue
        swings = 0.35 + 0.3 * np.sin(2 * np.pi * second / (60 + 40 * np.arange(len(EMOTIONS))))
        scores = 1000 * rng.dirichlet(swings, size=viewers)
        there = [
            _seen(rng, person, tuple(map(round, of.tolist())))
            for person, of in zip(people, scores, strict=True)
            if rng.random() > AWAY
        ]
        seen = Row(second=second, frames=20, cameras=4, faces=5 * len(there), after=after)
        yield of_viewers(seen, there)


def _person(rng: np.random.Generator, number: int) -> Viewer:
    ages = rng.multinomial(1000, rng.dirichlet(np.full(len(AGE_BANDS) - 1, 0.3)))
    return Viewer(
        id=number + 1,
        camera_id=CAMERAS[number % len(CAMERAS)],
        frames=5,
        usable=5,
        age=tuple(ages.tolist()),
        zone=ZONES[number // len(CAMERAS) % len(ZONES)],
        size=90,
        age_tenths=int(rng.integers(100, 700)),
        age_spread_tenths=20,
    )


def _seen(rng: np.random.Generator, person: Viewer, scores: tuple[int, ...]) -> Viewer:
    """Return what somebody showed in one second."""
    measured = rng.integers((60, 300, 80, 300, 0, 0), (90, 500, 160, 600, 9, 99)).tolist()
    seen = replace(
        person,
        attending=bool(rng.random() < 0.8),
        quality=Quality(*measured),
        pose=tuple(rng.integers(-20, 20, 3).tolist()),
    )
    if rng.random() < AWAY:
        return replace(seen, usable=0, excluded="too_small")
    return replace(seen, emotion=scores, showing=shown(scores, (THRESHOLD,) * len(EMOTIONS)))


def _track(person: Viewer) -> Track:
    return Track(
        id=person.id,
        xyxy=(2000, 3000, 2600, 4100),
        first_ms=200,
        last_ms=900,
        hits=5,
        frames=5,
        ages=Ages(seconds=600, tenths=240_000, squares=97_000_000, shares=(75_000,) * 8),
    )
