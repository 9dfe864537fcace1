"""One connection to Redis (or Valkey): opening it, naming keys, and errors in our words."""

import logging
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

import msgspec
import redis
from redis.exceptions import ClusterCrossSlotError, MovedError, RedisClusterException

from moodtrace.errors import (
    CannotWriteError,
    ConfigurationError,
    MoodtraceError,
    NotAllowedError,
    ServerAwayError,
    StoredDataError,
    StoreRefusesError,
)
from moodtrace.redaction import redact_url
from moodtrace.store_client import Patience, client_of
from moodtrace.store_refusal import refusal_of

logger = logging.getLogger(__name__)

T = TypeVar("T")


class Connection:
    """A client of one server, and what errors call that server."""

    def __init__(self, url: str, patience: Patience) -> None:
        """Prepare to talk to the server at `url`: see `moodtrace.store_client`.

        Raises:
            ConfigurationError: The URL can't be understood.
            ServerAwayError: It is a cluster, and none of its nodes answers. Other servers are sent
                nothing yet.
        """
        self.shown_as = redact_url(url)
        self.refusing = ""
        """Why the last write was not taken, in one word; empty if it was."""
        self.unreadable: set[str] = set()
        """What is stored and could not be read, by name."""
        try:
            with self.translated():
                self.client = client_of(url, patience)
        except ValueError as error:
            raise ConfigurationError(
                "the store's URL can't be understood",
                where=self.shown_as,
                try_this="write redis://HOST:PORT/0, redis+sentinel://HOST:PORT/NAME,"
                " redis+cluster://HOST:PORT or unix:///path/to/socket",
            ) from error

    def readable(self, read: Callable[[], T]) -> T | None:
        """Read one thing of many, or None: what can't be read is told once and costs no other."""
        try:
            return read()
        except StoredDataError as error:
            if error.where not in self.unreadable:
                self.unreadable.add(error.where)
                logger.error("left out %s: %s", error.where, error.what)
            return None

    @contextmanager
    def translated(self) -> Iterator[None]:
        """Map errors of the client to ours."""
        try:
            yield
        except (redis.RedisError, RedisClusterException) as error:
            raise self._in_our_words(error) from error

    @contextmanager
    def writing(self) -> Iterator[None]:
        """As `translated`, and remember whether the server takes writes."""
        try:
            with self.translated():
                yield
        except StoreRefusesError as error:
            self.refusing = error.reason
            raise
        except ServerAwayError:
            self.refusing = "away"
            raise
        self.refusing = ""

    def _in_our_words(self, error: Exception) -> MoodtraceError:
        where = self.shown_as
        if isinstance(error, redis.AuthenticationError | redis.exceptions.NoPermissionError):
            return NotAllowedError(
                "the store refuses this user or password",
                where=where,
                try_this="put the right user and password into MOODTRACE_REDIS_URL",
            )
        if (refusal := refusal_of(error)) is not None:
            reason, what, try_this = refusal
            return StoreRefusesError(reason, what, where=where, try_this=try_this)
        if isinstance(error, MovedError | ClusterCrossSlotError):
            return ConfigurationError(
                "the store is a node of a cluster, and has a part of the data only",
                where=where,
                try_this="write redis+cluster://HOST:PORT",
            )
        if isinstance(error, redis.ConnectionError | redis.TimeoutError | RedisClusterException):
            return ServerAwayError(
                "the store does not answer",
                where=where,
                try_this="run the command again; `moodtrace doctor` looks closer"
                if where.startswith("unix://")
                else "start it, or leave --redis and MOODTRACE_REDIS_URL out: then one is embedded",
            )
        return CannotWriteError(
            f"the store refused a command: {error}",
            where=where,
            try_this="see its log; it must be Redis 6.2 or Valkey, or newer",
        )


def decoded(data: bytes | str, kind: type[T], what: str) -> T:
    """Read what was stored.

    Raises:
        StoredDataError: It was written by another version, or changed by hand.
    """
    try:
        return msgspec.json.decode(data, type=kind)
    except msgspec.DecodeError as error:
        raise StoredDataError(what, str(error)) from error


def packed(value: object) -> bytes:
    """Compress what is stored once a second: a third of its JSON is left."""
    return zlib.compress(msgspec.json.encode(value))


def unpacked(data: bytes | str, kind: type[T], what: str) -> T:
    """Read what was packed, or stored as JSON before anything was.

    Raises:
        StoredDataError: It was written by another version, or changed by hand.
    """
    raw = data.encode() if isinstance(data, str) else data
    if raw.startswith(b"{"):
        return decoded(raw, kind, what)
    try:
        return decoded(zlib.decompress(raw), kind, what)
    except zlib.error as error:
        raise StoredDataError(what, str(error)) from error


def text(value: bytes | str) -> str:
    """Return what the client read, which it types as either, as text."""
    return value.decode() if isinstance(value, bytes) else value


def key(screening_id: str, name: str) -> str:
    """Name a key of a screening; the braces keep all of them in one slot of a cluster."""
    return f"{{{screening_id}}}:{name}"
