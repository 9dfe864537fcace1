"""What to say where the torch extra is not installed."""

from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from typing import Final

from moodtrace.errors import ConfigurationError

INSTALL: Final = 'pip install "moodtrace[torch]"'


def has_torch() -> bool:
    """Say whether the torch extra is installed, without the seconds that importing it takes."""
    return find_spec("torch") is not None


@contextmanager
def torch_extra(doing: str) -> Iterator[None]:
    """Import what needs torch in here.

    Args:
        doing: what needs it, such as "training".

    Raises:
        ConfigurationError: torch, or what comes with it, is not installed.
    """
    try:
        yield
    except ModuleNotFoundError as error:
        raise ConfigurationError(
            f"{doing} needs {error.name}, which is not installed",
            where="package moodtrace",
            try_this=INSTALL,
        ) from error
