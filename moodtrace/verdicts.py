"""What a comparison found, in sentences; shares are said in points of a hundred."""

from moodtrace.estimates import Estimate
from moodtrace.uncertainty import verdict


def found(name: str, emotion: str, seconds: range, difference: Estimate) -> str:
    """Say by how much a screening differs, when, and how far that can be trusted."""
    sign, verb = (1, "lifts") if difference.value > 0 else (-1, "lowers")
    first, last = seconds[0], seconds[-1]
    when = f"{first} s" if first == last else f"{first}\N{EN DASH}{last} s"
    return (
        f"{name} {verb} {emotion} by {_points(sign * difference.value)} points in {when};"
        f"{_interval(sign, difference)} {verdict(difference.n)}, n = {difference.n}"
    )


def nothing_found(emotion: str, n: int, seconds: int, lift: float | None) -> str:
    """Say that nothing was found, and what would have been.

    Args:
        emotion: in words.
        n: viewers of the smaller audience.
        seconds: how long a lift lasts.
        lift: the smallest as long that is found four times out of five; None if none is.
    """
    limits = (
        f"no lift of {seconds} s can be found with so few viewers"
        if lift is None
        else f"a lift of {seconds} s is found 4 times out of 5 if it is {_points(lift)} points"
    )
    return f"no difference in {emotion} found; {limits}; {verdict(n)}, n = {n}"


def _interval(sign: int, difference: Estimate) -> str:
    if difference.low is None or difference.high is None:
        return ""
    low, high = sorted((sign * difference.low, sign * difference.high))
    return f" 95 % CI {_points(low)} to {_points(high)};"


def _points(share: float) -> str:
    return f"{100 * share:z.0f}"
