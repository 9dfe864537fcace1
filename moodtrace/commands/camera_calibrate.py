"""`moodtrace camera calibrate`: one flash of light tells how far apart clocks are."""

import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from typing import Final

from msgspec.structs import replace

from ingest.camera_keeper import job_of
from ingest.flash import brightness, flash_ms
from ingest.live_events import LiveEnded, LiveFrame
from ingest.live_process import LiveProcess
from moodtrace.cameras import Camera
from moodtrace.commands.camera_trial import problem
from moodtrace.commands.live_ingest import secret_of
from moodtrace.errors import UsageError

FPS: Final = 30.0
TURN_S: Final = 0.02


def seen_flashes(
    cameras: Sequence[Camera], seconds: float, show_progress: Callable[[float], None]
) -> dict[str, float]:
    """Watch all cameras at once and say when each saw the flash, in Unix ms.

    Raises:
        UsageError: a camera saw none.
        MoodtraceError: a camera can't be read.
    """
    levels: dict[str, list[tuple[int, float]]] = {camera.name: [] for camera in cameras}
    with ExitStack() as stack:
        processes = {camera.name: stack.enter_context(_process(camera)) for camera in cameras}
        started_s = time.monotonic()
        while (passed_s := time.monotonic() - started_s) < seconds:
            for name, process in processes.items():
                while event := process.read(TURN_S):
                    if isinstance(event, LiveFrame):
                        levels[name].append((event.capture_ms, brightness(event.image)))
                    elif isinstance(event, LiveEnded):
                        raise problem(event.reason, f"camera {name!r}")
            show_progress(passed_s / seconds)
    found = {name: _flash(seen) for name, seen in levels.items()}
    blind = [name for name, at_ms in found.items() if at_ms is None]
    if blind:
        raise UsageError(
            "not every camera saw a flash",
            where=", ".join(f"camera {name!r}" for name in blind),
            try_this="switch the room's light, or flash a lamp that all cameras see, and repeat",
        )
    return {name: at_ms for name, at_ms in found.items() if at_ms is not None}


def _flash(seen: Sequence[tuple[int, float]]) -> float | None:
    return flash_ms([at_ms for at_ms, _ in seen], [level for _, level in seen])


def _process(camera: Camera) -> LiveProcess:
    password = secret_of(camera)
    if password is None:
        raise problem("no_password", f"camera {camera.name!r}")
    return LiveProcess(job_of(replace(camera, fps=FPS), password))
