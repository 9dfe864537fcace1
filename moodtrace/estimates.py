"""Figures over several seconds, each with its interval and its number of viewers.

Seconds that may not be shown contribute nothing, and a figure of fewer than k viewers is none.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from operator import sub
from typing import Any, NamedTuple

import msgspec
import numpy as np

from moodtrace.measures import Measure
from moodtrace.metrics import Once, is_shown
from moodtrace.timeline import Row
from moodtrace.uncertainty import Interval, Statistic, Values, over_viewers, wilson


class Estimate(msgspec.Struct, frozen=True):
    """One figure of an audience."""

    value: float
    low: float | None
    """End of the 95 % interval; None with fewer than two viewers."""
    high: float | None
    n: int
    """Viewers who take part in it."""


class Window(NamedTuple):
    """A named stretch of content: a scene, a brand's moment."""

    name: str
    start: int
    """Its first second."""
    end: int
    """The second after its last."""

    @property
    def before(self) -> "Window":
        """The stretch of the same length that ends where it starts."""
        return Window(self.name, 2 * self.start - self.end, self.start)

    @property
    def after(self) -> "Window":
        """The stretch of the same length that starts where it ends."""
        return Window(self.name, self.end, 2 * self.end - self.start)

    def of(self, rows: Sequence[Row]) -> list[Row]:
        """Return the rows that lie in it."""
        return [row for row in rows if self.start <= row.second < self.end]


def proportion(found: Once, k: int) -> Estimate | None:
    """Return the share of viewers who did something at least once, with Wilson's interval."""
    if found.known < max(k, 1):
        return None
    return _estimate(found.did / found.known, wilson(*found), found.known)


def figure(statistic: Statistic, viewers: int, k: int) -> Estimate | None:
    """Return any figure of viewers, with the interval of a bootstrap over them."""
    if viewers < max(k, 1):
        return None
    (value,) = statistic(np.ones((1, viewers)))
    if np.isnan(value):
        return None
    return _estimate(float(value), over_viewers(statistic, viewers), viewers)


def average(rows: Sequence[Row], measure: Measure, k: int) -> Estimate | None:
    """Return the mean over seconds of the mean over viewers; None if it was never known."""
    return _of_means([rows], measure, k, lambda mean: mean)


def change(
    before: Sequence[Row], after: Sequence[Row], measure: Measure, k: int
) -> Estimate | None:
    """Return the average after less the average before; None if either is not known."""
    return _of_means([after, before], measure, k, sub)


def ratio(over: Sequence[Row], under: Sequence[Row], measure: Measure, k: int) -> Estimate | None:
    """Return one average / another, 0 or more; None if either is not known, or the other is 0."""
    return _of_means([over, under], measure, k, _divided)


def coverage(rows: Sequence[Row], k: int) -> Estimate | None:
    """Return usable / seen viewer-seconds, 0 to 1, over what is shown; None if nobody was seen."""
    people = [viewer for row in rows if is_shown(row, k) for viewer in row.people]
    seen = Counter(viewer.id for viewer in people)
    usable = Counter(viewer.id for viewer in people if not viewer.excluded)
    times = np.array([(usable[viewer], seconds) for viewer, seconds in sorted(seen.items())])
    return figure(lambda draws: _divided(*(draws @ times).T), len(seen), k) if seen else None


def known_seconds(rows: Sequence[Row], measure: Measure, k: int) -> list[Row]:
    """Return the rows that are shown and in which `measure` is known of a viewer."""
    return [row for row in rows if _known(row, measure, k)]


def _known(row: Row, measure: Measure, k: int) -> list[tuple[int, float]]:
    """Return the viewers of a second, by id, and what they did, as far as shown and known."""
    people = row.people if is_shown(row, k) else ()
    found = ((viewer.id, measure(viewer)) for viewer in people)
    return sorted((viewer, value) for viewer, value in found if value is not None)


def _of_means(
    parts: Sequence[Sequence[Row]], measure: Measure, k: int, combine: Callable[..., Values]
) -> Estimate | None:
    seen = [[_known(row, measure, k) for row in rows] for rows in parts]
    viewers = [{viewer for second in part for viewer, _ in second} for part in seen]
    if min(map(len, viewers)) < max(k, 1):
        return None
    everyone = sorted(set().union(*viewers))
    means = [_mean([second for second in part if second], everyone) for part in seen]
    return figure(lambda draws: combine(*(mean(draws) for mean in means)), len(everyone), k)


def _mean(seconds: Sequence[Sequence[tuple[int, float]]], viewers: Sequence[int]) -> Statistic:
    """Make the mean over seconds of the mean over the viewers drawn."""
    from scipy.sparse import csr_array

    place = {viewer: column for column, viewer in enumerate(viewers)}
    columns = [place[viewer] for second in seconds for viewer, _ in second]
    ends = np.cumsum([0, *map(len, seconds)])
    values = np.array([value for second in seconds for _, value in second])
    shape = (len(seconds), len(viewers))
    sums: Any = csr_array((values, columns, ends), shape=shape)
    counts: Any = csr_array((np.ones_like(values), columns, ends), shape=shape)

    def mean(draws: Values) -> Values:
        per_second = _divided(sums @ draws.T, counts @ draws.T)
        known = np.count_nonzero(~np.isnan(per_second), axis=0).astype(np.float64)
        return _divided(np.nansum(per_second, axis=0), known)

    return mean


def _divided(over: Values, under: Values) -> Values:
    """Divide; NaN where that is impossible."""
    return np.divide(over, under, out=np.full_like(over, np.nan), where=under != 0)


def _estimate(value: float, interval: Interval | None, n: int) -> Estimate:
    low, high = interval or (None, None)
    return Estimate(value, low, high, n)
