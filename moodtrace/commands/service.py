"""What commands that run for days share: how they are told to end, their health and controls."""

import secrets
import signal
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from threading import Event
from types import FrameType
from typing import Final

import msgspec

from moodtrace.clock import playhead_ms, wall_ms
from moodtrace.commands.console import say
from moodtrace.errors import UsageError
from moodtrace.health import Health, served
from moodtrace.playhead import PlayEvent
from moodtrace.store import Store

TURN_S: Final = 0.2
FURTHEST_MS: Final = 60_000
"""What a player says of another time than this far around now is a mistake."""
VERBS: Final = ("play", "pause", "seek")
TOKEN_FILE: Final = "ingest-token"  # noqa: S105 (its name)


@contextmanager
def told_to_end(
    goodbye: str = "Ending: what was captured is still analysed …",
) -> Iterator[Event]:
    """Give out what Ctrl-C and SIGTERM set, once; the second Ctrl-C ends at once.

    Args:
        goodbye: what the person is told then.
    """
    stop = Event()

    def told(number: int, frame: FrameType | None) -> None:
        if not stop.is_set():
            say(goodbye)
            signal.signal(signal.SIGINT, signal.default_int_handler)
        stop.set()

    before = {number: signal.signal(number, told) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def wait_for(*events: Event) -> None:
    """Return once one of them is set."""
    while not any(event.is_set() for event in events):
        events[0].wait(TURN_S)


@contextmanager
def controlled(health: Health, port: int, store: Store, data_dir: Path) -> Iterator[int]:
    """Serve health, and the controls of players, while the block runs; gives out the port.

    Raises:
        CannotWriteError: the port is taken.
    """
    token = secrets.token_urlsafe(24)
    with (
        served(health, port, control=control_of(store), token=token) as taken,
        _token_file(data_dir / TOKEN_FILE, token),
    ):
        yield taken


def control_of(store: Store) -> Callable[[str, str, Mapping[str, str]], None]:
    """Return what carries out `play`, `pause` and `seek` of players that call by HTTP."""

    def control(screening_id: str, verb: str, options: Mapping[str, str]) -> None:
        if verb not in VERBS or (verb == "seek" and "to" not in options):
            raise UsageError(
                "a player says play, pause, or seek with a time",
                where=f"{verb} {dict(options)}",
                try_this='POST /screenings/ID/seek with {"to": "0:30"}',
            )
        to = options.get("to")
        to_ms = None if to is None else playhead_ms(to)
        at_ms = int(options.get("at_ms", wall_ms()))
        if abs(at_ms - wall_ms()) > FURTHEST_MS:
            raise UsageError(
                "this is not about now",
                where=f"at_ms {at_ms}",
                try_this="send Unix time in milliseconds, or leave it out; let NTP set the clocks",
            )
        event = {"kind": verb, "at_ms": at_ms, "to_ms": to_ms}
        store.live.act(screening_id, msgspec.convert(event, PlayEvent))

    return control


@contextmanager
def _token_file(path: Path, token: str) -> Iterator[None]:
    """Leave the token where its owner alone can read it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.unlink(missing_ok=True)
    path.touch(0o600, exist_ok=False)
    path.write_text(token)
    try:
        yield
    finally:
        path.unlink(missing_ok=True)
