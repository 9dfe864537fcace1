"""A store in which every page has something to show."""

from collections.abc import Mapping
from typing import Final

from dashboard.access import Right
from moodtrace.cameras import Camera, CameraStatus
from moodtrace.norms import LEAST
from moodtrace.store import Store
from tests.dashboard.made_screening import Studio, film, hall

SCENES: Final = "start_ms,end_ms,label,kind\n0,8000,opening,scene\n20000,27000,the joke,scene\n"
LINKS: Final[Mapping[Right, str]] = {
    "overview": "",
    "screening": "screening=hall",
    "compare": "screening=hall&others=film&align=the joke",
    "norms": "screening=film",
    "live": "screening=shown",
    "cameras": "",
    "quality": "screening=hall",
    "privacy": "",
    "help": "",
}
"""What is opened of each page, by its right."""
K: Final = 5


def fill(store: Store, studio: Studio, media: str = "") -> None:
    """Write it: a hall, a film with its norms, one that is shown now, a good and a bad camera."""
    for number in range(LEAST):
        studio.finished(f"earlier-{number}", film(46))
    studio.finished("film", film(), media=media, markers=SCENES, notice="You are filmed.")
    studio.finished("hall", hall(), k=K, media=media, markers=SCENES)
    studio.live("shown", hall(30), k=K)
    store.cameras.put(
        [
            Camera(name="left", source="rtsp://10.0.0.7/x", audience="panel"),
            Camera(name="right", source="rtsp://10.0.0.8/x", audience="panel"),
        ]
    )
    report(store)


def report(store: Store) -> None:
    """Say how the cameras fare; as from ingest, it holds for ten seconds."""
    store.cameras.report(
        [
            CameraStatus(name="left", state="live", since_ms=1, fps=5.0, grade="A"),
            CameraStatus(name="right", state="auth_failed", reason="auth_failed", since_ms=1),
        ]
    )
