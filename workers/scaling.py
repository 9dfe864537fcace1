"""How many replicas there shall be, by how long frames wait; knows no Ray, no frames, no clock.

Serve can't see frames. So a worker tells with each batch since when its oldest frame waits,
replicas tell Serve how late the batches of the last seconds were, and Serve asks `policy`.
"""

import math
from collections.abc import Mapping
from typing import Any, Final, NamedTuple, Protocol

LATENESS: Final = "lateness"
"""Name of what replicas tell Serve: `Waiting.lateness`, the highest of late."""
MOST_GROWTH: Final = 2.0
"""By so much replicas multiply at most, before it is seen what the new ones are good for."""
EARLY: Final = 0.5
"""Below this lateness one replica may be too many. With one less it is no more than doubled, so
what was taken away is not missed at once."""
BUSY: Final = 0.7
"""Share of their time that those who stay may have to work."""


class Waiting(NamedTuple):
    """How long the oldest frame of a batch has waited, and how long it may."""

    since_ms: int
    """Unix time when it joined the queue."""
    target_ms: int
    """So long it may wait before more replicas are wanted; at least 1."""
    is_live: bool
    """Whether a late answer is as good as none."""

    def lateness(self, now_ms: int) -> float:
        """Return how long it has waited as a multiple of the target; 0 if clocks disagree.

        Args:
            now_ms: Unix time when a replica takes it.
        """
        return max(0, now_ms - self.since_ms) / self.target_ms


class Seen(Protocol):
    """What Serve tells a policy, as far as it matters here: its `AutoscalingContext`."""

    current_num_replicas: int
    """Those that run."""
    target_num_replicas: int
    capacity_adjusted_min_replicas: int
    capacity_adjusted_max_replicas: int

    @property
    def total_num_requests(self) -> float:
        """Batches that replicas have or that wait for one, on the average of late."""

    @property
    def aggregated_metrics(self) -> Mapping[str, Mapping[Any, float]] | None:
        """What replicas told, by name and replica, on the average of late."""


def replicas_wanted(lateness: float, batches: float, replicas: int, least: int, most: int) -> int:
    """Say how many replicas there shall be.

    More, in proportion, when frames wait for longer than they should; one less when they wait for
    less than half of that and the others have time for its work; else as many as there are.

    Args:
        lateness: of the queue that is latest; 1: as late as it may be.
        batches: under way or waiting; as many replicas are busy at most.
        replicas: that run.
        least: from 1 on.
        most: not below `least`.
    """
    wanted = replicas
    if lateness > 1:
        wanted = math.ceil(replicas * min(lateness, MOST_GROWTH))
    elif lateness < EARLY and batches <= BUSY * (replicas - 1):
        wanted = replicas - 1
    return min(max(wanted, least), most)


def policy(seen: Seen) -> tuple[int, dict[str, Any]]:
    """Return how many replicas there shall be, as Serve asks it; there is no state to keep."""
    told = (seen.aggregated_metrics or {}).get(LATENESS, {})
    wanted = replicas_wanted(
        max(told.values(), default=0.0),
        seen.total_num_requests,
        seen.current_num_replicas or seen.target_num_replicas,
        seen.capacity_adjusted_min_replicas,
        seen.capacity_adjusted_max_replicas,
    )
    return wanted, {}
