import pytest

from moodtrace.errors import ConfigurationError, ServerAwayError
from moodtrace.redaction import redact_url
from moodtrace.store import Store
from moodtrace.store_client import PATIENT, client_of
from tests.servers.valkey import free_port


def test_sentinels_are_asked_for_the_primary_by_its_name() -> None:
    client = client_of(
        "rediss+sentinel://writer:p%40ss@one,two:5000,[::1]:7000/moodtrace/3", PATIENT
    )

    pool = client.connection_pool
    options = pool.connection_kwargs
    sentinels = [
        (
            each.connection_pool.connection_kwargs["host"],
            each.connection_pool.connection_kwargs["port"],
        )
        for each in pool.sentinel_manager.sentinels  # type: ignore[attr-defined]
    ]
    assert sentinels == [("one", 26379), ("two", 5000), ("::1", 7000)]
    assert pool.service_name == "moodtrace"  # type: ignore[attr-defined]
    assert (options["username"], options["password"], options["db"]) == ("writer", "p@ss", 3)


@pytest.mark.parametrize(
    "url",
    [
        "redis+sentinel://one:26379",
        "redis+sentinel://one:26379/name/many",
        "redis+sentinel:///name",
        "redis+cluster://",
        "redis+cluster://one:port",
        "redis+other://one",
        "http+cluster://one",
        "nonsense",
    ],
)
def test_what_is_no_address_of_a_store_is_said_in_three_lines(url: str) -> None:
    with pytest.raises(ConfigurationError, match="can't be understood"):
        Store(url)


def test_a_cluster_that_is_away_is_said_so() -> None:
    with pytest.raises(ServerAwayError):
        Store(f"redis+cluster://127.0.0.1:{free_port()}")


def test_the_password_of_many_hosts_is_hidden() -> None:
    shown = redact_url("redis+sentinel://writer:secret@one:1,two:2/name")
    assert shown == "redis+sentinel://writer:***@one:1,two:2/name"
