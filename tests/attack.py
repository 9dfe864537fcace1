"""An attacker who reads all that is shown of one second, and adds and subtracts."""

from collections.abc import Iterable, Iterator
from itertools import chain, combinations
from typing import Any, Final

import numpy as np
import numpy.typing as npt
from msgspec.structs import replace

from moodtrace.export import document
from moodtrace.labels import AGE_BANDS, EMOTIONS, QUANTUM
from moodtrace.rounding import shared_out
from moodtrace.selection import Selection, selected
from moodtrace.small_cells import main_band
from moodtrace.timeline import Row
from moodtrace.viewers import Viewer
from tests.factories import row, screening, viewer

CAMERAS: Final = ("front", "left", "right")
ZONES: Final = ("sofa", "stairs", "elsewhere")
View = npt.NDArray[np.int64]
"""`(v,)` how much of each viewer is in what is shown, in thousandths."""


def audience(rng: np.random.Generator) -> Row:
    """A second of a screening: 1 to 40 viewers, here and there in clusters by place and age."""
    crowd = rng.integers(1, 41)
    sharp = rng.choice([1, 30, 300])
    places = rng.dirichlet(np.full(len(CAMERAS) * len(ZONES), rng.choice([0.1, 1.0])))
    typical = rng.integers(0, 8, size=len(places))
    return row(0, *(_somebody(rng, places, typical, sharp) for _ in range(crowd)))


def views(second: Row, k: int) -> dict[str, list[View]]:
    """Return who is in each figure of the document and of every choice of viewers, by kind."""
    found: dict[str, list[View]] = {"places": [], "bands in part": [], "bands as a whole": []}
    shown = _shown(second, k)
    if shown["status"] == "ok":
        found["places"].append(_of(second, lambda _: QUANTUM))
        named = ((split, name) for split in SPLITS for name in shown[split])
        for split, name in named:
            if shown[split][name]["usable"] is not None:
                kind, part = SPLITS[split]
                view = _of(second, lambda v, part=part, name=name: part(v, name))
                assert view.sum() / QUANTUM == shown[split][name]["usable"]
                found[kind].append(view)
    for kind, chosen in choices(second):
        (only,) = selected([second], chosen, k)
        if not only.gap and _shown(only, k)["status"] == "ok":
            view = _of(second, lambda v, chosen=chosen: QUANTUM * chosen.counts(v))
            assert view.sum() / QUANTUM == _shown(only, k)["usable"]
            found[kind].append(view)
    return found


def smallest(sums: View) -> float:
    """Return of how many viewers the smallest of `(n, v)` sums is, but for those of nobody."""
    sizes = np.abs(sums).sum(axis=1).astype(np.float64)
    return float(sizes[sizes > 0].min(initial=np.inf)) / QUANTUM


def pairs(of: Iterable[View]) -> View:
    """Return all of `(n, v)` views, and what is left of each without another."""
    each = np.unique(np.array(list(of)), axis=0)
    return np.vstack([each, (each[:, None] - each[None]).reshape(-1, each.shape[1])])


def _shown(second: Row, k: int) -> dict[str, Any]:
    return document(screening(k=k, cameras=CAMERAS), [second], {})["seconds"][0]  # type: ignore[no-any-return]


def _band(seen: Viewer, name: str) -> int:
    ages = (*seen.age, 0) if seen.age else (*(0,) * 8, QUANTUM)
    return ages[AGE_BANDS.index(name)]


SPLITS: Final = {
    "age_bands": ("bands in part", _band),
    "zones": ("places", lambda seen, name: QUANTUM * (seen.zone == name)),
    "by_camera": ("places", lambda seen, name: QUANTUM * (seen.camera_id == name)),
}


def _of(second: Row, part: Any) -> View:
    return np.array([0 if seen.excluded else part(seen) for seen in second.people])


def choices(second: Row) -> Iterator[tuple[str, Selection]]:
    """Return every choice of viewers of a second but all of them, with its kind."""
    for cameras in _some(CAMERAS):
        for zones in _some(ZONES):
            if cameras or zones:
                yield "places", Selection(cameras=cameras, zones=zones)
    for ages in _some(sorted({main_band(seen) for seen in second.people})):
        if ages:
            yield "bands as a whole", Selection(ages=ages)


def _some(names: Iterable[str]) -> Iterator[tuple[str, ...]]:
    known = tuple(names)
    return chain.from_iterable(combinations(known, size) for size in range(len(known) + 1))


def _somebody(
    rng: np.random.Generator, places: npt.NDArray[np.float64], typical: View, sharp: int
) -> Viewer:
    place = int(rng.choice(len(places), p=places))
    years = np.full(8, 0.05)
    years[typical[place] if rng.random() < 0.8 else rng.integers(8)] += sharp
    amounts = (rng.dirichlet(years) * 1_000_000).astype(int).tolist()
    return replace(
        viewer(EMOTIONS[rng.integers(7)], excluded="too_small" if rng.random() < 0.1 else ""),
        camera_id=CAMERAS[place % len(CAMERAS)],
        zone=ZONES[place // len(CAMERAS)],
        age=shared_out(amounts, QUANTUM) if rng.random() < 0.95 else (),
    )
