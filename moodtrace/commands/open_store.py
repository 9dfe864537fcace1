"""Which store a command works on: an outside server, or the embedded one."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote, urlsplit, urlunsplit

from moodtrace.errors import ConfigurationError
from moodtrace.settings import Settings
from moodtrace.store import Store
from moodtrace.store_connection import PATIENT, Patience


@contextmanager
def store_url(settings: Settings, redis_url: str | None) -> Iterator[str]:
    """Give out the URL of the store; the embedded server runs while this is open.

    Raises:
        ConfigurationError: the file of its password can't be read.
    """
    if outside := redis_url or (settings.redis_url and settings.redis_url.get_secret_value()):
        yield _with_password(outside, settings.redis_password_file)
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


def _with_password(url: str, file: Path | None) -> str:
    """Put in the password that a file holds, as a secret is mounted, unless there is one."""
    parts = urlsplit(url)
    if file is None or parts.password is not None:
        return url
    try:
        password = file.read_text("utf-8").rstrip("\n")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(
            "the file of the store's password can't be read",
            where=f"MOODTRACE_REDIS_PASSWORD_FILE, {file}",
            try_this="make it readable for this user, or unset the variable",
        ) from error
    user, host = quote(parts.username or "", safe="%"), parts.netloc.rpartition("@")[2]
    return urlunsplit(parts._replace(netloc=f"{user}:{quote(password, safe='')}@{host}"))
