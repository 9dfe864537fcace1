"""What `streamlit run` runs: the page, its health, and the content that was shown."""

import secrets
from importlib import import_module
from pathlib import Path
from typing import Any

import streamlit as st
from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route

from dashboard.parts import open_stimuli, open_store
from moodtrace.errors import ConfigurationError, ServerAwayError
from moodtrace.settings import DashboardSettings, load_dashboard_settings


def auth_of(settings: DashboardSettings) -> dict[str, Any]:
    """Return what Streamlit's sign-in wants to know, as its secrets; nothing if there is none.

    Raises:
        ConfigurationError: a secret can't be read.
    """
    if settings.oidc_url is None or settings.oidc_secret_file is None:
        return {}
    key = settings.cookie_secret_file
    return {
        "auth": {
            "redirect_uri": f"{settings.url}/oauth2callback",
            "cookie_secret": _secret(key) if key else secrets.token_urlsafe(32),
            "client_id": settings.oidc_client,
            "client_secret": _secret(settings.oidc_secret_file),
            "server_metadata_url": settings.oidc_url,
        }
    }


def _secret(path: Path) -> str:
    try:
        secret = path.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(
            "a secret can't be read",
            where=str(path),
            try_this="name a text file that this user may read",
        ) from error
    if not secret:
        raise ConfigurationError(
            "a secret is empty", where=str(path), try_this="write the secret into the file"
        )
    return secret


def healthz(request: Request) -> Response:
    """Say that the process runs."""
    return PlainTextResponse("ok")


def readyz(request: Request) -> Response:
    """Say whether the page can show anything."""
    try:
        open_store().check()
    except ServerAwayError as error:
        return PlainTextResponse(error.what, 503)
    return PlainTextResponse("ok")


def overview(request: Request) -> Response:
    """Send who names the first page to where it is: Streamlit has it at no name but the root."""
    return RedirectResponse(f"./?{request.url.query}")


LATER = ("altair", "matplotlib.colors", "pandas", "pyarrow", "scipy.signal", "scipy.stats")
for name in (*LATER, "tsdownsample", "dashboard.navigation"):
    import_module(name)  # now, so that the first reader does not wait for it

# Streamlit's own CSV of a table would hold formulas as they are; the way out is `downloads.py`.
st.set_option("client.disableDataExport", True)

app = st.App(
    Path(__file__).with_name("app.py"),
    secrets=auth_of(load_dashboard_settings()),
    routes=[
        Route("/healthz", healthz),
        Route("/readyz", readyz),
        Route("/overview", overview),
        open_stimuli().route,
    ],
)
