"""Where two audiences differ in what they show, how much, and what could not have been seen.

The unit is the viewer. Nobody is taken to sit in both audiences, even if the audience has one name.
"""

from collections.abc import Sequence
from math import inf
from typing import Final, NamedTuple

import msgspec
import numpy as np

from moodtrace.alignment import Aligned, Audience, aligned
from moodtrace.comparability import differences
from moodtrace.detectable import least_lift
from moodtrace.difference import Traces, Values, band, hedges_g, overall, traces
from moodtrace.estimates import Estimate
from moodtrace.labels import EMOTION_NAMES, EMOTIONS
from moodtrace.permutation import Cluster, cluster_test, may_find
from moodtrace.uncertainty import verdict
from moodtrace.verdicts import found, nothing_found

ALPHA: Final = 0.05
"""The chance that a difference is found where there is none: of a whole call of `compare`."""
LIFT_S: Final = 10
"""How long a lift lasts of which is said how large it has to be; and one all along."""


class Moment(msgspec.Struct, frozen=True, kw_only=True):
    """One second of two traces; shares of 0 to 1."""

    t: int
    """Second, counted from the moment at which they are aligned."""
    first: float
    second: float
    difference: float
    """Second - first, -1 to 1."""
    low: float | None
    """End of its 95 % band, second by second; None with fewer than two viewers."""
    high: float | None


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """A run of seconds in which audiences differ."""

    start: int
    """First second, counted from the moment at which they are aligned."""
    end: int
    """The second after the last."""
    difference: Estimate
    """Mean over its seconds; n is the smaller audience."""
    effect: float | None
    """Hedges' g of the viewers' means over its seconds; None if nobody varies."""
    p: float
    """Chance of a run as large if nothing differs, over all emotions and seconds compared."""
    words: str


class Lift(msgspec.Struct, frozen=True):
    """The smallest lift that would be found four times out of five."""

    seconds: int
    """How long it lasts."""
    share: float | None
    """None if not even one of 0.99 would be."""


class Emotion(msgspec.Struct, frozen=True, kw_only=True):
    """How one emotion differs."""

    average: Estimate
    """Difference of the means over all common seconds; n is the smaller audience."""
    findings: list[Finding]
    """In the order of time."""
    detectable: list[Lift]
    words: str
    trace: list[Moment]


class Comparison(msgspec.Struct, frozen=True, kw_only=True):
    """How a second screening differs from a first."""

    first: str
    """Its id."""
    second: str
    align: str
    """Label of the marker at which both are aligned; empty for the beginning of the content."""
    zeros: tuple[int, int]
    """Second of content of that moment, in each."""
    seconds: int
    """In which both were seen."""
    viewers: tuple[int, int]
    """Usable in these seconds."""
    verdict: str
    """What figures of the smaller audience are good for."""
    alpha: float
    """Below which p is taken for a difference."""
    warnings: list[str]
    """In what they differ besides what was shown."""
    emotions: dict[str, Emotion]


def compare(
    audiences: Sequence[Audience], emotions: Sequence[str] = EMOTIONS, align: str = ""
) -> list[Comparison]:
    """Compare each of some audiences with the first.

    Args:
        audiences: two or more; all of their rows, or those of a choice of viewers and seconds.
        emotions: which. The fewer, the smaller the differences that are found.
        align: label of the marker whose start is second 0; empty for the beginning of the content.

    Returns:
        One for each but the first.

    Raises:
        UsageError: A marker is missing, or no second is shown of two.
    """
    first, *others = audiences
    alpha = ALPHA / len(others)
    return [_compared(first, other, emotions, align, alpha) for other in others]


def _compared(
    first: Audience, second: Audience, emotions: Sequence[str], align: str, alpha: float
) -> Comparison:
    laid = aligned(first, second, emotions, align)
    viewers = (laid.first.shape[1], laid.second.shape[1])
    belongs = np.repeat([False, True], viewers)
    tested = cluster_test(np.concatenate([laid.first, laid.second], axis=1), belongs)
    likely = [cluster for cluster in tested.clusters if cluster.p <= alpha]
    least = tested.least(alpha) if may_find(belongs, alpha) else inf
    return Comparison(
        first=first.screening.id,
        second=second.screening.id,
        align=align,
        zeros=laid.zeros,
        seconds=len(laid.seconds),
        viewers=viewers,
        verdict=verdict(min(viewers)),
        alpha=alpha,
        warnings=[
            f"{what}: {one} and {other}"
            for what, (one, other) in differences(first.screening, second.screening).items()
        ],
        emotions={
            emotion: _emotion(
                _pair(laid, place, emotion, second.screening.id),
                [cluster for cluster in likely if cluster.measure == place],
                least,
            )
            for place, emotion in enumerate(emotions)
        },
    )


class _Pair(NamedTuple):
    """One emotion of two audiences."""

    first: Values
    """`(v, s)`."""
    second: Values
    traces: Traces
    laid: Aligned
    emotion: str
    """In words."""
    name: str
    """Of the second screening."""


def _pair(laid: Aligned, place: int, emotion: str, name: str) -> _Pair:
    first, second = laid.first[place], laid.second[place]
    words = EMOTION_NAMES[emotion].lower()
    return _Pair(first, second, traces(first, second), laid, words, name)


def _emotion(pair: _Pair, clusters: Sequence[Cluster], least: float) -> Emotion:
    findings = [_finding(pair, cluster) for cluster in clusters]
    lifts = _lifts(pair, least)
    average = overall(pair.first, pair.second, pair.traces, slice(None))
    return Emotion(
        average=average,
        findings=findings,
        detectable=lifts,
        words="; ".join(finding.words for finding in findings)
        or nothing_found(pair.emotion, average.n, *msgspec.structs.astuple(lifts[0])),
        trace=[_moment(pair, second) for second in pair.laid.seconds],
    )


def _moment(pair: _Pair, second: int) -> Moment:
    low, high = band(pair.traces, second)
    return Moment(
        t=second + pair.laid.start,
        first=float(pair.traces.first[second]),
        second=float(pair.traces.second[second]),
        difference=float(pair.traces.difference[second]),
        low=low,
        high=high,
    )


def _finding(pair: _Pair, cluster: Cluster) -> Finding:
    seconds = slice(cluster.start, cluster.end)
    difference = overall(pair.first, pair.second, pair.traces, seconds)
    start, end = cluster.start + pair.laid.start, cluster.end + pair.laid.start
    return Finding(
        start=start,
        end=end,
        difference=difference,
        effect=hedges_g(pair.first[:, seconds], pair.second[:, seconds]),
        p=cluster.p,
        words=found(pair.name, pair.emotion, range(start, end), difference),
    )


def _lifts(pair: _Pair, least: float) -> list[Lift]:
    """Say what lifts would be found: one of some seconds, and one all along."""
    values = np.concatenate([pair.first, pair.second])
    belongs = np.repeat([False, True], [len(pair.first), len(pair.second)])
    whole = values.shape[1]
    return [
        Lift(seconds, least_lift(values, belongs, seconds, least))
        for seconds in sorted({min(LIFT_S, whole), whole})
    ]
