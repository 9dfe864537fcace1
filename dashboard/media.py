"""Serves the content that was shown to those who may see it; never what cameras saw.

A link to it is made by the page, for one reader in one browser and for some hours: it is signed,
and holds a hash of the cookie that the reader signed in with. Whoever copies it has a link that
nobody answers.
"""

import hashlib
import mimetypes
import secrets
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

from itsdangerous import BadData, URLSafeTimedSerializer
from starlette.requests import Request
from starlette.responses import FileResponse, PlainTextResponse, Response
from starlette.routing import Route

from moodtrace.stimuli import PLAYED

ROUTE: Final = "/ad/{token}"
LIFE_S: Final = 12 * 3600
COOKIE: Final = "_streamlit_user"
"""What Streamlit keeps a reader's claims in, signed; larger ones go on in `_streamlit_user_1`…"""
HEADERS: Final = {
    "Cache-Control": "private, no-store",
    "X-Content-Type-Options": "nosniff",
    "Content-Disposition": "inline",
    "Cross-Origin-Resource-Policy": "same-origin",
}

PathOf = Callable[[str], Path | None]
"""Where the content of a screening lies on this machine, by its id; None if it has none."""


class Stimuli:
    """Links to contents, and what answers them; one per process."""

    def __init__(self, path_of: PathOf, key: str = "") -> None:
        """Prepare.

        Args:
            path_of: asked at every request; raises nothing but OSError.
            key: to sign links with; drawn if empty, which ends all links with the process.
        """
        self._path_of = path_of
        self._links = URLSafeTimedSerializer(key or secrets.token_urlsafe(32), salt="stimulus")

    def link(self, screening_id: str, cookies: Mapping[str, str]) -> str | None:
        """Return the path of a screening's content for this browser; None if there is none."""
        path = self._path_of(screening_id)
        if path is None or path.suffix.lower() not in PLAYED:
            return None
        return ROUTE.format(token=self._links.dumps([screening_id, _holder(cookies)]))

    @property
    def route(self) -> Route:
        """What answers links: whole files and ranges of them."""
        return Route(ROUTE, self._answer, methods=["GET", "HEAD"])

    def _answer(self, request: Request) -> Response:
        try:
            said = self._links.loads(request.path_params["token"], max_age=LIFE_S)
        except BadData:
            return PlainTextResponse("this link is not good any more", 403, HEADERS)
        screening_id, holder = said
        if not secrets.compare_digest(holder, _holder(request.cookies)):
            return PlainTextResponse("this link is somebody else's", 403, HEADERS)
        path = self._path_of(screening_id)
        if path is None or not path.is_file():
            return PlainTextResponse("the file is not there any more", 404, HEADERS)
        kind = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
        return FileResponse(path, headers=HEADERS, media_type=kind)


def _holder(cookies: Mapping[str, str]) -> str:
    """Return what tells browsers apart: a hash of who signed in; of nothing where nobody has to."""
    parts = [f"{name}={cookies[name]}" for name in sorted(cookies) if name.startswith(COOKIE)]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()
