"""The script of the page: who looks at it, and what of it that person sees."""

import streamlit as st

from dashboard.navigation import run
from dashboard.notices import shown_errors
from dashboard.parts import allow_list
from dashboard.sign_in import reader
from moodtrace.settings import load_dashboard_settings

st.set_page_config(page_title="moodtrace", page_icon="🎭", layout="wide")
with shown_errors():
    settings = load_dashboard_settings()
    signed_in = reader(settings, allow_list())
    run(signed_in)
    if settings.oidc_url:
        st.sidebar.button("Sign out", on_click=st.logout, help=signed_in.name)
