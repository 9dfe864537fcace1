"""Figures over several seconds, each with its interval and its number of viewers.

Seconds that may not be shown contribute nothing, and a figure of fewer than k viewers is none.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from operator import sub
from typing import Any, Final, NamedTuple

import msgspec
import numpy as np
import numpy.typing as npt

from moodtrace.measures import Measure
from moodtrace.metrics import Once, is_shown
from moodtrace.timeline import Row
from moodtrace.uncertainty import Interval, Statistic, Values, over_viewers, wilson, wilson_bands

AT_ONCE: Final = 100
"""Audiences that are averaged together: those of hours of content don't fit a processor's cache."""
ENOUGH: Final = 5
"""Viewers who did something, and who did not, for a bootstrap to tell how much viewers vary.

A rule of thumb for approximations of a binomial: Brown, Cai & DasGupta, "Interval estimation for a
binomial proportion", Statistical Science 16 (2001), 101-133.
"""


class Estimate(msgspec.Struct, frozen=True):
    """One figure of an audience."""

    value: float
    low: float | None
    """End of the 95 % interval; None with fewer than two viewers."""
    high: float | None
    n: int
    """Viewers who take part in it."""


class Seen(NamedTuple):
    """What viewers did in which seconds: m viewer-seconds of which it is known."""

    second: npt.NDArray[np.intp]
    """`(m,)`"""
    viewer: npt.NDArray[np.int64]
    """`(m,)` ids of tracks; one is in a second at most once."""
    value: Values
    """`(m,)`"""


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


def share(statistic: Statistic, each: Values, k: int) -> Estimate | None:
    """Return a figure that is 0 to 1, with an interval that holds for rare things too.

    Where fewer than `ENOUGH` viewers are away from one end, the bootstrap draws next to nobody else
    and is all but certain. Then the interval is no narrower than Wilson's of as many viewers, which
    is wide enough for whatever viewers do: nothing between 0 and 1 varies more than a yes or no.

    Args:
        statistic: the figure of some audiences.
        each: `(v,)` what it is of each viewer alone.
        k: smallest cell.
    """
    n = len(each)
    found = figure(statistic, n, k)
    if found is None or found.low is None or found.high is None:
        return found
    if min(np.count_nonzero(each > 0), np.count_nonzero(each < 1)) >= ENOUGH:
        return found
    did = n * min(max(found.value, 0.0), 1.0)  # a mean of ones may end in 1.0000000000000002
    (low,), (high,) = wilson_bands(np.array([did]), np.array([float(n)]))
    return _estimate(
        found.value, Interval(min(found.low, float(low)), max(found.high, float(high))), n
    )


def average(rows: Sequence[Row], measure: Measure, k: int) -> Estimate | None:
    """Return the mean over seconds of a share of viewers; None if it was never known."""
    return average_of(_seen(rows, measure, k), k)


def average_of(seen: Seen, k: int) -> Estimate | None:
    """Return the same of what was seen of viewers."""
    viewers, of = np.unique(seen.viewer, return_inverse=True)
    if len(viewers) < max(k, 1):
        return None
    each = np.bincount(of, seen.value) / np.bincount(of)
    return share(_mean(seen, viewers), each, k)


def level(rows: Sequence[Row], measure: Measure, k: int) -> Estimate | None:
    """Return the same of a measure that is no share, as valence is none."""
    return _of_means([_seen(rows, measure, k)], k, lambda mean: mean)


def change(
    before: Sequence[Row], after: Sequence[Row], measure: Measure, k: int
) -> Estimate | None:
    """Return the average after less the average before; None if either is not known."""
    return _of_means([_seen(after, measure, k), _seen(before, measure, k)], k, sub)


def ratio(over: Sequence[Row], under: Sequence[Row], measure: Measure, k: int) -> Estimate | None:
    """Return one average / another, 0 or more; None if either is not known, or the other is 0."""
    return _of_means([_seen(over, measure, k), _seen(under, measure, k)], k, _divided)


def coverage(rows: Sequence[Row], k: int) -> Estimate | None:
    """Return usable / seen viewer-seconds, 0 to 1, over what is shown; None if nobody was seen."""
    people = [viewer for row in rows if is_shown(row, k) for viewer in row.people]
    seen = Counter(viewer.id for viewer in people)
    usable = Counter(viewer.id for viewer in people if not viewer.excluded)
    times = np.array([(usable[viewer], seconds) for viewer, seconds in sorted(seen.items())])
    if not seen:
        return None
    return share(lambda draws: _divided(*(draws @ times).T), times[:, 0] / times[:, 1], k)


def known_seconds(rows: Sequence[Row], measure: Measure, k: int) -> list[Row]:
    """Return the rows that are shown and in which `measure` is known of a viewer."""
    known = set(_seen(rows, measure, k).second.tolist())
    return [row for place, row in enumerate(rows) if place in known]


def _seen(rows: Sequence[Row], measure: Measure, k: int) -> Seen:
    """Return what the viewers did, as far as shown and known."""
    found = [
        (place, viewer.id, value)
        for place, row in enumerate(rows)
        if is_shown(row, k)
        for viewer in row.people
        if (value := measure(viewer)) is not None
    ]
    seconds, viewers, values = zip(*found, strict=True) if found else ((), (), ())
    return Seen(
        np.array(seconds, np.intp), np.array(viewers, np.int64), np.array(values, np.float64)
    )


def _of_means(parts: Sequence[Seen], k: int, combine: Callable[..., Values]) -> Estimate | None:
    if min(len(np.unique(seen.viewer)) for seen in parts) < max(k, 1):
        return None
    everyone = np.unique(np.concatenate([seen.viewer for seen in parts]))
    means = [_mean(seen, everyone) for seen in parts]
    return figure(lambda draws: combine(*(mean(draws) for mean in means)), len(everyone), k)


def _mean(seen: Seen, viewers: npt.NDArray[np.int64]) -> Statistic:
    """Make the mean over seconds of the mean over the viewers drawn."""
    from scipy.sparse import csr_array

    seconds, second = np.unique(seen.second, return_inverse=True)
    places = second, np.searchsorted(viewers, seen.viewer)
    shape = (len(seconds), len(viewers))
    sums: Any = csr_array((seen.value, places), shape=shape)
    counts: Any = csr_array((np.ones_like(seen.value), places), shape=shape)

    def of_some(draws: Values) -> Values:
        times = np.ascontiguousarray(draws.T)
        total, weight = sums @ times, counts @ times
        known = weight > 0
        per_second = np.divide(total, weight, out=np.zeros_like(total), where=known)
        return _divided(per_second.sum(axis=0), known.sum(axis=0, dtype=np.float64))

    def mean(draws: Values) -> Values:
        starts = range(0, len(draws), AT_ONCE)
        return np.concatenate([of_some(draws[at : at + AT_ONCE]) for at in starts])

    return mean


def _divided(over: Values, under: Values) -> Values:
    """Divide; NaN where that is impossible."""
    return np.divide(over, under, out=np.full_like(over, np.nan), where=under != 0)


def _estimate(value: float, interval: Interval | None, n: int) -> Estimate:
    low, high = interval or (None, None)
    return Estimate(value, low, high, n)
