"""`moodtrace camera calibrate`: one flash of light tells how far apart clocks are."""

import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from typing import Final

from msgspec.structs import replace

from ingest.flash import brightness, flash_ms
from ingest.live_events import LiveEnded, LiveFrame, LiveJob
from ingest.live_process import LiveProcess
from moodtrace.cameras import Camera
from moodtrace.commands.camera_trial import problem
from moodtrace.errors import UsageError

FPS: Final = 30.0
TURN_S: Final = 0.02


def seen_flashes(
    cameras: Sequence[Camera],
    job_of: Callable[[Camera], LiveJob | str],
    seconds: float,
    ready: Callable[[], None],
    show_progress: Callable[[float], None],
) -> dict[str, float]:
    """Watch all cameras at once and say when each saw the flash, in Unix ms.

    Args:
        cameras: to compare.
        job_of: says how to read one, in JPEG, or the code of why it can't be read.
        seconds: how long to watch, once all are there.
        ready: called when all are there.
        show_progress: takes the share done.

    Raises:
        UsageError: a camera saw none.
        MoodtraceError: a camera can't be read.
    """
    levels: dict[str, list[tuple[int, float]]] = {camera.name: [] for camera in cameras}
    with ExitStack() as stack:
        processes = {
            camera.name: stack.enter_context(_process(camera, job_of)) for camera in cameras
        }
        started_s: float | None = None
        while started_s is None or time.monotonic() - started_s < seconds:
            for name, process in processes.items():
                levels[name] += _heard(name, process)
            if started_s is None and all(levels.values()):
                started_s = time.monotonic()
                ready()
            show_progress(0.0 if started_s is None else (time.monotonic() - started_s) / seconds)
    found = {name: _flash(seen) for name, seen in levels.items()}
    blind = [name for name, at_ms in found.items() if at_ms is None]
    if blind:
        raise UsageError(
            "not every camera saw a flash",
            where=", ".join(f"camera {name!r}" for name in blind),
            try_this="switch the room's light, or flash a lamp that all cameras see, and repeat",
        )
    return {name: at_ms for name, at_ms in found.items() if at_ms is not None}


def _heard(name: str, process: LiveProcess) -> list[tuple[int, float]]:
    """Return capture time and brightness of the pictures that came."""
    levels: list[tuple[int, float]] = []
    while event := process.read(TURN_S):
        if isinstance(event, LiveFrame):
            levels.append((event.capture_ms, brightness(event.image)))
        elif isinstance(event, LiveEnded):
            raise problem(event.reason, f"camera {name!r}")
    return levels


def _flash(seen: Sequence[tuple[int, float]]) -> float | None:
    return flash_ms([at_ms for at_ms, _ in seen], [level for _, level in seen])


def _process(camera: Camera, job_of: Callable[[Camera], LiveJob | str]) -> LiveProcess:
    job = job_of(replace(camera, fps=FPS))
    if isinstance(job, str):
        raise problem(job, f"camera {camera.name!r}")
    return LiveProcess(job)
