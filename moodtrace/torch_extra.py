"""The torch extra: whether it is installed, and what to say where it is not."""

from contextlib import AbstractContextManager
from importlib.util import find_spec
from typing import Final

from moodtrace.extras import extra, install

INSTALL: Final = install("torch")


def has_torch() -> bool:
    """Say whether the torch extra is installed, without the seconds that importing it takes."""
    return find_spec("torch") is not None


def torch_extra(doing: str) -> AbstractContextManager[None]:
    """Import what needs torch in here; see `moodtrace.extras.extra`."""
    return extra("torch", doing)
