"""Clients of Redis out of a URL: one server, one that Sentinels watch, or a cluster.

    redis://[USER:PASSWORD@]HOST:PORT/DB          rediss:// with TLS; unix:///PATH for a socket
    redis+sentinel://[…@]HOST:PORT,HOST:PORT/NAME[/DB]    the Sentinels, and what they call it
    redis+cluster://[…@]HOST:PORT,HOST:PORT       some nodes; the others are found

User and password are those of the servers; Sentinels are asked without. Addresses of primaries are
asked for anew whenever a connection breaks.
"""

from collections.abc import Mapping
from typing import Any, Final, NamedTuple, cast
from urllib.parse import unquote, urlsplit

from redis import ConnectionError, Redis, RedisCluster, TimeoutError  # noqa: A004 (its own)
from redis.backoff import ExponentialBackoff
from redis.cluster import ClusterNode
from redis.retry import Retry
from redis.sentinel import Sentinel

PORT: Final = 6379
SENTINEL_PORT: Final = 26379


class Patience(NamedTuple):
    """How long a server may take."""

    connect_s: float
    answer_s: float
    retried: tuple[type[Exception], ...]
    """What is tried again, up to three times."""


PATIENT: Final = Patience(3, 10, (ConnectionError, TimeoutError))
"""For who has nothing better to do."""
BRIEF: Final = Patience(1, 1, (ConnectionError,))
"""For who asks again anyway, and may be told to end at any time."""


def client_of(url: str, patience: Patience) -> Redis:
    """Return a client; only one of a cluster connects at once.

    Raises:
        ValueError: The URL can't be understood.
        redis.RedisError, redis.exceptions.RedisClusterException: No node of a cluster answers.
    """
    scheme, _, kind = urlsplit(url).scheme.partition("+")
    timeouts: dict[str, Any] = {
        "socket_connect_timeout": patience.connect_s,
        "socket_timeout": patience.answer_s,
    }
    retry = Retry(ExponentialBackoff(cap=0.5, base=0.05), 3, patience.retried)
    if not kind:
        return Redis.from_url(url, **timeouts, retry=retry)
    if scheme not in ("redis", "rediss") or kind not in ("sentinel", "cluster"):
        raise ValueError(f"unknown scheme {scheme}+{kind}")
    options = {**timeouts, **_credentials(url), "ssl": scheme == "rediss"}
    if kind == "cluster":
        nodes = [
            ClusterNode(host, port)  # type: ignore[no-untyped-call]
            for host, port in _hosts(url, PORT)
        ]
        # It has the commands of `Redis`, but is no subclass.
        return cast("Redis", RedisCluster(startup_nodes=nodes, **options))
    name, _, database = urlsplit(url).path.strip("/").partition("/")
    if not name:
        raise ValueError("the name that the Sentinels know is missing")
    sentinel = Sentinel(_hosts(url, SENTINEL_PORT), **timeouts)  # type: ignore[no-untyped-call]
    client = sentinel.master_for(  # type: ignore[no-untyped-call]
        name, db=int(database or 0), retry=retry, **options
    )
    return cast("Redis", client)


def infos(client: Redis, section: str) -> list[Mapping[str, Any]]:
    """Return what each server that takes writes says of itself."""
    if not isinstance(cast("object", client), RedisCluster):
        return [client.info(section)]
    said: Mapping[str, Any] = client.info(section, target_nodes=RedisCluster.PRIMARIES)
    answers = list(said.values())
    # A cluster of one answers as a server does.
    return answers if all(isinstance(answer, Mapping) for answer in answers) else [said]


def _credentials(url: str) -> dict[str, str]:
    userinfo, at, _ = urlsplit(url).netloc.rpartition("@")
    user, colon, password = userinfo.partition(":")
    given = {"username": unquote(user)} if at and user else {}
    return given | {"password": unquote(password)} if colon else given


def _hosts(url: str, usual_port: int) -> list[tuple[str, int]]:
    """Return the addresses; an IPv6 address stands in brackets."""
    _, _, hosts = urlsplit(url).netloc.rpartition("@")
    found = [urlsplit(f"//{host}") for host in hosts.split(",")]
    if not all(address.hostname for address in found):
        raise ValueError("a host is missing")
    return [(str(address.hostname), address.port or usual_port) for address in found]
