"""How far a partition is done while its messages are done out of order; knows no bus."""

from collections import deque
from typing import Generic, TypeVar

T = TypeVar("T")


class Progress(Generic[T]):
    """One partition, from the moment it is ours until it is somebody else's.

    A message is begun when it is read, finished when its result is known, and settled when that
    result has arrived. Results leave in the order of their camera, whichever is known first.
    """

    def __init__(self) -> None:
        self.read = 0
        """The offset behind what was read last."""
        self.is_ours = True
        """Whether results are still wanted."""
        self._open: deque[int] = deque()
        """Offsets in order; the first one is not settled."""
        self._settled: set[int] = set()
        """Those of them that are."""
        self._cameras: dict[str, deque[int]] = {}
        """Offsets by camera in order; the result of the first one is not known."""
        self._results: dict[int, T] = {}

    @property
    def position(self) -> int:
        """The offset to go on from after a crash: everything before it is settled."""
        return self._open[0] if self._open else self.read

    def begin(self, offset: int, camera: str) -> None:
        """Take note of a message, in the order of offsets."""
        self._open.append(offset)
        self._cameras.setdefault(camera, deque()).append(offset)

    def finish(self, offset: int, camera: str, result: T) -> list[tuple[int, T]]:
        """Take the result of a message that was begun.

        Returns:
            The offsets and results that may leave now: this one and those that waited for it; none
            while an earlier one of the camera is missing.
        """
        self._results[offset] = result
        waiting, leaving = self._cameras[camera], []
        while waiting and waiting[0] in self._results:
            first = waiting.popleft()
            leaving.append((first, self._results.pop(first)))
        if not waiting:
            del self._cameras[camera]
        return leaving

    def settle(self, offset: int) -> None:
        """Take note that the result of a message has arrived; again is no harm."""
        if self._open and offset >= self._open[0]:
            self._settled.add(offset)
        while self._open and self._open[0] in self._settled:
            self._settled.discard(self._open.popleft())
