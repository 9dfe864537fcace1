"""The content beside its trace: one element of the page, with one cursor for both.

It draws and plays in the browser by itself (`player.js`, on the chart library uPlot, MIT, in
`vendor/`). Python hears of nothing but where the content was paused or sought to, and of the range
that was drawn.
"""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

import streamlit as st

HERE: Final = Path(__file__).parent


def player(
    drawing: Mapping[str, Any],
    *,
    media: str | None,
    at: float,
    key: str,
    stopped_at: Callable[[float], None],
    drew: Callable[[int, int], None],
) -> None:
    """Show the player.

    Args:
        drawing: as `dashboard.drawing.drawing` makes it.
        media: link to the content; without one there is the trace alone.
        at: where the content stands, in seconds.
        key: of the element.
        stopped_at: called when the person paused or sought, with the second of content.
        drew: called when the person drew a range, with its first second and the one after its last.
    """

    def on_at() -> None:
        stopped_at(float(st.session_state[key]["at"]))

    def on_range() -> None:
        start, end = st.session_state[key]["range"] or (0, 0)
        if 0 <= start < end:
            drew(int(start), int(end))

    _mounted()(
        key=key,
        data={"drawing": drawing, "media": media, "at": at},
        default={"at": at},
        on_at_change=on_at,
        on_range_change=on_range,
    )


@st.cache_resource(show_spinner=False)
def _mounted() -> Any:
    """Register the element once per process."""
    chart = (HERE / "vendor/uPlot.iife.min.js").read_text(encoding="utf-8")
    script = (HERE / "player.js").read_text(encoding="utf-8")
    styles = [HERE / "vendor/uPlot.min.css", HERE / "player.css"]
    return st.components.v2.component(
        "moodtrace_player",
        html=(HERE / "player.html").read_text(encoding="utf-8"),
        css="\n".join(style.read_text(encoding="utf-8") for style in styles),
        js=f"{chart}\n{script}",
    )
