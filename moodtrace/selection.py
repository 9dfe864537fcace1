"""Which viewer-seconds count: some age bands, cameras, zones, a range of seconds.

What is chosen is a view of the audience like any other, so `small_cells` is asked of every second
whether it may be shown. Smoothing is here too; it is for the eye alone, no figure is made of it.
"""

import math
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Final, Literal, get_args

import msgspec
import numpy as np
from msgspec.structs import replace

from moodtrace.errors import UsageError
from moodtrace.metrics import Point, is_shown, stretches
from moodtrace.small_cells import (
    WITHHELD,
    hidden_main_bands,
    hidden_places,
    main_band,
    of_whole_blocks,
)
from moodtrace.timeline import Row, gap, of_viewers
from moodtrace.viewers import Viewer

Split = Literal["ages", "cameras", "zones"]
"""By what an audience is told apart; as the fields of `Selection`."""
SPLITS: Final[tuple[Split, ...]] = get_args(Split)

SMOOTHINGS_S: Final = (0, 3, 5)
"""Seconds that a smoothed curve may be averaged over; 0 for none."""


class Selection(msgspec.Struct, frozen=True, kw_only=True):
    """Which viewers count, and when; an empty choice is all."""

    ages: tuple[str, ...] = ()
    """Of `AGE_BANDS`: a viewer counts as a whole, in the band to which most of it belongs."""
    cameras: tuple[str, ...] = ()
    zones: tuple[str, ...] = ()
    start: int = 0
    """First second."""
    end: int | None = None
    """The second after the last; None for the end."""

    @property
    def by_place(self) -> bool:
        """Whether not all cameras and zones count."""
        return bool(self.cameras or self.zones)

    def counts(self, viewer: Viewer) -> bool:
        """Say whether a viewer counts."""
        return (
            (not self.ages or main_band(viewer) in self.ages)
            and (not self.cameras or viewer.camera_id in self.cameras)
            and (not self.zones or viewer.zone in self.zones)
        )


def selected(rows: Sequence[Row], chosen: Selection, k: int) -> list[Row]:
    """Return the rows of a range with the chosen viewers alone.

    Args:
        rows: of a screening, all viewers in them.
        chosen: what counts.
        k: smallest cell of the screening.

    Returns:
        A row for each of the range. Where what is chosen may not be shown, a gap named `WITHHELD`.
        Where k is over 1, what is chosen is not split further.

    Raises:
        UsageError: Ages are chosen and places too, and k is over 1: of both at once nothing is
            promised.
    """
    if k > 1 and chosen.ages and chosen.by_place:
        raise UsageError(
            "age bands and places can't be chosen together where small groups are withheld",
            where=f"k = {k}",
            try_this="choose age bands, or cameras and zones",
        )
    end = math.inf if chosen.end is None else chosen.end
    return [_chosen(row, chosen, k) for row in rows if chosen.start <= row.second < end]


def choices(rows: Sequence[Row], k: int) -> Mapping[str, Mapping[str, int]]:
    """Return the most viewers that each segment shows at once.

    Returns:
        By split (`ages`, `cameras`, `zones`, as of `Selection`), then by segment: usable viewers
        in the second with most; 0 if it may be shown alone in none.
    """
    most: dict[str, dict[str, int]] = {"ages": {}, "cameras": {}, "zones": {}}
    for row in rows:
        if is_shown(row, k):
            for split, sizes in _sizes(row.people, k).items():
                for name, size in sizes.items():
                    most[split][name] = max(size, most[split].get(name, 0))
    return {split: dict(sorted(sizes.items())) for split, sizes in most.items()}


def smoothed(points: Sequence[Point], seconds: int) -> list[Point]:
    """Return a trace averaged around each second, for the eye.

    Never across a gap; towards the ends of a stretch over fewer seconds, so that the average stays
    in the middle and a peak where it is.

    Args:
        points: a trace, ascending in time.
        seconds: of `SMOOTHINGS_S`.
    """
    half = seconds // 2
    return [
        Point(point.second, float(np.mean(values[place - reach : place + reach + 1])))
        for stretch in stretches(points)
        for values in [[point.value for point in stretch]]
        for place, point in enumerate(stretch)
        for reach in [min(half, place, len(stretch) - 1 - place)]
    ]


def _chosen(row: Row, chosen: Selection, k: int) -> Row:
    if row.gap or not (chosen.ages or chosen.by_place):
        return row
    if not is_shown(row, k) or not _may_be_told(row.people, chosen, k):
        return gap(row.second, WITHHELD, row.after)
    found = of_viewers(row, [viewer for viewer in row.people if chosen.counts(viewer)])
    return found if k == 1 else replace(found, age_bands={}, zones={}, by_camera={})


def _may_be_told(people: Sequence[Viewer], chosen: Selection, k: int) -> bool:
    """Say whether the chosen viewers are whole blocks of those who are not told apart."""
    if k == 1:
        return True
    usable = [viewer for viewer in people if not viewer.excluded]
    if chosen.by_place:
        places = hidden_places(usable, k)
        return of_whole_blocks((places.block(viewer), chosen.counts(viewer)) for viewer in usable)
    hidden = hidden_main_bands(usable, k)
    bands = [(main_band(viewer), chosen.counts(viewer)) for viewer in usable]
    return of_whole_blocks(("" if band in hidden else band, counts) for band, counts in bands)


def _sizes(people: Sequence[Viewer], k: int) -> Mapping[str, Mapping[str, int]]:
    """Count the usable viewers of each segment of a second; 0 for those that are withheld."""
    usable = [viewer for viewer in people if not viewer.excluded]
    places, bands = hidden_places(usable, k), hidden_main_bands(usable, k)
    return {
        "ages": _shown(map(main_band, usable), bands),
        "cameras": _shown((viewer.camera_id for viewer in usable), places.cameras),
        "zones": _shown((viewer.zone for viewer in usable if viewer.zone), places.zones),
    }


def _shown(segments: Iterable[str], hidden: Collection[str]) -> Mapping[str, int]:
    return {name: 0 if name in hidden else size for name, size in Counter(segments).items()}
