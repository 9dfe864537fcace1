"""The ledger: a captured frame is analysed, dropped, failed or still in flight; pure counting."""

from collections import Counter
from collections.abc import Iterable
from typing import NamedTuple

import msgspec

from moodtrace.messages import FrameDropped, FrameFailed, Scored


class CameraLedger(msgspec.Struct, kw_only=True):
    """What became of the frames of one camera in one screening."""

    captured: int = 0
    analysed: int = 0
    dropped: dict[str, int] = {}
    failed: dict[str, int] = {}

    @property
    def in_flight(self) -> int:
        """Frames captured whose fate is not known yet; 0 after a drain."""
        return self.captured - self.settled

    @property
    def settled(self) -> int:
        """Frames whose fate is known."""
        return self.analysed + sum(self.dropped.values()) + sum(self.failed.values())


Ledger = dict[str, CameraLedger]
"""One entry per camera."""

LATE = "late"
"""Drop reason of a frame whose second was closed already."""

STORE_AWAY = "store_away"
"""Drop reason of a live frame that could not be numbered, for the store did not answer in time."""

DATA_LOST = "data_lost"
"""Why there are no rows that were written, or no frames that were sent: they were not kept."""

INTERRUPTED = "interrupted"
"""Drop reason of frames that were under way when they were told to end. Of a recording, `--resume`
takes them up again."""


class Loss(NamedTuple):
    """A part of a log of frames that was gone before it was read."""

    following: int | None
    """Offset behind it; None if nobody knows."""
    after_ms: int
    """How far on the playhead frames had come until then; -1 if none had."""


def added(first: Ledger, second: Ledger) -> Ledger:
    """Add up two parts of a ledger, as of who captured frames and who analysed them."""
    return {
        camera: _sum(first.get(camera, CameraLedger()), second.get(camera, CameraLedger()))
        for camera in first | second
    }


def since(whole: Ledger, before: Ledger) -> Ledger:
    """Return what was counted as captured or dropped since; cameras without news are left out."""
    news: Ledger = {}
    for camera, counts in whole.items():
        then = before.get(camera, CameraLedger())
        if counts != then:
            news[camera] = CameraLedger(
                captured=counts.captured - then.captured,
                dropped=dict(Counter(counts.dropped) - Counter(then.dropped)),
            )
    return news


def _sum(first: CameraLedger, second: CameraLedger) -> CameraLedger:
    return CameraLedger(
        captured=first.captured + second.captured,
        analysed=first.analysed + second.analysed,
        dropped=dict(Counter(first.dropped) + Counter(second.dropped)),
        failed=dict(Counter(first.failed) + Counter(second.failed)),
    )


def settle(ledger: Ledger, messages: Iterable[Scored]) -> None:
    """Book frames whose second is closed as analysed, dropped or failed."""
    for message in messages:
        camera = ledger[message.camera_id]
        if isinstance(message, FrameFailed):
            camera.failed[message.reason] = camera.failed.get(message.reason, 0) + 1
        elif isinstance(message, FrameDropped):
            camera.dropped[message.reason] = camera.dropped.get(message.reason, 0) + 1
        else:
            camera.analysed += 1


def drop_in_flight(ledger: Ledger, reason: str) -> None:
    """Book what is still in flight as dropped, so that the ledger closes."""
    for camera in ledger.values():
        if camera.in_flight:
            camera.dropped[reason] = camera.dropped.get(reason, 0) + camera.in_flight


def reopen(ledger: Ledger) -> None:
    """Forget frames that a resumed run captures again: those cut off and those in flight."""
    for camera in ledger.values():
        camera.dropped.pop(INTERRUPTED, None)
        camera.captured = camera.settled
