"""Ten seconds with one camera: does it work, how many of its faces can be read, what to change."""

import base64
import statistics
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np

from ingest.live_events import LiveDropped, LiveEnded, LiveEvent, LiveFailed, LiveFrame, LiveOpened
from ingest.live_process import LiveProcess
from moodtrace.commands.face_sizes import size_px
from moodtrace.errors import MoodtraceError
from moodtrace.exclusions import advice_on, words_of
from moodtrace.messages import FacesScored, FrameCaptured
from moodtrace.problems import LIVE_PROBLEMS
from workers.analyzer import Analyzer

SECONDS: Final = 10.0
OPENING_S: Final = 15.0
"""Longest wait for the first picture."""
BATCH_FRAMES: Final = 4
GOOD_SHARE: Final = 0.8
"""With so many of its faces usable a camera needs no advice."""
BLURRED_PX: Final = 32
"""Width to which a picture is reduced before anybody sees it: a face that takes a fifth of it has
six pixels left."""
SHOWN_AS: Final = 10
"""By how much that is enlarged again, for the eye."""


@dataclass
class Trial:
    """What came from a camera."""

    opened: LiveOpened | None = None
    frames: list[LiveFrame] = field(default_factory=list)
    failed: Counter[str] = field(default_factory=Counter)
    dropped: Counter[str] = field(default_factory=Counter)
    ended: LiveEnded | None = None
    seconds: float = 0.0
    """From the first picture on."""

    def hear(self, event: LiveEvent) -> None:
        """Note what the decode process says."""
        match event:
            case LiveOpened():
                self.opened = event
            case LiveFrame():
                self.frames.append(event)
            case LiveFailed(reason=reason):
                self.failed[reason] += 1
            case LiveDropped(reason=reason, count=count):
                self.dropped[reason] += count
            case LiveEnded():
                self.ended = event


def watch(process: LiveProcess, source: str, show_progress: Callable[[float], None]) -> Trial:
    """Listen to a camera for ten seconds from its first picture on.

    Args:
        process: its decode process, just started.
        source: what errors call it.
        show_progress: takes the share done.

    Raises:
        MoodtraceError: no picture came, and why.
    """
    trial = Trial()
    started_s = time.monotonic()
    first_s: float | None = None
    while first_s is None or trial.seconds < SECONDS:
        event = process.read(0.2)
        if event is not None:
            trial.hear(event)
        now_s = time.monotonic()
        if first_s is None and trial.frames:
            first_s = now_s
        if first_s is None and now_s - started_s > OPENING_S:
            raise problem("silent", source)
        if trial.ended and first_s is None:
            raise problem(trial.ended.reason, source)
        if trial.ended:
            break
        trial.seconds = 0.0 if first_s is None else now_s - first_s
        show_progress(min(1.0, trial.seconds / SECONDS))
    return trial


def problem(reason: str, source: str) -> MoodtraceError:
    """Return the error of a reason code."""
    known = LIVE_PROBLEMS[reason]
    error = MoodtraceError(known.what, where=source, try_this=known.try_this)
    error.exit_code = known.exit_code
    return error


def scored(
    frames: Sequence[LiveFrame], analyzer: Analyzer, show_progress: Callable[[float], None]
) -> list[FacesScored]:
    """Find and score the faces of the frames; those that fail are left out."""
    found: list[FacesScored] = []
    for start in range(0, len(frames), BATCH_FRAMES):
        batch = [_captured(frame, seq) for seq, frame in enumerate(frames[start:][:BATCH_FRAMES])]
        found += [message for message in analyzer(batch) if isinstance(message, FacesScored)]
        show_progress((start + len(batch)) / len(frames))
    return found


def findings(trial: Trial, faces: Sequence[FacesScored]) -> dict[str, Any]:
    """Sum up a trial; JSON types only."""
    opened, last = trial.opened, trial.frames[-1]
    assert opened is not None
    seen = [face for message in faces for face in message.faces]
    usable = [face for face in seen if not face.excluded]
    sizes_px = [size_px(face, last.width, last.height) for face in seen]
    excluded = dict(Counter(face.excluded for face in seen if face.excluded).most_common())
    return {
        "codec": opened.codec,
        "width": opened.width,
        "height": opened.height,
        "source_fps": opened.fps,
        "fps": round(len(trial.frames) / trial.seconds, 2) if trial.seconds else 0.0,
        "clock": last.clock,
        "behind_ms": round(statistics.median(f.arrival_ms - f.capture_ms for f in trial.frames)),
        "failed": dict(trial.failed),
        "dropped": dict(trial.dropped),
        "ended": trial.ended.reason if trial.ended else "",
        "frames": len(faces),
        "faces_per_frame": round(len(seen) / len(faces), 2) if faces else 0.0,
        "face_px": round(statistics.median(sizes_px)) if sizes_px else None,
        "usable": round(len(usable) / len(seen), 4) if seen else None,
        "excluded": excluded,
        "advice": _advice(len(seen), len(usable), excluded),
    }


def blurred(frame: LiveFrame) -> str:
    """Return a picture of which nobody can be known again: 32 pixels wide, a PNG in base64.

    Args:
        frame: raw, masked by its decode process.
    """
    import cv2

    picture = np.frombuffer(frame.image, np.uint8).reshape(frame.height, frame.width, 3)
    height_px = max(1, round(BLURRED_PX * frame.height / frame.width))
    small = cv2.resize(picture, (BLURRED_PX, height_px), interpolation=cv2.INTER_AREA)
    shown = cv2.resize(small, None, fx=SHOWN_AS, fy=SHOWN_AS, interpolation=cv2.INTER_CUBIC)
    return base64.b64encode(cv2.imencode(".png", shown)[1].tobytes()).decode()


def _advice(seen: int, usable: int, excluded: dict[str, int]) -> list[str]:
    if not seen:
        return ["no face is seen: point the camera at the audience, and see that there is light"]
    if usable >= GOOD_SHARE * seen:
        return []
    many = (1 - GOOD_SHARE) / 2 * seen
    return [
        f"faces are {words_of(reason)}: {advice_on(reason)}"
        for reason, number in excluded.items()
        if number >= many
    ]


def _captured(frame: LiveFrame, seq: int) -> FrameCaptured:
    return FrameCaptured(
        screening_id="",
        camera_id="",
        source_epoch=0,
        seq=seq,
        pts_ms=0,
        width=frame.width,
        height=frame.height,
        encoding=frame.encoding,
        image=frame.image,
    )
