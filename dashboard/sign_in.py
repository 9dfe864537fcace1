"""Who looks at the page: whoever sits at the machine, or somebody whom an OpenID provider knows."""

import time
from collections.abc import Mapping

import streamlit as st

from dashboard import notices
from dashboard.access import LOCAL, AllowList, Reader, roles_of
from moodtrace.settings import DashboardSettings

Claims = Mapping[str, object]
"""What a provider says of somebody, as `st.user` has it."""


def reader(settings: DashboardSettings, allowed: AllowList) -> Reader:
    """Return who looks at the page; draw the way to sign in, and stop, where nobody is known."""
    if settings.oidc_url is None:
        return LOCAL
    claims = st.user.to_dict()
    if not claims.get("is_logged_in"):
        notices.sign_in()
        st.button("Sign in", on_click=st.login)
        st.stop()
    found = known(claims, allowed, time.time())
    if found is None:
        notices.sign_in_ended()
        st.button("Sign in again", on_click=st.login)
        st.stop()
    if not found.roles:
        notices.no_role(found.name)
        st.button("Sign out", on_click=st.logout)
        st.stop()
    return found


def known(claims: Claims, allowed: AllowList, now_s: float) -> Reader | None:
    """Return whom a provider's claims speak of; None if they are no longer good.

    The cookie that holds them lives for 30 days and is not ours to shorten, so their own end is
    looked at in every run.

    Args:
        claims: `exp` in seconds since 1970, `email`, and maybe `email_verified`.
        allowed: roles by address or domain.
        now_s: seconds since 1970.
    """
    expires, email = claims.get("exp"), claims.get("email")
    if not isinstance(expires, int | float) or expires <= now_s:
        return None
    verified = isinstance(email, str) and claims.get("email_verified", True) is True
    name = email if isinstance(email, str) else "somebody without an address"
    return Reader(name, roles_of(name, allowed) if verified else frozenset())
