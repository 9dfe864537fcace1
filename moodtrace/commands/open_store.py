"""Which store a command works on: an outside server, or the embedded one."""

from collections.abc import Iterator
from contextlib import contextmanager

from moodtrace.settings import Settings
from moodtrace.store import Store
from moodtrace.store_client import PATIENT, Patience


@contextmanager
def store_url(settings: Settings, redis_url: str | None) -> Iterator[str]:
    """Give out the URL of the store; the embedded server runs while this is open."""
    if outside := redis_url or (settings.redis_url and settings.redis_url.get_secret_value()):
        yield outside
        return
    from moodtrace.embedded import embedded_store

    with embedded_store(settings.data_dir) as url:
        yield url


@contextmanager
def open_store(
    settings: Settings, redis_url: str | None, patience: Patience = PATIENT
) -> Iterator[Store]:
    """Give out the store, checked to answer."""
    with store_url(settings, redis_url) as url:
        store = Store(url, patience)
        try:
            store.check()
            yield store
        finally:
            store.close()


@contextmanager
def store_to_write(
    settings: Settings, redis_url: str | None, patience: Patience = PATIENT
) -> Iterator[Store]:
    """As `open_store`, for those who write for long: the store must keep what it is given.

    Raises:
        ConfigurationError: it deletes data when its memory is full.
    """
    with open_store(settings, redis_url, patience) as store:
        store.check_keeps_all()
        yield store
