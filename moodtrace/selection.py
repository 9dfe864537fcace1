"""Which viewer-seconds count: some age bands, cameras, zones, a range of seconds.

What is chosen is a view of the audience like any other, so `small_cells` is asked of every second
whether it may be shown. Smoothing is here too; it is for the eye alone, no figure is made of it.
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from itertools import compress
from typing import Final, Literal, NamedTuple, get_args

import msgspec
import numpy as np
import numpy.typing as npt
from msgspec.structs import replace

from moodtrace.crowd import Codes, Crowd, Named
from moodtrace.errors import UsageError
from moodtrace.metrics import Point, is_shown, stretches
from moodtrace.small_cells import WITHHELD, SmallCells, main_band
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
    within = [row for row in rows if chosen.start <= row.second < end]
    if not (chosen.ages or chosen.by_place):
        return within
    shown = [row for row in within if is_shown(row, k)]
    told = {row.second for row in compress(shown, _told(shown, chosen, k))}
    return [_chosen(row, chosen, k, is_told=row.second in told) for row in within]


def choices(rows: Sequence[Row], k: int) -> "Choices":
    """Return the most viewers that each segment of a screening shows at once."""
    return Choices(rows, k)


class Segment(NamedTuple):
    """The viewer-seconds of one segment that may be told, m of them in a range of s seconds."""

    second: Codes
    """`(m,)` place in the range."""
    viewer: npt.NDArray[np.int64]
    """`(m,)` who it is: the id of a track."""
    showing: npt.NDArray[np.bool_]
    """`(m, e)` whether that viewer shows each of `EMOTIONS`."""
    withheld: npt.NDArray[np.bool_]
    """`(s,)` whether there are data, and they may not be told."""


class Choices(Mapping[str, Mapping[str, int]]):
    """The segments of a screening; by split and name, the most viewers that each shows at once.

    That is the usable viewers in the second with most; 0 if it may be shown alone in none. What
    takes long is worked out when it is first asked for.
    """

    def __init__(self, rows: Sequence[Row], k: int) -> None:
        """Prepare to tell segments apart.

        Args:
            rows: of a screening, all viewers in them.
            k: smallest cell of the screening.
        """
        self._k = k
        self._rows = rows
        self._known: dict[str, Mapping[str, int]] = {}

    def __getitem__(self, split: str) -> Mapping[str, int]:
        if split not in self._known:
            self._known[split] = self._most(split)
        return self._known[split]

    def __iter__(self) -> Iterator[str]:
        return iter(SPLITS)

    def __len__(self) -> int:
        return len(SPLITS)

    def segments(self, split: Split, within: range) -> dict[str, Segment]:
        """Return what may be told of each segment alone, by its name.

        Args:
            split: by what viewers are told apart, all of them.
            within: places of the rows wanted.
        """
        crowd, cells = self._crowd, self._cells
        named = _named(crowd, split)
        of_row = np.flatnonzero(self._are_shown)[crowd.second]
        blocks = cells.band_blocks if split == "ages" else cells.place_blocks
        told = cells.told(blocks, named.of, len(named.names))
        are_told = told[crowd.second, named.of]
        inside = (of_row >= within.start) & (of_row < within.stop)
        found = {}
        for code in np.unique(named.of[inside]):
            if not named.names[code]:
                continue
            members = inside & (named.of == code)
            withheld = self._has_data.copy()
            withheld[self._are_shown] = ~told[:, code]
            members &= are_told
            found[named.names[code]] = Segment(
                second=of_row[members] - within.start,
                viewer=crowd.ids[members],
                showing=crowd.showing[members],
                withheld=withheld[within.start : within.stop],
            )
        return found

    def _most(self, split: str) -> Mapping[str, int]:
        named, hidden = _named(self._crowd, split), _hidden(self._cells, split)
        sizes = self._crowd.sizes(named)
        most = (sizes * ~hidden).max(axis=0, initial=0)
        return {
            name: int(most[code])
            for code, name in enumerate(named.names)
            if name and sizes[:, code].any()
        }

    @cached_property
    def _are_shown(self) -> npt.NDArray[np.bool_]:
        return np.array([is_shown(row, self._k) for row in self._rows], np.bool_)

    @cached_property
    def _has_data(self) -> npt.NDArray[np.bool_]:
        return np.array([not row.gap for row in self._rows], np.bool_)

    @cached_property
    def _crowd(self) -> Crowd:
        shown = zip(self._rows, self._are_shown, strict=True)
        return Crowd([row.people for row, is_so in shown if is_so])

    @cached_property
    def _cells(self) -> SmallCells:
        return SmallCells(self._crowd, self._k)


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


def _told(rows: Sequence[Row], chosen: Selection, k: int) -> npt.NDArray[np.bool_]:
    """Say of each row whether the chosen viewers are whole blocks of those not told apart."""
    crowd = Crowd([row.people for row in rows])
    cells = SmallCells(crowd, k)
    counts = np.array([chosen.counts(viewer) for viewer in crowd.people], np.intp)
    blocks = cells.place_blocks if chosen.by_place else cells.band_blocks
    return cells.told(blocks, counts, 2)[:, 1]


def _chosen(row: Row, chosen: Selection, k: int, *, is_told: bool) -> Row:
    if row.gap:
        return row
    if not is_told:
        return gap(row.second, WITHHELD, row.after)
    found = of_viewers(row, [viewer for viewer in row.people if chosen.counts(viewer)])
    return found if k == 1 else replace(found, age_bands={}, zones={}, by_camera={})


def _named(crowd: Crowd, split: str) -> Named:
    if split == "ages":
        return crowd.main_bands
    return crowd.cameras if split == "cameras" else crowd.zones


def _hidden(cells: SmallCells, split: str) -> npt.NDArray[np.bool_]:
    """Return `(s, names)` whether each segment is withheld in each second."""
    if split == "ages":
        return cells.main_bands
    return cells.hidden_cameras if split == "cameras" else cells.hidden_zones
