"""The usable viewers of many seconds as columns, so that what is asked of one is asked of all."""

from collections.abc import Iterable, Sequence
from functools import cached_property
from itertools import chain
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from moodtrace.labels import AGE_BANDS, EMOTIONS, QUANTUM
from moodtrace.viewers import Viewer

Amounts = npt.NDArray[np.int64]
"""Viewers, in thousandths."""
Codes = npt.NDArray[np.intp]

UNREAD = (*(0,) * (len(AGE_BANDS) - 1), QUANTUM)
"""How much of a viewer is in each age band whose age was not read."""


class Named(NamedTuple):
    """What each viewer has a name of: its camera, its zone."""

    names: tuple[str, ...]
    of: Codes
    """`(n,)` place in `names`."""


class Crowd:
    """The n usable viewers of s seconds, one after the other."""

    def __init__(self, seconds: Sequence[Iterable[Viewer]]) -> None:
        """Line up the viewers of each second; those who could not be scored are left out."""
        usable = [[viewer for viewer in people if not viewer.excluded] for people in seconds]
        self.people: list[Viewer] = list(chain.from_iterable(usable))
        self.seconds = len(usable)
        self.second: Codes = np.repeat(np.arange(len(usable)), [len(people) for people in usable])
        """`(n,)` place of the second that each is in, ascending."""

    @cached_property
    def cameras(self) -> Named:
        """Return the camera of each."""
        return _named([viewer.camera_id for viewer in self.people])

    @cached_property
    def zones(self) -> Named:
        """Return the zone of each; empty for none."""
        return _named([viewer.zone for viewer in self.people])

    @cached_property
    def ids(self) -> npt.NDArray[np.int64]:
        """Return the id of each one's track."""
        return np.array([viewer.id for viewer in self.people], np.int64)

    @cached_property
    def showing(self) -> npt.NDArray[np.bool_]:
        """Return `(n, e)` whether each shows each of `EMOTIONS`."""
        lengths = [len(viewer.showing) for viewer in self.people]
        shown = list(chain.from_iterable(viewer.showing for viewer in self.people))
        found = np.zeros((len(self.people), len(EMOTIONS)), np.bool_)
        found[np.repeat(np.arange(len(lengths)), lengths), shown] = True
        return found

    @cached_property
    def ages(self) -> Amounts:
        """Return `(n, 9)` how much of each viewer is in each of `AGE_BANDS`."""
        parts = ((*viewer.age, 0) if viewer.age else UNREAD for viewer in self.people)
        flat = np.fromiter(chain.from_iterable(parts), np.int64, len(self.people) * len(AGE_BANDS))
        return flat.reshape(-1, len(AGE_BANDS))

    @cached_property
    def main_bands(self) -> Named:
        """Return the age band in which most of each is; of equals, the youngest."""
        return Named(AGE_BANDS, self.ages.argmax(axis=1))

    def sizes(self, named: Named) -> npt.NDArray[np.int64]:
        """Return `(s, names)` how many viewers of each name each second has."""
        return counted(self.second, self.seconds, named.of, len(named.names))


def counted(
    seconds: Codes, count: int, codes: Codes, kinds: int, amounts: npt.ArrayLike | None = None
) -> npt.NDArray[np.int64]:
    """Add up what belongs to the same second and the same kind.

    Args:
        seconds: `(n,)` from 0 on.
        count: of seconds.
        codes: `(n,)` kinds, from 0 on.
        kinds: how many there are.
        amounts: `(n,)` whole numbers; 1 each if None.

    Returns:
        `(count, kinds)`.
    """
    at = seconds * kinds + codes
    sums = np.bincount(at, weights=amounts, minlength=count * kinds)
    return sums.astype(np.int64, copy=False).reshape(count, kinds)


def _named(names: Sequence[str]) -> Named:
    codes = {name: code for code, name in enumerate(sorted(set(names)))}
    return Named(tuple(codes), np.fromiter(map(codes.__getitem__, names), np.intp, len(names)))
