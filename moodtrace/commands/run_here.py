"""Who makes a timeline: this process, on this machine."""

import platform
import uuid
from datetime import datetime
from importlib.metadata import version

from moodtrace.screening import Run


def run_here(started_at: datetime) -> Run:
    """Return a run of its own for a screening that begins."""
    return Run(
        id=uuid.uuid4().hex,
        started_at=started_at,
        host=platform.node(),
        version=version("moodtrace"),
    )
