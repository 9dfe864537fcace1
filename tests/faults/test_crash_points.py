"""An aggregator that is killed at any step of its work; each run is seeded."""

import random
from pathlib import Path

import pytest

from moodtrace.store import Store
from tests.faults import file_log
from tests.faults.aggregator import Fault, Moment, Work, aggregator
from tests.faults.world import Outcome, begin, delivered, frames_of, is_finished, outcome
from tests.waiting import wait_until

HOW_OFTEN = {"claim": 1, "begin": 1, "apply": 15, "close": 6, "update": 1, "end": 1, "commit": 2}
"""How often a step is done by a process that nothing happens to, at least."""
MOMENTS: tuple[Moment, ...] = ("before", "sent", "after")
POINTS = [(step, moment) for step in HOW_OFTEN for moment in MOMENTS]
POINTS.remove(("commit", "sent"))  # it is not one of the store
POINTS.remove(("end", "after"))  # nothing is left to do then
RUNS = 20


def cases() -> list[object]:
    """Every point so many times; the hardest, where nobody heard what was done, in every run."""
    every_run = [pytest.param(step, "sent", 1) for step, moment in POINTS if moment == "sent"]
    rest = [
        pytest.param(*point, seed, marks=pytest.mark.slow)
        for point in POINTS
        for seed in range(1 if point[1] != "sent" else 2, RUNS + 1)
    ]
    return [*every_run, *rest]


@pytest.mark.parametrize(("step", "moment", "seed"), cases())
def test_a_kill_at_any_step_changes_nothing(
    store: Store,
    url: str,
    undisturbed: Outcome,
    tmp_path: Path,
    step: str,
    moment: Moment,
    seed: int,
) -> None:
    rng = random.Random(f"{step} {moment} {seed}")  # noqa: S311 (moments of faults)
    frames = frames_of("spring")
    begin(store, "spring", frames)
    file_log.write(tmp_path / "frames", delivered(frames, rng))
    fault = Fault(step, moment, rng.randrange(HOW_OFTEN[step]))

    with aggregator(Work(url, tmp_path / "log", fault)) as victim:
        victim.join(30)
        assert victim.exitcode == -fault.sign
    assert not is_finished(store, "spring") or (step, moment) == ("end", "sent")
    with aggregator(Work(url, tmp_path / "log")):
        wait_until(lambda: is_finished(store, "spring"), 30, what=f"{fault}")

    assert outcome(store, "spring") == undisturbed
