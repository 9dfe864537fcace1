"""What one group of readers has read and not finished; reads and commits nothing itself."""

from collections.abc import Collection, Mapping

from moodtrace.bus import Mode
from moodtrace.bus_consumer import Batch, Received
from moodtrace.clock import steady_ms
from moodtrace.messages import Captured, FrameCaptured, Scored
from workers.inference import Inference
from workers.lanes import Underway, camera_of
from workers.progress import Progress


class Reading:
    """The partitions that are ours, and how far each is done."""

    def __init__(self, mode: Mode, inference: Inference) -> None:
        """Begin with none.

        Args:
            mode: how the frames travel that this group reads.
            inference: where they go.
        """
        self.mode = mode
        self._inference = inference
        self._partitions: dict[int, Progress[Scored]] = {}
        self._committed: dict[int, int] = {}

    def keep(self, owned: Collection[int]) -> None:
        """Forget the partitions that are not ours any more: whoever has them reads them again."""
        for number in self._partitions.keys() - set(owned):
            self._forget(number)

    def take(self, batch: Batch[Captured]) -> None:
        """Take what one poll gave."""
        for received in batch.received:
            known = self._partitions.get(received.partition)
            if known and received.offset < known.read:  # it was lost meanwhile, and is given again
                self._forget(received.partition)
            self._begin(received)
        for number, position in batch.positions.items():
            self._progress(number).read = position

    def positions(self) -> dict[int, int]:
        """Return how far partitions are done that went on since `committed`."""
        return {
            number: progress.position
            for number, progress in self._partitions.items()
            if progress.position != self._committed.get(number)
        }

    def committed(self, positions: Mapping[int, int]) -> None:
        """Take note of what the brokers know."""
        self._committed.update(positions)

    def _progress(self, number: int) -> Progress[Scored]:
        return self._partitions.setdefault(number, Progress())

    def _forget(self, number: int) -> None:
        self._partitions.pop(number).is_ours = False
        self._committed.pop(number, None)

    def _begin(self, received: Received[Captured]) -> None:
        number, offset, message = received.partition, received.offset, received.message
        progress = self._progress(number)
        progress.read = offset + 1
        progress.begin(offset, camera_of(message))
        if isinstance(message, FrameCaptured):
            self._inference.take(
                Underway(
                    frame=message,
                    mode=self.mode,
                    partition=number,
                    offset=offset,
                    progress=progress,
                    at_ms=received.at_ms,
                    since_ms=steady_ms(),
                )
            )
        else:
            self._inference.pass_on(progress, offset, message)
