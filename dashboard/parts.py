"""What all readers of one process share: the store, links to contents, who may see what."""

from functools import cache
from pathlib import Path

import streamlit as st

from dashboard.access import AllowList, read_allow_list
from dashboard.media import Stimuli
from moodtrace.bus_kafka import Cluster
from moodtrace.errors import ConfigurationError, MoodtraceError
from moodtrace.settings import load_dashboard_settings, load_kafka_settings, load_settings
from moodtrace.store import Store


@cache
def open_store() -> Store:
    """Return the one client of this process; it connects anew by itself.

    Raises:
        ConfigurationError: Nobody said where the store is.
    """
    url = load_settings().redis_url
    if url is None:
        raise ConfigurationError(
            "the page was not told where the store is",
            where="environment variable MOODTRACE_REDIS_URL",
            try_this="start the page with `moodtrace dashboard`",
        )
    return Store(url.get_secret_value())


@cache
def open_stimuli() -> Stimuli:
    """Return what makes links to contents, and answers them."""
    folder = load_settings().media_dir

    def path_of(screening_id: str) -> Path | None:
        try:
            screening = open_store().find(screening_id)
        except MoodtraceError:
            return None
        if screening is None or not screening.media:
            return None
        path = folder / Path(screening.media).name
        return path if path.resolve().parent == folder.resolve() else None

    return Stimuli(path_of)


def stimulus(screening_id: str) -> str | None:
    """Return the link to a screening's content for the browser that the page is drawn for."""
    return open_stimuli().link(screening_id, st.context.cookies)


def cluster() -> Cluster | None:
    """Return the brokers that are told what is deleted; None where Kafka is not used.

    Raises:
        ConfigurationError: a setting is wrong.
    """
    servers = load_settings().kafka
    return Cluster(servers, load_kafka_settings()) if servers else None


@cache
def allow_list() -> AllowList:
    """Return who has which role; nobody has any where only this machine can reach the page.

    Raises:
        ConfigurationError: the file is wrong.
    """
    path = load_dashboard_settings().access_file
    return read_allow_list(path) if path else {}
