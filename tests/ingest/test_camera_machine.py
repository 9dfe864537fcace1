import random
import re
from collections.abc import Callable
from itertools import pairwise
from math import inf

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.camera_machine import (
    CONNECTIONLESS,
    ENDINGS,
    MAX_BACKOFF_S,
    NEXT,
    REFUSED_BACKOFF_S,
    RETRIED,
    WITH_PROCESS,
    Action,
    Ended,
    Event,
    Machine,
    Patience,
    step,
)
from moodtrace.cameras import CameraState
from moodtrace.problems import LIVE_PROBLEMS
from tests.conftest import ROOT

PATIENCE = Patience.of(open_s=8, fps=5)
LONGEST_WAIT_S = 1.2 * REFUSED_BACKOFF_S


class Clockwork:
    """A machine, a clock, and what was done when."""

    def __init__(self, seed: int = 0, patience: Patience = PATIENCE) -> None:
        self.machine = Machine()
        self.now_s = 100.0
        self.done: list[tuple[float, Action]] = []
        self._patience = patience
        self._rng = random.Random(seed)  # noqa: S311

    def tell(self, event: Event) -> CameraState:
        self.machine, actions = step(
            self.machine, event, self.now_s, patience=self._patience, rng=self._rng
        )
        self.done += [(self.now_s, action) for action in actions]
        return self.machine.state

    def wait(self, seconds: float, *, every_s: float = 0.1) -> CameraState:
        """Let time pass, with ticks."""
        until_s = self.now_s + seconds
        while self.now_s < until_s:
            self.now_s = min(self.now_s + every_s, until_s)
            self.tell("tick")
        return self.machine.state

    def stream(self, seconds: float) -> CameraState:
        """Let time pass, with frames."""
        for _ in range(round(seconds * 5)):
            self.wait(0.2)
            self.tell("frame")
        return self.machine.state

    def run(self, seconds: float, answer: Callable[[], Event], after_s: float = 0.5) -> list[float]:
        """Let time pass; each decode process ends so after `after_s`. Return when it started."""
        until_s, known = self.now_s + seconds, len(self.done)
        while self.now_s < until_s:
            if self.machine.state in WITH_PROCESS:
                self.now_s += after_s
                self.tell(answer())
            self.now_s = max(self.now_s, min(self.machine.next_tick_s, until_s))
            self.tell("tick")
        return [at_s for at_s, action in self.done[known:] if action == "start"]

    def fail(self, times: int, reason: str) -> None:
        """Let the next tries end at once; the last backoff has just begun."""
        for _ in range(times):
            while self.machine.state not in WITH_PROCESS:
                self.wait(0.1)
            self.tell(Ended(reason))
        self.done.clear()

    def actions(self) -> list[Action]:
        return [action for _, action in self.done]


def live(seconds: float = 10, seed: int = 0) -> Clockwork:
    """A camera that was live for a while."""
    clockwork = Clockwork(seed)
    clockwork.tell("enable")
    clockwork.now_s += 1
    clockwork.tell("frame")
    clockwork.stream(seconds)
    return clockwork


def test_a_camera_that_is_wanted_is_started_and_live_from_its_first_frame() -> None:
    clockwork = Clockwork()
    assert clockwork.tell("enable") == "connecting"
    assert clockwork.actions() == ["start"]

    assert clockwork.tell("frame") == "live"
    assert clockwork.stream(60) == "live"
    assert clockwork.actions() == ["start"]


@pytest.mark.parametrize(("fps", "stall_s"), [(5, 3), (25, 3), (1, 3), (0.5, 6), (0.1, 30)])
def test_silence_is_no_frame_for_three_seconds_or_three_intervals(fps: float, stall_s: int) -> None:
    clockwork = Clockwork(patience=Patience.of(8, fps))
    clockwork.tell("enable")
    clockwork.tell("frame")

    assert clockwork.wait(stall_s - 0.05) == "live"
    assert clockwork.wait(0.1) == "stalled"
    assert clockwork.actions() == ["start", "kill"]


def test_packets_without_a_picture_do_not_hide_a_stall() -> None:
    clockwork = live()
    for _ in range(3):
        clockwork.wait(1)
        clockwork.tell("alive")

    assert clockwork.machine.state == "stalled"


def test_a_camera_that_never_opens_is_killed() -> None:
    clockwork = Clockwork()
    clockwork.tell("enable")
    clockwork.wait(1)
    clockwork.tell("alive")

    assert clockwork.wait(8.9) == "connecting"
    assert clockwork.wait(0.2) == "waiting"
    assert clockwork.machine.reason == "silent"
    assert clockwork.actions()[:2] == ["start", "kill"]


def test_a_process_may_take_its_time_to_start_but_not_for_ever() -> None:
    clockwork = Clockwork()
    clockwork.tell("enable")

    assert clockwork.wait(29) == "connecting"
    assert clockwork.wait(2) == "waiting"


def test_a_camera_may_let_its_first_picture_wait_but_not_for_ever() -> None:
    clockwork = Clockwork()
    clockwork.tell("enable")
    for _ in range(59):
        clockwork.wait(1)
        assert clockwork.tell("alive") == "connecting"

    assert clockwork.wait(2) == "waiting"


@pytest.mark.parametrize("seed", range(20))
def test_backoff_doubles_to_thirty_seconds_with_jitter_for_ever(seed: int) -> None:
    clockwork = Clockwork(seed)
    clockwork.tell("enable")

    starts = clockwork.run(3600, lambda: Ended("ended"), after_s=0)
    pauses = [later - earlier for earlier, later in pairwise([100.0, *starts])]

    for pause, mean in zip(pauses, [1, 2, 4, 8, 16, *[30] * 500], strict=False):
        assert 0.8 * mean <= pause <= 1.2 * mean
    assert len(pauses) > 3600 / (1.2 * MAX_BACKOFF_S)
    assert len({round(pause, 3) for pause in pauses[5:]}) > 50


def test_cameras_that_drop_together_do_not_come_back_in_step() -> None:
    restarts = set()
    for seed in range(4):
        clockwork = live(seed=seed)
        clockwork.tell(Ended("ended"))
        restarts.add(round(clockwork.machine.deadline_s, 3))

    assert len(restarts) == 4


@pytest.mark.parametrize(("live_s", "mean_s"), [(4, 2), (6, 1)])
def test_only_a_steady_time_resets_the_backoff(live_s: int, mean_s: int) -> None:
    clockwork = Clockwork()
    clockwork.tell("enable")
    clockwork.tell(Ended("ended"))
    clockwork.wait(2)
    clockwork.tell("frame")
    clockwork.stream(live_s)

    clockwork.tell(Ended("ended"))

    assert clockwork.machine.deadline_s - clockwork.now_s == pytest.approx(mean_s, rel=0.2)


def test_a_source_that_comes_back_ends_the_backoff() -> None:
    clockwork = live()
    clockwork.fail(6, "ended")

    clockwork.tell("tick")
    clockwork.tell("unreachable")
    clockwork.wait(2.05)
    assert clockwork.actions() == ["probe", "probe"]
    assert clockwork.tell("reachable") == "connecting"
    assert clockwork.actions() == ["probe", "probe", "start"]


def test_a_source_that_refused_a_connection_is_tried_when_it_takes_one() -> None:
    clockwork = live()
    clockwork.fail(6, "refused")

    clockwork.wait(0.1)
    assert clockwork.tell("reachable") == "connecting"


def test_a_server_that_listens_and_answers_nothing_is_not_hammered() -> None:
    clockwork = live()
    clockwork.tell(Ended("silent"))
    clockwork.done.clear()
    for _ in range(3600):
        clockwork.wait(0.5, every_s=0.5)
        clockwork.tell("reachable")

    starts = clockwork.actions().count("start")
    assert starts < 1800 / (0.8 * MAX_BACKOFF_S) + 10


@pytest.mark.parametrize(
    ("reason", "state"),
    [
        ("auth_failed", "auth_failed"),
        ("no_password", "auth_failed"),
        ("not_found", "not_found"),
        ("unsupported_codec", "unsupported"),
        ("tls_failed", "unsupported"),
        ("silent", "waiting"),
        ("refused", "waiting"),
        ("source_lost", "waiting"),
        ("not_media", "unsupported"),
        ("anything else", "waiting"),
    ],
)
def test_an_end_is_told_apart_by_its_reason(reason: str, state: CameraState) -> None:
    clockwork = Clockwork()
    clockwork.tell("enable")

    assert clockwork.tell(Ended(reason)) == state
    assert clockwork.machine.reason == reason
    assert clockwork.wait(LONGEST_WAIT_S) == "connecting" or state == "waiting"


def test_what_is_wrong_stays_known_while_it_is_tried_again() -> None:
    clockwork = Clockwork()
    clockwork.tell("enable")
    clockwork.tell(Ended("not_found"))
    clockwork.wait(1.5)

    assert (clockwork.machine.state, clockwork.machine.reason) == ("connecting", "not_found")
    clockwork.tell("frame")
    assert clockwork.machine.reason == ""


def test_a_wrong_password_is_tried_at_most_once_a_minute_for_a_day() -> None:
    clockwork = Clockwork()
    clockwork.tell("enable")

    starts = clockwork.run(86_400, lambda: Ended("auth_failed"))

    assert all(later - earlier >= 60 for earlier, later in pairwise([100.0, *starts]))
    assert len(starts) > 86_400 / LONGEST_WAIT_S - 10
    assert "probe" not in clockwork.actions()


def test_other_failures_between_auth_failures_do_not_add_tries() -> None:
    clockwork = Clockwork()
    clockwork.tell("enable")
    endings = iter(["auth_failed", "refused", "ended", "silent"] * 10_000)

    starts = clockwork.run(3600, lambda: Ended(next(endings)))

    assert all(later - earlier >= 60 for earlier, later in pairwise([100.0, *starts]))


def test_a_disabled_camera_is_killed_and_rests() -> None:
    clockwork = live()
    assert clockwork.tell("disable") == "disabled"
    assert clockwork.wait(1000, every_s=10) == "disabled"
    assert clockwork.actions() == ["start", "kill"]

    assert clockwork.tell("enable") == "connecting"


events = st.one_of(
    st.sampled_from(
        ["enable", "disable", "frame", "alive", "tick", "tick", "reachable", "unreachable"]
    ),
    st.sampled_from([*ENDINGS, "refused", "ended"]).map(Ended),
)
pauses = st.one_of(st.just(0.0), st.floats(0, 5), st.floats(0, 100))


@given(told=st.lists(st.tuples(pauses, events), min_size=1, max_size=120), seed=st.integers(0, 99))
def test_whatever_happens_it_never_wedges_nor_hammers_nor_has_two_processes(
    told: list[tuple[float, Event]], seed: int
) -> None:
    clockwork = Clockwork(seed)
    is_running, refused_s = False, -inf
    for pause_s, event in told:
        clockwork.now_s += pause_s
        if event == "disable":
            refused_s = -inf
        if is_running and event in (Ended("auth_failed"), Ended("no_password")):
            refused_s = clockwork.now_s
        clockwork.done.clear()
        clockwork.tell(event)
        for action in clockwork.actions():
            assert is_running == (action == "kill")
            assert action == "kill" or clockwork.now_s - refused_s >= REFUSED_BACKOFF_S
            is_running = action == "start"
        machine = clockwork.machine
        assert is_running == (machine.state in WITH_PROCESS)
        assert machine.state == "disabled" or machine.deadline_s <= clockwork.now_s + LONGEST_WAIT_S

    if machine.state != "disabled":
        clockwork.done.clear()
        clockwork.wait(LONGEST_WAIT_S + 1, every_s=0.5)
        assert is_running or "start" in clockwork.actions()


def test_what_ends_a_camera_can_be_told_to_a_person() -> None:
    assert ENDINGS.keys() | CONNECTIONLESS <= LIVE_PROBLEMS.keys()


def test_every_transition_leads_between_states_that_can_be_left_and_reached() -> None:
    sources = {state for state, _ in NEXT}
    assert sources == set(NEXT.values()) == WITH_PROCESS | RETRIED | {"disabled"}


def test_the_drawing_shows_the_machine_as_it_is() -> None:
    page = (ROOT / "docs/reference/cameras.md").read_text("utf-8")
    drawing = page.partition("```mermaid")[2].partition("```")[0]
    drawn = {
        (source, trigger.strip()): target
        for source, target, triggers in re.findall(r"(\w+) --> (\w+): (.+)", drawing)
        for trigger in triggers.split(",")
    }

    assert drawn == dict(NEXT)
