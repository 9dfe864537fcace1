"""What to say where an extra of the package is not installed."""

from collections.abc import Iterator
from contextlib import contextmanager

from moodtrace.errors import ConfigurationError


@contextmanager
def extra(name: str, doing: str) -> Iterator[None]:
    """Import what needs an extra in here.

    Args:
        name: the extra's, such as `torch`.
        doing: what needs it, such as "training".

    Raises:
        ConfigurationError: it is not installed.
    """
    try:
        yield
    except ModuleNotFoundError as error:
        raise ConfigurationError(
            f"{doing} needs {error.name}, which is not installed",
            where="package moodtrace",
            try_this=install(name),
        ) from error


def install(name: str) -> str:
    """Return the command that installs an extra."""
    return f'pip install "moodtrace[{name}]"'
