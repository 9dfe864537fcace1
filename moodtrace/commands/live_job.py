"""How a camera is read: looked up anew at every try, its password included."""

import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Literal

from ingest.live_events import LiveJob
from moodtrace.camera_rules import addresses_of, complaints
from moodtrace.cameras import Camera
from moodtrace.settings import AnalysisSettings, Settings

Encoding = Literal["jpeg", "raw"]


def job_maker(
    settings: Settings, analysis: AnalysisSettings, encoding: Encoding
) -> Callable[[Camera], LiveJob | str]:
    """Return what says how to read a camera, or the code of why it can't be read.

    Its address is looked up again too: a name that pointed into the room may point elsewhere now.

    Args:
        settings: where cameras may be.
        analysis: how large pictures are.
        encoding: `raw` where they stay on this machine.
    """

    def job_of(camera: Camera) -> LiveJob | str:
        if any(complaints(camera, settings.camera_networks, known_addresses)):
            return "not_allowed"
        password = secret_of(camera)
        if password is None:
            return "no_password"
        return LiveJob(
            camera_id=camera.name,
            source=camera.source,
            username=camera.username,
            password=password,
            transport=camera.transport,
            allow_http=camera.allow_http,
            fps=camera.fps,
            max_width=analysis.max_width,
            max_height=analysis.max_height,
            masks=camera.masks,
            encoding=encoding,
        )

    return job_of


def known_addresses(host: str, port: int) -> list[str]:
    """Return no address of a host that nobody knows now: that is an outage, which may end."""
    try:
        return addresses_of(host, port)
    except OSError:
        return []


def secret_of(camera: Camera, environ: Mapping[str, str] = os.environ) -> str | None:
    """Return the password that a camera names, empty if none; None if it is not there."""
    if camera.password_env:
        return environ.get(camera.password_env)
    if not camera.password_file:
        return ""
    try:
        return Path(camera.password_file).read_text("utf-8").rstrip("\n")
    except (OSError, UnicodeDecodeError):
        return None
