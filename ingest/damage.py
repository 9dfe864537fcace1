"""Which pictures build on a damaged one; knows only what a decoder says of each."""

from typing import Final

LONGEST_MS: Final = 10_000
"""Streams that refresh bit by bit have no key frames, and are whole again after a while."""


class Damage:
    """Follows pictures in order of showing.

    A decoder marks the picture whose data was bad, but not those that are made from it: up to the
    next key frame they are smeared as well.
    """

    def __init__(self) -> None:
        self._since_ms: int | None = None

    def spoils(self, time_ms: int, *, is_corrupt: bool, is_key: bool) -> bool:
        """Tell whether the next picture is to be trusted no more than a corrupt one.

        Args:
            time_ms: of the picture.
            is_corrupt: whether its own data was bad, or it is missing altogether.
            is_key: whether it is made from nothing before it.
        """
        if is_corrupt:
            self._since_ms = time_ms
        elif is_key or (self._since_ms is not None and time_ms - self._since_ms > LONGEST_MS):
            self._since_ms = None
        return self._since_ms is not None
