"""What may be told apart in one second, so that nothing shown is of fewer than k viewers.

Nor may it be found by adding and subtracting what is shown: viewers are put into blocks of k or
more, and all that is shown of a split is of whole blocks. docs/reference/metrics.md says what is
promised, docs/decisions/0022-comparing-cuts.md why it holds.
"""

from collections import Counter
from collections.abc import Hashable, Iterable, Mapping, Sequence
from functools import cache
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

from moodtrace.labels import AGE_BANDS, QUANTUM, UNKNOWN_AGE
from moodtrace.timeline import Cell, Row
from moodtrace.viewers import Viewer

Names = frozenset[str]
Amounts = npt.NDArray[np.int64]
"""Viewers, in thousandths."""

NOTHING: Final[Names] = frozenset()
WITHHELD: Final = "withheld"
"""Gap reason of a second of which a choice of viewers may not be shown."""


class Places(NamedTuple):
    """The cameras and zones that are withheld in one second."""

    cameras: Names = NOTHING
    zones: Names = NOTHING

    def camera(self, viewer: Viewer) -> str:
        """Return a viewer's camera; empty if that is withheld."""
        return "" if viewer.camera_id in self.cameras else viewer.camera_id

    def block(self, viewer: Viewer) -> tuple[str, str]:
        """Return a viewer's camera and zone, as far as they may be told."""
        return self.camera(viewer), "" if viewer.zone in self.zones else viewer.zone


class Segments(NamedTuple):
    """The segments of one second; None for one that is withheld."""

    age_bands: Mapping[str, Cell | None]
    zones: Mapping[str, Cell | None]
    by_camera: Mapping[str, Cell | None]


def segments(row: Row, k: int) -> Segments:
    """Return the segments of a row that is shown, as far as they may be told."""
    usable = _usable(row.people)
    places = hidden_places(usable, k)
    return Segments(
        age_bands=_without(row.age_bands, hidden_bands(usable, places, k)),
        zones=_without(row.zones, places.zones),
        by_camera=_without(row.by_camera, places.cameras),
    )


def hidden_places(people: Iterable[Viewer], k: int) -> Places:
    """Choose the cameras and zones to withhold in a second; where two clash, the zone."""
    if k == 1:
        return Places()
    usable = _usable(people)
    seen = Places(_hidden([(viewer.camera_id, "") for viewer in usable], k))
    return Places(seen.cameras, _hidden([(v.zone, seen.camera(v)) for v in usable], k))


def hidden_bands(people: Iterable[Viewer], places: Places, k: int) -> Names:
    """Choose the age bands, to which viewers belong in part, to withhold in a second.

    All of them where they and what is shown of places together would tell of fewer than k viewers.
    """
    usable = _usable(people)
    if k == 1 or not usable:
        return NOTHING
    return _hidden_columns(_parts(usable), [_in_places(usable, places)], k)


def hidden_main_bands(people: Iterable[Viewer], k: int) -> Names:
    """Choose the age bands, to which viewers belong as a whole, to withhold in a second.

    All of them where they and what is shown of places, or of bands in part, would tell of fewer
    than k viewers.
    """
    usable = _usable(people)
    if k == 1 or not usable:
        return NOTHING
    places = hidden_places(usable, k)
    parts = _parts(usable)
    wholes = QUANTUM * np.eye(len(AGE_BANDS), dtype=np.int64)[parts.argmax(axis=1)]
    shown = _merged(parts, hidden_bands(usable, places, k))
    return _hidden_columns(wholes, [_in_places(usable, places), shown], k)


def main_band(viewer: Viewer) -> str:
    """Return the age band to which most of a viewer belongs; of equals, the youngest."""
    return AGE_BANDS[viewer.age.index(max(viewer.age))] if viewer.age else UNKNOWN_AGE


def of_whole_blocks(viewers: Iterable[tuple[Hashable, bool]]) -> bool:
    """Say whether of each block all viewers are chosen, or none.

    Args:
        viewers: their block, and whether they are.
    """
    found = set(viewers)
    return len({block for block, _ in found}) == len(found)


def _usable(people: Iterable[Viewer]) -> list[Viewer]:
    return [viewer for viewer in people if not viewer.excluded]


def _without(cells: Mapping[str, Cell], hidden: Names) -> Mapping[str, Cell | None]:
    return {name: None if name in hidden else cell for name, cell in cells.items()}


def _hidden(viewers: Iterable[tuple[str, str]], k: int) -> Names:
    """Choose the segments to withhold: the small ones, and the next smallest until none is alone.

    Args:
        viewers: segment of each, and its block by what is shown before; of each block, what is
            shown of a segment and what is left to the withheld ones is k viewers or nobody.
        k: smallest cell.
    """
    table: dict[str, Counter[str]] = {}
    for segment, block in viewers:
        table.setdefault(segment, Counter())[block] += 1
    hidden = {segment for segment, blocks in table.items() if _is_small(blocks, k)}
    others = sorted(table.keys() - hidden, key=lambda segment: (-table[segment].total(), segment))
    while hidden and others and _is_small(sum((table[s] for s in hidden), Counter()), k):
        hidden.add(others.pop())
    return frozenset(hidden)


def _is_small(blocks: Mapping[str, int], k: int) -> bool:
    return any(0 < n < k for n in blocks.values())


def _hidden_columns(columns: Amounts, shown: Sequence[Amounts], k: int) -> Names:
    """Choose the age bands to withhold: as of `_hidden`, and all if others would tell of them.

    Args:
        columns: `(v, 9)` how much of each viewer is in each of `AGE_BANDS`.
        shown: `(v, b)` the same of blocks that are shown; each viewer is in them as a whole once.
        k: smallest cell.
    """
    amounts = columns.sum(axis=0)
    order = [place for place in np.argsort(amounts, kind="stable") if amounts[place]]
    small = sum(amounts[place] < k * QUANTUM for place in order)
    while small and amounts[order[:small]].sum() < k * QUANTUM and small < len(order):
        small += 1
    hidden = frozenset(AGE_BANDS[place] for place in order[:small])
    kept = _merged(columns, hidden)
    if any(_tells(blocks, kept, k) for blocks in shown):
        return frozenset(AGE_BANDS[place] for place in order)
    return hidden


def _tells(blocks: Amounts, bands: Amounts, k: int) -> bool:
    """Say whether sums and differences over both could be of fewer than k viewers, but of some.

    Such a sum gives each block and each band a number, and concerns the viewers whose two numbers
    don't cancel out: those whom a cut through the graph of blocks and bands parts. So the smallest
    cut says it, and it is looked for among all ways to part the bands.

    Args:
        blocks: `(v, b)` how much of each viewer is in each block; 1000 in one of them, or bands are
            such.
        bands: `(v, c)` how much is in each band, 1000 in all; c is 9 at most.
        k: smallest cell.
    """
    if blocks.shape[1] == 1:
        return False
    together = blocks.T @ bands
    parted = _ways_to_part(bands.shape[1]) @ together.T
    cuts = np.minimum(parted, together.sum(axis=1) - parted).sum(axis=1)
    return bool(np.any((cuts > 0) & (cuts < k * QUANTUM**2)))


@cache
def _ways_to_part(columns: int) -> Amounts:
    """Return `(2^(c-1), c)` all ways to choose some of c columns; the last stays where it is."""
    return np.arange(2 ** (columns - 1))[:, None] >> np.arange(columns) & 1


def _parts(usable: Sequence[Viewer]) -> Amounts:
    """Return `(v, 9)` how much of each viewer is in each of `AGE_BANDS`."""
    unread = (*(0,) * (len(AGE_BANDS) - 1), QUANTUM)
    return np.array([(*viewer.age, 0) if viewer.age else unread for viewer in usable])


def _merged(bands: Amounts, hidden: Names) -> Amounts:
    """Return the columns of bands that are shown, and one of all the others."""
    are_hidden = np.array([band in hidden for band in AGE_BANDS])
    return np.column_stack([bands[:, ~are_hidden], bands[:, are_hidden].sum(axis=1)])


def _in_places(usable: Sequence[Viewer], places: Places) -> Amounts:
    """Return `(v, b)` in which block of places each viewer is."""
    found = [places.block(viewer) for viewer in usable]
    columns = {block: column for column, block in enumerate(dict.fromkeys(found))}
    return QUANTUM * np.eye(len(columns), dtype=np.int64)[[columns[block] for block in found]]
