"""How many frames a decode process sampled, in memory that outlives it; knows nothing of pipes.

What a process that is killed still held, nobody can ask it for. So it says here, before it hands a
frame over, that there is one.
"""

import mmap
import os
from typing import Final, NamedTuple, Self

_NUMBERS: Final = 2
_SIZE_BYTES: Final = 8 * _NUMBERS


class Said(NamedTuple):
    """What a process has said so far."""

    frames: int
    """Sampled since it began, those that failed included."""
    last_ms: int
    """Time of capture of the newest, Unix time in ms; 0 before the first."""


class Announced:
    """Two numbers that parent and child share; either end closes its own."""

    def __init__(self, descriptor: int) -> None:
        """Share the memory of `descriptor`, which is ours to close from now on."""
        self.descriptor = descriptor
        self._page = mmap.mmap(descriptor, _SIZE_BYTES)
        self._numbers = memoryview(self._page).cast("q")

    @classmethod
    def new(cls) -> Self:
        """Make the memory; a child inherits its descriptor."""
        descriptor = os.memfd_create("moodtrace-announced")
        os.ftruncate(descriptor, _SIZE_BYTES)
        return cls(descriptor)

    def add(self, capture_ms: int) -> None:
        """Say that a frame was sampled. The count comes last: who dies in between said nothing."""
        self._numbers[1] = capture_ms
        self._numbers[0] += 1

    def said(self) -> Said:
        """Return what was said."""
        return Said(self._numbers[0], self._numbers[1])

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Give back the memory, on this end."""
        self._numbers.release()
        self._page.close()
        os.close(self.descriptor)
