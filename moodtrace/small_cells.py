"""What may be told apart in one second, so that nothing shown is of fewer than k viewers.

Nor may it be found by adding and subtracting what is shown: viewers are put into blocks of k or
more, and all that is shown of a split is of whole blocks. docs/reference/metrics.md says what is
promised, docs/decisions/0022-comparing-cuts.md why it holds.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

from moodtrace.crowd import Codes, Crowd, Named, counted
from moodtrace.labels import AGE_BANDS, UNKNOWN_AGE
from moodtrace.small_bands import Hidden, hidden_as_whole, hidden_in_part
from moodtrace.timeline import Cell, Row
from moodtrace.viewers import Viewer

Names = frozenset[str]
NOTHING: Final[Names] = frozenset()
WITHHELD: Final = "withheld"
"""Gap reason of a second of which a choice of viewers may not be shown."""


class Places(NamedTuple):
    """The cameras and zones that are withheld in one second."""

    cameras: Names = NOTHING
    zones: Names = NOTHING


class Segments(NamedTuple):
    """The segments of one second; None for one that is withheld."""

    age_bands: Mapping[str, Cell | None]
    zones: Mapping[str, Cell | None]
    by_camera: Mapping[str, Cell | None]


class SmallCells:
    """What is withheld in each of s seconds, whose viewers are a crowd."""

    def __init__(self, crowd: Crowd, k: int) -> None:
        """Prepare to choose; age bands, which take longest, are chosen when asked for.

        Args:
            crowd: the viewers of each second.
            k: smallest cell.
        """
        self._crowd = crowd
        self._k = k

    @cached_property
    def places(self) -> Sequence[Places]:
        """Choose the cameras and zones to withhold; where two clash, the zone."""
        if self._k == 1:
            return [Places()] * self._crowd.seconds
        cameras, zones = self._crowd.cameras, self._crowd.zones
        kinds = [(camera, zone) for camera in cameras.names for zone in zones.names]
        both = cameras.of * len(zones.names) + zones.of
        known: dict[bytes, Places] = {}  # people sit still: many seconds are alike
        found = []
        for sizes in counted(self._crowd.second, self._crowd.seconds, both, len(kinds)):
            alike = sizes.tobytes()
            if alike not in known:
                known[alike] = _places(dict(zip(kinds, sizes.tolist(), strict=True)), self._k)
            found.append(known[alike])
        return found

    @cached_property
    def hidden_cameras(self) -> npt.NDArray[np.bool_]:
        """Return `(s, cameras)` whether each is withheld in each second."""
        return _are_in(self._crowd.cameras, [places.cameras for places in self.places])

    @cached_property
    def hidden_zones(self) -> npt.NDArray[np.bool_]:
        """Return `(s, zones)` whether each is withheld in each second."""
        return _are_in(self._crowd.zones, [places.zones for places in self.places])

    @cached_property
    def place_blocks(self) -> Codes:
        """Return `(n,)` which block of cameras and zones each viewer is in, as far as told."""
        second, cameras, zones = self._crowd.second, self._crowd.cameras, self._crowd.zones
        camera, zone = cameras.of.copy(), zones.of.copy()
        camera[self.hidden_cameras[second, camera]] = len(cameras.names)
        zone[self.hidden_zones[second, zone]] = len(zones.names)
        return camera * (len(zones.names) + 1) + zone

    @cached_property
    def bands(self) -> Hidden:
        """Choose the age bands, to which viewers belong in part, to withhold: `(s, 9)`.

        All of them where they and what is shown of places together would tell of fewer than k.
        """
        if self._k == 1:
            return np.zeros((self._crowd.seconds, len(AGE_BANDS)), np.bool_)
        return hidden_in_part(self._crowd, self.place_blocks, self._k)

    @cached_property
    def main_bands(self) -> Hidden:
        """Choose the age bands, to which viewers belong as a whole, to withhold: `(s, 9)`.

        All of them where they and what is shown of places, or of bands in part, would tell of fewer
        than k viewers.
        """
        if self._k == 1:
            return np.zeros((self._crowd.seconds, len(AGE_BANDS)), np.bool_)
        return hidden_as_whole(self._crowd, self.place_blocks, self.bands, self._k)

    @property
    def band_blocks(self) -> Codes:
        """Return `(n,)` which age band each viewer is in, as far as told."""
        main = self._crowd.main_bands.of
        return np.where(self.main_bands[self._crowd.second, main], len(AGE_BANDS), main)

    def told(self, blocks: Codes, kinds: Codes, count: int) -> npt.NDArray[np.bool_]:
        """Say of each kind in each second whether it is whole blocks, and so may be told.

        Args:
            blocks: `(n,)` which block each viewer is in.
            kinds: `(n,)` which kind each viewer is of, from 0 on.
            count: how many kinds there are.

        Returns:
            `(s, kinds)`; a kind of nobody may be told.
        """
        crowd = self._crowd
        if self._k == 1:
            return np.ones((crowd.seconds, count), np.bool_)
        both = crowd.second * (int(blocks.max(initial=0)) + 1) + blocks
        found, block = np.unique(both, return_inverse=True)
        least, most = np.full(len(found), count), np.zeros(len(found), np.intp)
        np.minimum.at(least, block, kinds)
        np.maximum.at(most, block, kinds)
        are_mixed = (least < most)[block]
        mixed = counted(crowd.second, crowd.seconds, kinds, count, are_mixed)
        return np.equal(mixed, 0)


def segments(rows: Sequence[Row], k: int) -> list[Segments]:
    """Return the segments of rows that are shown, as far as they may be told."""
    cells = SmallCells(Crowd([row.people for row in rows]), k)
    return [
        Segments(
            age_bands=_without(row.age_bands, band_names(bands)),
            zones=_without(row.zones, places.zones),
            by_camera=_without(row.by_camera, places.cameras),
        )
        for row, places, bands in zip(rows, cells.places, cells.bands, strict=True)
    ]


def hidden_places(people: Iterable[Viewer], k: int) -> Places:
    """Choose the cameras and zones to withhold in one second."""
    if k == 1:
        return Places()
    return _places(Counter((v.camera_id, v.zone) for v in people if not v.excluded), k)


def band_names(hidden: npt.NDArray[np.bool_]) -> Names:
    """Return the names of the age bands that are withheld in one second, `(9,)`."""
    return frozenset(band for band, is_hidden in zip(AGE_BANDS, hidden, strict=True) if is_hidden)


def main_band(viewer: Viewer) -> str:
    """Return the age band to which most of a viewer belongs; of equals, the youngest."""
    return AGE_BANDS[viewer.age.index(max(viewer.age))] if viewer.age else UNKNOWN_AGE


def _without(cells: Mapping[str, Cell], hidden: Names) -> Mapping[str, Cell | None]:
    return {name: None if name in hidden else cell for name, cell in cells.items()}


def _are_in(named: Named, hidden: Sequence[Names]) -> npt.NDArray[np.bool_]:
    """Return `(s, names)` whether each is among those of each second."""
    alike = {names: [name in names for name in named.names] for names in set(hidden)}
    found = np.array([alike[names] for names in hidden], np.bool_)
    return found.reshape(len(hidden), len(named.names))


def _places(viewers: Mapping[tuple[str, str], int], k: int) -> Places:
    """Choose what to withhold of so many viewers by camera and zone."""
    cameras = _hidden(((camera, "", n) for (camera, _), n in viewers.items()), k)
    seen = ((z, "" if camera in cameras else camera, n) for (camera, z), n in viewers.items())
    return Places(cameras, _hidden(seen, k))


def _hidden(viewers: Iterable[tuple[str, str, int]], k: int) -> Names:
    """Choose the segments to withhold: the small ones, and the next smallest until none is alone.

    Args:
        viewers: a segment, its block by what is shown before, and how many are in both; of each
            block, what is shown of a segment and what is left to the withheld ones is k viewers or
            nobody.
        k: smallest cell.
    """
    table: dict[str, Counter[str]] = {}
    for segment, block, n in viewers:
        if n:
            table.setdefault(segment, Counter())[block] += n
    hidden = {segment for segment, blocks in table.items() if _is_small(blocks, k)}
    others = sorted(table.keys() - hidden, key=lambda segment: (-table[segment].total(), segment))
    while hidden and others and _is_small(sum((table[s] for s in hidden), Counter()), k):
        hidden.add(others.pop())
    return frozenset(hidden)


def _is_small(blocks: Mapping[str, int], k: int) -> bool:
    return any(0 < n < k for n in blocks.values())
