"""When to start, stop and try a camera again: a state machine that is only told what happens.

`NEXT` is the machine; `docs/reference/cameras.md` draws it. It knows neither processes, sockets,
threads nor the time of day: times are seconds of any clock that never goes back.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from math import inf
from random import Random
from typing import Final, Literal, NamedTuple, Self, TypeAlias

from moodtrace.cameras import CameraState


class Ended(NamedTuple):
    """The decode process says that nothing more comes, or is gone."""

    reason: str
    """As in `LiveEnded`."""


Event: TypeAlias = (
    Literal["enable", "disable", "frame", "alive", "tick", "reachable", "unreachable"] | Ended
)
"""`frame`: a good picture came; `alive`: something else did; `reachable`: somebody listens there.

After `next_tick_s` a `tick` is due; one that comes early does no harm.
"""

Action: TypeAlias = Literal["start", "kill", "probe"]
"""`start` and `kill` the decode process; `probe`: find out whether somebody listens there."""

Trigger: TypeAlias = Literal[
    "enabled",
    "disabled",
    "picture",
    "silence",
    "loss",
    "refusal",
    "absence",
    "unreadable",
    "time to retry",
    "reachable again",
]
"""What an event comes down to: the edges of the drawing."""

WITH_PROCESS: Final[frozenset[CameraState]] = frozenset({"connecting", "live"})
"""States in which a decode process runs; in all others none does."""

PROBED: Final[frozenset[CameraState]] = frozenset({"stalled", "waiting"})
"""States of an outage that may end any moment; the others need somebody's help."""

RETRIED: Final[frozenset[CameraState]] = PROBED | {"auth_failed", "not_found", "unsupported"}

NEXT: Final[Mapping[tuple[CameraState, Trigger], CameraState]] = {
    ("disabled", "enabled"): "connecting",
    ("connecting", "picture"): "live",
    ("connecting", "silence"): "waiting",
    ("connecting", "loss"): "waiting",
    ("connecting", "refusal"): "auth_failed",
    ("connecting", "absence"): "not_found",
    ("connecting", "unreadable"): "unsupported",
    ("live", "silence"): "stalled",
    ("live", "loss"): "waiting",
    ("live", "refusal"): "auth_failed",
    ("live", "absence"): "not_found",
    ("live", "unreadable"): "unsupported",
    **{(state, "time to retry"): "connecting" for state in RETRIED},
    **{(state, "reachable again"): "connecting" for state in PROBED},
    **{(state, "disabled"): "disabled" for state in WITH_PROCESS | RETRIED},
}
"""All transitions; what is not here changes no state."""

ENDINGS: Final[Mapping[str, Trigger]] = {
    "silent": "silence",
    **dict.fromkeys(("auth_failed", "no_password"), "refusal"),
    **dict.fromkeys(("not_found", "no_such_file"), "absence"),
    **dict.fromkeys(("bad_source", "not_allowed", "no_permission", "tls_failed"), "unreadable"),
    **dict.fromkeys(("not_media", "no_video_stream", "unsupported_codec"), "unreadable"),
    **dict.fromkeys(("too_large", "no_frames", "empty_file"), "unreadable"),
    **dict.fromkeys(("is_a_directory", "not_a_file"), "unreadable"),
}
"""What the reason of an end means; any other is a `loss`."""

CONNECTIONLESS: Final = frozenset({"refused", "unreachable"})
"""Ends without a connection: the next one that can be made is news."""

LEAST_STALL_S: Final = 3.0
STALL_INTERVALS: Final = 3
FIRST_BACKOFF_S: Final = 1.0
MAX_BACKOFF_S: Final = 30.0
JITTER: Final = 0.2
"""Share by which a backoff is longer or shorter, so that cameras don't come back in step."""
REFUSED_BACKOFF_S: Final = 60.0
"""Least time between an auth failure and the next try: cameras lock who guesses passwords."""
STEADY_S: Final = 5.0
"""A camera that was live for so long starts again at the first backoff."""
PROBE_EVERY_S: Final = 2.0
START_S: Final = 30.0
"""Longest start of a decode process, up to its first sign of life, where many start at once."""
MAX_CONNECTING_S: Final = 60.0
"""More than a decode process itself waits for a whole picture."""


class Patience(NamedTuple):
    """How long one camera may be silent."""

    open_s: float
    """From one sign of life of the decode process to the next, until there is a picture."""
    stall_s: float
    """From one frame to the next."""

    @classmethod
    def of(cls, open_s: float, fps: float) -> Self:
        """Say how long a camera may be silent.

        Args:
            open_s: how long its decode process may take to open it.
            fps: frames sampled a second, above 0.
        """
        return cls(open_s + 1.0, max(LEAST_STALL_S, STALL_INTERVALS / fps))


@dataclass(frozen=True, slots=True)
class Machine:
    """Where a camera stands."""

    state: CameraState = "disabled"
    reason: str = ""
    """Code of what is wrong; of the last end while it is tried again; empty when live."""
    since_s: float = 0.0
    failures: int = 0
    """Ends in a row, without a steady time between them."""
    is_refused: bool = False
    """Whether an auth failure came later than the last frame."""
    was_unreachable: bool = False
    """Whether nobody listened there when it was last tried."""
    deadline_s: float = inf
    """When the silence has been too long, or it is time to retry."""
    probe_s: float = inf
    """When to probe."""

    @property
    def next_tick_s(self) -> float:
        """When something is due though nothing happens; infinite if never."""
        return min(self.deadline_s, self.probe_s)


def step(
    machine: Machine, event: Event, now_s: float, *, patience: Patience, rng: Random
) -> tuple[Machine, tuple[Action, ...]]:
    """Take one event.

    Args:
        machine: before it.
        event: what happened.
        now_s: when; never before that of the event before.
        patience: of this camera.
        rng: of the jitter.

    Returns:
        The machine after it, and what to do, in this order.
    """
    trigger = _trigger(machine, event, now_s)
    state = NEXT.get((machine.state, trigger)) if trigger else None
    if state is None:
        return _stay(machine, event, now_s, patience)
    after = _enter(state, machine, _reason(machine, event), now_s, patience, rng)
    if state == "connecting":
        return after, ("start",)
    left_process = machine.state in WITH_PROCESS and state not in WITH_PROCESS
    return after, ("kill",) if left_process else ()


def _trigger(machine: Machine, event: Event, now_s: float) -> Trigger | None:
    """Say what an event comes down to in this state, if to anything."""
    match event:
        case Ended(reason):
            return ENDINGS.get(reason, "loss")
        case "enable":
            return "enabled"
        case "disable":
            return "disabled"
        case "frame":
            return "picture"
        case "tick" if now_s >= machine.deadline_s:
            return "silence" if machine.state in WITH_PROCESS else "time to retry"
        case "reachable" if machine.was_unreachable and not machine.is_refused:
            return "reachable again"
    return None


def _reason(machine: Machine, event: Event) -> str:
    if isinstance(event, Ended):
        return event.reason
    return "silent" if machine.state in WITH_PROCESS else machine.reason


def _stay(
    machine: Machine, event: Event, now_s: float, patience: Patience
) -> tuple[Machine, tuple[Action, ...]]:
    """Take an event that changes no state."""
    match machine.state, event:
        case "live", "frame":
            return replace(machine, deadline_s=now_s + patience.stall_s), ()
        case "connecting", "alive":
            limit_s = machine.since_s + MAX_CONNECTING_S
            return replace(machine, deadline_s=min(now_s + patience.open_s, limit_s)), ()
        case _, "tick" if now_s >= machine.probe_s:
            return replace(machine, probe_s=inf), ("probe",)
        case _, "reachable" | "unreachable" if machine.state in PROBED:
            is_down = machine.was_unreachable or event == "unreachable"
            next_s = inf if machine.is_refused else now_s + PROBE_EVERY_S
            return replace(machine, was_unreachable=is_down, probe_s=next_s), ()
    return machine, ()


def _enter(
    state: CameraState,
    machine: Machine,
    reason: str,
    now_s: float,
    patience: Patience,
    rng: Random,
) -> Machine:
    """Return the machine at the start of a state."""
    entered = replace(machine, state=state, since_s=now_s, probe_s=inf)
    match state:
        case "disabled":
            return Machine(since_s=now_s)
        case "connecting":
            return replace(entered, reason=reason, deadline_s=now_s + START_S)
        case "live":
            deadline_s = now_s + patience.stall_s
            return replace(entered, reason="", deadline_s=deadline_s, is_refused=False)
    was_steady = machine.state == "live" and now_s - machine.since_s >= STEADY_S
    failures = 1 if was_steady else machine.failures + 1
    is_refused = machine.is_refused or state == "auth_failed"
    return replace(
        entered,
        reason=reason,
        failures=failures,
        is_refused=is_refused,
        was_unreachable=reason in CONNECTIONLESS,
        deadline_s=now_s + _backoff_s(failures, is_refused=is_refused, rng=rng),
        probe_s=now_s if state in PROBED and not is_refused else inf,
    )


def _backoff_s(failures: int, *, is_refused: bool, rng: Random) -> float:
    """Return how long to wait after so many failures in a row."""
    if is_refused:
        return REFUSED_BACKOFF_S * (1 + JITTER * rng.random())
    doublings = min(failures - 1, 5)
    mean_s = min(FIRST_BACKOFF_S * 2.0**doublings, MAX_BACKOFF_S)
    return mean_s * rng.uniform(1 - JITTER, 1 + JITTER)
