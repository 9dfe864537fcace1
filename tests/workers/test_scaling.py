from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workers.scaling import BUSY, EARLY, LATENESS, Waiting, policy, replicas_wanted

latenesses = st.floats(0, 1000)
batch_numbers = st.floats(0, 100)
replica_numbers = st.integers(1, 32)
bounds = st.tuples(replica_numbers, replica_numbers).map(sorted)


@given(latenesses, batch_numbers, replica_numbers, bounds)
def test_there_are_never_fewer_nor_more_than_allowed(
    lateness: float, batches: float, replicas: int, bounds: list[int]
) -> None:
    least, most = bounds

    assert least <= replicas_wanted(lateness, batches, replicas, least, most) <= most


@given(latenesses, latenesses, batch_numbers, replica_numbers, bounds)
def test_the_later_the_more(
    lateness: float, other: float, batches: float, replicas: int, bounds: list[int]
) -> None:
    earlier, later = sorted((lateness, other))

    assert replicas_wanted(earlier, batches, replicas, *bounds) <= replicas_wanted(
        later, batches, replicas, *bounds
    )


@given(st.floats(EARLY, 1), batch_numbers, replica_numbers)
def test_within_the_band_nothing_changes(lateness: float, batches: float, replicas: int) -> None:
    assert replicas_wanted(lateness, batches, replicas, 1, 32) == replicas


@given(st.floats(1.001, 1000), batch_numbers, replica_numbers)
def test_frames_that_are_late_get_more_replicas_but_at_most_twice_as_many(
    lateness: float, batches: float, replicas: int
) -> None:
    wanted = replicas_wanted(lateness, batches, replicas, 1, 1000)

    assert replicas < wanted <= 2 * replicas


@given(st.floats(0.01, 40), batch_numbers, replica_numbers)
def test_a_queue_whose_age_is_shared_by_the_replicas_comes_to_rest(
    work: float, batches: float, replicas: int
) -> None:
    """So much recorded footage lies ahead of the workers, whatever they do."""
    seen = [replicas]
    for _ in range(100):
        seen.append(replicas_wanted(work / seen[-1], batches, seen[-1], 1, 32))

    assert len(set(seen[50:])) == 1
    turns = [after - before for before, after in pairwise(seen)]
    assert not (max(turns) > 0 > min(turns)), "it grew and shrank"


@given(replica_numbers, batch_numbers)
def test_who_goes_is_not_missed_by_those_who_stay(replicas: int, batches: float) -> None:
    """Live frames are early as long as there are enough replicas, however few there could be."""
    wanted = replicas_wanted(0, batches, replicas, 1, 32)

    assert (wanted < replicas) == (replicas > 1 and batches <= BUSY * (replicas - 1))


@pytest.mark.parametrize(("now_ms", "lateness"), [(1000, 0), (1500, 1), (3000, 4), (0, 0)])
def test_lateness_is_a_multiple_of_the_target(now_ms: int, lateness: float) -> None:
    assert Waiting(since_ms=1000, target_ms=500, is_live=True).lateness(now_ms) == lateness


@dataclass
class Serve:
    """What Serve tells."""

    aggregated_metrics: dict[str, dict[Any, float]] | None = field(default_factory=dict)
    current_num_replicas: int = 2
    target_num_replicas: int = 2
    capacity_adjusted_min_replicas: int = 1
    capacity_adjusted_max_replicas: int = 8
    total_num_requests: float = 2


@pytest.mark.parametrize(
    ("seen", "wanted"),
    [
        pytest.param(Serve({LATENESS: {"a": 0.2, "b": 1.4}}), 3, id="the latest queue counts"),
        pytest.param(Serve({LATENESS: {"a": 0.2}}), 2, id="early, but all are busy"),
        pytest.param(Serve({LATENESS: {"a": 0.2}}, total_num_requests=0.5), 1, id="calm"),
        pytest.param(Serve({}, total_num_requests=0), 1, id="nobody told anything"),
        pytest.param(Serve(None, total_num_requests=0), 1, id="nobody was asked"),
        pytest.param(Serve(current_num_replicas=0), 2, id="none runs just now"),
        pytest.param(
            Serve({LATENESS: {"a": 9.0}}, capacity_adjusted_max_replicas=3), 3, id="no room"
        ),
    ],
)
def test_serve_is_told_how_many_there_shall_be(seen: Serve, wanted: int) -> None:
    assert policy(seen) == (wanted, {})
