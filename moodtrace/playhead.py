"""Where a content stands at a moment of the wall clock; knows neither cameras nor the store.

A content is played, paused and sought. Going back shows a part of it again: that is another
viewing, and becomes a trace of its own, so that two moments never share a second.
"""

from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import Literal, NamedTuple

import msgspec


class PlayEvent(msgspec.Struct, frozen=True, kw_only=True):
    """Something was done to the content that is shown."""

    kind: Literal["play", "pause", "seek", "stop"]
    at_ms: int
    """Unix time in ms."""
    to_ms: int | None = None
    """`seek`: playhead from then on. `play`: where it plays from; None for where it stood."""


class Place(NamedTuple):
    """A place in a content that is being shown."""

    viewing: int
    """1 for the first time through, one more each time that the playhead went back."""
    pts_ms: int
    """Time on the playhead."""


class Stretch(NamedTuple):
    """What held from one event to the next."""

    start_ms: int
    """Unix time."""
    viewing: int
    pts_ms: int
    """Playhead at the start."""
    is_playing: bool
    is_over: bool = False


def stretches(events: Iterable[PlayEvent]) -> list[Stretch]:
    """Turn events into what held between them.

    Args:
        events: in any order; of two at the same time the later in the list comes second. What
            follows a `stop` changes nothing.

    Returns:
        By start; empty if nothing was ever done.
    """
    found: list[Stretch] = []
    now = Stretch(0, viewing=1, pts_ms=0, is_playing=False)
    for event in sorted(events, key=lambda event: event.at_ms):
        now = _after(now, event)
        found.append(now)
        if now.is_over:
            break
    return found


def place(known: Sequence[Stretch], at_ms: int) -> Place | None:
    """Say where the content stood at a moment.

    Args:
        known: of `stretches`.
        at_ms: Unix time.

    Returns:
        None while it was not playing: before it began, in a pause, after it was stopped.
    """
    holding = next((stretch for stretch in reversed(known) if stretch.start_ms <= at_ms), None)
    if holding is None or not holding.is_playing:
        return None
    return Place(holding.viewing, holding.pts_ms + at_ms - holding.start_ms)


def end_ms(known: Sequence[Stretch], viewing: int) -> int | None:
    """Return how far on the playhead a viewing went, or None if it still goes on.

    Args:
        known: of `stretches`.
        viewing: from 1 on.
    """
    if not known or (known[-1].viewing == viewing and not known[-1].is_over):
        return None
    ends = [_reached(a, b) for a, b in pairwise(known) if a.viewing == viewing]
    return max(ends, default=0)


def _after(now: Stretch, event: PlayEvent) -> Stretch:
    reached_ms = now.pts_ms + (event.at_ms - now.start_ms if now.is_playing else 0)
    pts_ms = reached_ms if event.to_ms is None or event.kind in ("pause", "stop") else event.to_ms
    return Stretch(
        start_ms=event.at_ms,
        viewing=now.viewing + (pts_ms < reached_ms),
        pts_ms=pts_ms,
        is_playing=event.kind == "play" or (event.kind == "seek" and now.is_playing),
        is_over=event.kind == "stop",
    )


def _reached(stretch: Stretch, following: Stretch) -> int:
    played_ms = following.start_ms - stretch.start_ms if stretch.is_playing else 0
    return stretch.pts_ms + played_ms
