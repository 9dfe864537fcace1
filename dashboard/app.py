"""Entry of `streamlit run`: opens the store once and draws the page."""

import streamlit as st

from dashboard import page_screening
from dashboard.notices import shown_errors
from moodtrace.errors import ConfigurationError
from moodtrace.settings import load_settings
from moodtrace.store import Store


@st.cache_resource(show_spinner=False)
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


st.set_page_config(page_title="moodtrace", page_icon="🎭", layout="wide")
with shown_errors():
    page_screening.render(open_store())
