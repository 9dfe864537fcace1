"""Source epochs, asked for in a thread of its own: a store that is away holds up no frame."""

import logging
from collections.abc import Callable, Sequence
from threading import Condition, Event
from typing import Final

from ingest.stamping import Opening
from moodtrace.errors import MoodtraceError, ServerAwayError

logger = logging.getLogger(__name__)

RETRY_S: Final = 1.0
"""Between two tries at a store that is away, for all cameras together."""
TURN_S: Final = 0.2


class Epochs:
    """Raises the epoch of each opening that somebody asks for, once, as soon as the store can."""

    def __init__(self, raised: Callable[[Opening], int]) -> None:
        """Start with none.

        Args:
            raised: raises an epoch in the store and returns it; called by the thread of `run`, may
                be slow and fail.
        """
        self._raised = raised
        self._wanted: dict[str, Opening] = {}
        """The newest by camera: the one before it has ended."""
        self._known: dict[str, tuple[Opening, int]] = {}
        self._changed = Condition()

    def of(self, opening: Opening) -> int | None:
        """Return the epoch of an opening; None, and it is asked for, if it is not known yet."""
        with self._changed:
            known, epoch = self._known.get(opening.camera_id, (None, 0))
            if known == opening:
                return epoch
            self._wanted[opening.camera_id] = opening
            self._changed.notify()
        return None

    def run(self, stop: Event) -> None:
        """Ask the store for what is wanted until `stop` is set."""
        has_failed = False
        while not stop.is_set():
            with self._changed:
                self._changed.wait_for(lambda: self._wanted, TURN_S)
                wanted = list(self._wanted.values())
            failure = self._ask(wanted)
            if failure is not None:
                if not has_failed:
                    logger.warning("frames can't be numbered: %s", failure.what)
                stop.wait(RETRY_S)
            has_failed = failure is not None or (has_failed and not wanted)

    def _ask(self, wanted: Sequence[Opening]) -> MoodtraceError | None:
        """Learn all epochs that can be had; return why another could not."""
        failure: MoodtraceError | None = None
        for opening in wanted:
            try:
                self._learn(opening, self._raised(opening))
            except ServerAwayError as error:
                return error  # the others would wait as long, and in vain
            except MoodtraceError as error:  # a screening that was deleted, say
                failure = error
        return failure

    def _learn(self, opening: Opening, epoch: int) -> None:
        with self._changed:
            self._known[opening.camera_id] = opening, epoch
            if self._wanted.get(opening.camera_id) == opening:
                del self._wanted[opening.camera_id]
