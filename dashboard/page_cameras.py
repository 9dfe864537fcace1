"""The cameras, for who looks after them: which works, what is wrong, what to do, and doing it."""

from functools import cache, partial
from typing import Any, Final

import streamlit as st
from msgspec.structs import replace

from dashboard import camera_form, notices
from dashboard.access import Reader
from dashboard.camera_history import CameraHistory
from dashboard.camera_trial import LIMIT_S, tried
from dashboard.downloads import Downloads
from dashboard.notices import as_text, shown_errors
from dashboard.queries_cameras import (
    STATE_WORDS,
    Reading,
    cameras_table,
    in_trouble,
    readings,
    reason_of,
)
from dashboard.words import NOTHING
from moodtrace.clock import steady_ms
from moodtrace.exclusions import words_of
from moodtrace.store import Store

REFRESH_S: Final = 2
RECENT_S: Final = 60
"""Faces of so many seconds say how well a camera sees."""
_RECENTLY: Final = f"Over the last {RECENT_S} s of what is shown; none of fewer viewers than its k."


def render(store: Store, reader: Reader) -> None:
    """Draw the table, and below it what may be done."""
    reader.require("cameras")
    st.title("Cameras", anchor=False)
    with shown_errors():
        if store.cameras.all():
            st.fragment(_table, run_every=REFRESH_S)(store, Downloads(reader, "cameras"))
            _one(store, reader)
        else:
            notices.no_cameras()
        if reader.may("change cameras"):
            camera_form.draw(store, reader)
        st.markdown(
            "Clocks of an audience's cameras are set right by one flash of light that all of them "
            "see: `moodtrace camera calibrate --audience ID`. Zones and seats are drawn by "
            "`moodtrace camera add --zone … --seat …` or in the file of cameras."
        )


@cache
def _history() -> CameraHistory:
    """Return what all readers of this process share."""
    return CameraHistory()


def _table(store: Store, downloads: Downloads) -> None:
    with shown_errors():
        cameras = store.cameras.all()
        statuses = store.cameras.statuses(cameras)
        history = _history().noted(statuses.values(), steady_ms())
        table = cameras_table(cameras, statuses, _readings(store), history)
        for name in in_trouble(cameras, statuses):
            state = STATE_WORDS[statuses[name].state].text
            notices.camera_in_trouble(name, state, *reason_of(cameras[name], statuses[name]))
        column, number = st.column_config, st.column_config.NumberColumn
        live = int((table["state"] == "Live").sum())
        st.dataframe(
            table,
            hide_index=True,
            key="cameras",
            placeholder=NOTHING,
            alt=f"{live} of {len(table)} cameras are live; those that need help come first",
            column_config={
                "name": column.TextColumn("Camera", pinned=True),
                "audience": "Audience",
                "state": "State",
                "grade": column.TextColumn("Grade", help="Health, A to D"),
                "what": column.TextColumn("What is wrong", width="medium"),
                "try": column.TextColumn("What to do", width="large"),
                "fps": number("Frames/s", format="%.1f", help="Sampled, over the last ten seconds"),
                "wanted": number("Wanted", format="%.1f"),
                "history": column.LineChartColumn(
                    "Lately", y_min=0, help="Frames a second while this page was open somewhere"
                ),
                "lost": column.TextColumn("Dropped or failed", help="Frames, by reason"),
                "face_px": number("Face, px", help="Median size; 32 or more is good"),
                "usable": number("Usable faces", format="percent", help=_RECENTLY),
                "brightness": number("Light", format="%.0f", help=f"Gray, 0 to 255. {_RECENTLY}"),
                "sharpness": number(
                    "Sharpness", format="%.1f", help=f"Under 2.5 is blurred. {_RECENTLY}"
                ),
                "clock_offset_ms": number("Clock offset, ms", help="Arrival less capture"),
                "reconnects": number("Reconnects/h"),
            },
        )
        downloads.table("cameras", table)


def _readings(store: Store) -> dict[str, Reading]:
    """Read how well faces can be read, of the cameras of what is being shown."""
    found: dict[str, Reading] = {}
    for name in store.live.running():
        screening = store.find(name)
        if screening is not None:
            start = store.next_second(name) - RECENT_S
            found |= readings(store.rows(name, start), screening.k)
    return found


def _one(store: Store, reader: Reader) -> None:
    """Draw what may be done with one camera."""
    if not reader.may("change cameras"):
        return
    st.header("One camera", anchor=False)
    cameras = store.cameras.all()
    name = st.selectbox("Camera", list(cameras), width=300)
    camera = cameras[name]
    with st.container(horizontal=True):
        test = st.button("Test for ten seconds", icon=":material/network_check:", key="test")
        picture = reader.may("camera picture") and st.button(
            "Test, with a blurred picture", icon=":material/blur_on:", key="picture"
        )
        word = "Switch off" if camera.enabled else "Switch on"
        st.button(word, key="switch", on_click=partial(_switch, store, reader, name))
    if name in store.cameras.from_file():
        st.caption("It comes from a file, which says again what is changed here.")
    if test or picture:
        _try(reader, name, picture=picture)
    _remove(store, reader, name)


def _switch(store: Store, reader: Reader, name: str) -> None:
    with shown_errors():
        reader.require("change cameras")
        camera = store.cameras.get(name)
        store.cameras.put([replace(camera, enabled=not camera.enabled)])


def _try(reader: Reader, name: str, *, picture: bool) -> None:
    """Test a camera; a picture is drawn and forgotten."""
    with shown_errors():
        reader.require("change cameras")
        if picture:
            reader.require("camera picture")
        with st.spinner(f"Watching it; this takes up to {LIMIT_S:.0f} s …"):
            found = tried(name, picture=picture)
        _findings(found)
        if "picture" in found:
            st.image(
                f"data:image/png;base64,{found['picture']}",
                caption="Masked and blurred on its machine; kept nowhere",
                width=480,
            )


def _findings(found: dict[str, Any]) -> None:
    usable = found["usable"]
    with st.container(horizontal=True):
        st.metric("Picture", f"{found['codec']} {found['width']}x{found['height']}", border=True)
        st.metric("Frames/s", f"{found['fps']:g}", border=True)
        st.metric("Behind, ms", found["behind_ms"], border=True)
        st.metric("Face, px", found["face_px"] or NOTHING, border=True)
        st.metric("Usable faces", NOTHING if usable is None else f"{usable:.0%}", border=True)
    lost = {**found["failed"], **found["dropped"]}
    if lost:
        st.text("Lost: " + ", ".join(f"{number} {why}" for why, number in lost.items()))
    if found["excluded"]:
        reasons = (f"{number} {words_of(why)}" for why, number in found["excluded"].items())
        st.text("Not read: " + ", ".join(reasons))
    if found["ended"]:
        st.text(f"The stream ended: {found['ended']}")
    for advice in found["advice"]:
        st.warning(as_text(advice.capitalize()))
    if not found["advice"]:
        st.success("Nothing to change.")


def _remove(store: Store, reader: Reader, name: str) -> None:
    with st.expander(f"Remove {as_text(name)}"):
        st.text("What was screened stays.")
        typed = st.text_input("Type the camera's name to confirm", key=f"remove-{name}")
        if st.button("Remove this camera", disabled=typed != name, key="remove"):
            with shown_errors():
                reader.require("change cameras")
                store.cameras.remove(name)
                st.rerun()
