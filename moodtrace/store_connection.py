"""One connection to Redis (or Valkey): opening it, naming keys, and errors in our words."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final, NamedTuple, TypeVar

import msgspec
import redis
from redis.backoff import ExponentialBackoff
from redis.retry import Retry

from moodtrace.errors import (
    CannotWriteError,
    ConfigurationError,
    NotAllowedError,
    ServerAwayError,
    StoredDataError,
)
from moodtrace.redaction import redact_url

T = TypeVar("T")


class Patience(NamedTuple):
    """How long a server may take."""

    connect_s: float
    answer_s: float
    retried: tuple[type[Exception], ...]
    """What is tried again, up to three times."""


PATIENT: Final = Patience(3, 10, (redis.ConnectionError, redis.TimeoutError))
"""For who has nothing better to do."""
BRIEF: Final = Patience(1, 1, (redis.ConnectionError,))
"""For who asks again anyway, and may be told to end at any time."""


class Connection:
    """A client of one server, and what errors call that server."""

    def __init__(self, url: str, patience: Patience) -> None:
        """Prepare to talk to the server at `url`; nothing is sent yet.

        Raises:
            ConfigurationError: The URL can't be understood.
        """
        self.shown_as = redact_url(url)
        try:
            self.client = redis.Redis.from_url(
                url,
                socket_connect_timeout=patience.connect_s,
                socket_timeout=patience.answer_s,
                retry=Retry(ExponentialBackoff(cap=0.5, base=0.05), 3, patience.retried),
            )
        except ValueError as error:
            raise ConfigurationError(
                "the store's URL can't be understood",
                where=self.shown_as,
                try_this="write redis://HOST:PORT/0, rediss://… or unix:///path/to/socket",
            ) from error

    @contextmanager
    def translated(self) -> Iterator[None]:
        """Map errors of the client to ours."""
        try:
            yield
        except (redis.AuthenticationError, redis.exceptions.NoPermissionError) as error:
            raise NotAllowedError(
                "the store refuses this user or password",
                where=self.shown_as,
                try_this="put the right user and password into MOODTRACE_REDIS_URL",
            ) from error
        except (redis.ConnectionError, redis.TimeoutError) as error:
            raise ServerAwayError(
                "the store does not answer",
                where=self.shown_as,
                try_this="run the command again; `moodtrace doctor` looks closer"
                if self.shown_as.startswith("unix://")
                else "start it, or leave --redis and MOODTRACE_REDIS_URL out: then one is embedded",
            ) from error
        except redis.ResponseError as error:
            raise CannotWriteError(
                f"the store refused a command: {error}",
                where=self.shown_as,
                try_this="see its log: is its disk or memory full, is it a read-only replica?",
            ) from error


def decoded(data: bytes | str, kind: type[T], what: str) -> T:
    """Read what was stored.

    Raises:
        StoredDataError: It was written by another version, or changed by hand.
    """
    try:
        return msgspec.json.decode(data, type=kind)
    except msgspec.DecodeError as error:
        raise StoredDataError(what, str(error)) from error


def text(value: bytes | str) -> str:
    """Return what the client read, which it types as either, as text."""
    return value.decode() if isinstance(value, bytes) else value


def key(screening_id: str, name: str) -> str:
    """Name a key of a screening; the braces keep all of them in one slot of a cluster."""
    return f"{{{screening_id}}}:{name}"
