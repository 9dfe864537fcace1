"""The form that adds a camera, through the same gate as the command line.

It has no place for a password, only for where ingest finds one. Whoever may sign in here need not
have a shell there, so what may be named is less than on a command line: a secret goes to whatever
address stands in the source.
"""

from collections.abc import Iterator, Sequence
from typing import Final

import streamlit as st

from dashboard.access import Reader
from dashboard.notices import as_text, shown_errors
from moodtrace.camera_rules import MAX_FPS, Complaint, Network, complaints
from moodtrace.cameras import Camera
from moodtrace.errors import UsageError
from moodtrace.settings import load_settings
from moodtrace.store import Store
from moodtrace.zones import parse_corners, shares

ADDED: Final = "camera_added"
SECRETS: Final = "/run/secrets/"
SUFFIX: Final = "_PASSWORD"


def draw(store: Store, reader: Reader) -> None:
    """Draw the form."""
    if added := st.session_state.pop(ADDED, ""):
        st.success(f"Added {as_text(added)}. See if it works: choose it above, and test it.")
    st.header("Add a camera", anchor=False)
    with st.form("add"):
        left, right = st.columns(2)
        name = left.text_input("Name")
        audience = right.text_input("Audience", help="Whom it watches")
        source = st.text_input(
            "Source", placeholder="rtsp://192.168.1.20/stream", help="Without user and password"
        )
        left, right = st.columns(2)
        fps = left.number_input("Frames a second", 0.1, MAX_FPS, 5.0)
        transport = right.selectbox("Transport", ["tcp", "udp"])
        username = left.text_input("User", help="Who signs in at the camera")
        password_env = right.text_input(
            "Variable of its password",
            placeholder="FRONT_PASSWORD",
            help="Name of the environment variable of ingest; never the password",
        )
        password_file = left.text_input(
            "File of its password",
            placeholder=f"{SECRETS}front",
            help="Path of the secret where ingest runs",
        )
        allow_http = right.checkbox("Read MJPEG or HLS over HTTP")
        masks = st.text_area(
            "Masks",
            placeholder="0,0 0.2,0 0.2,1 0,1",
            help="Blackened before a picture leaves the decode process: one polygon a line",
        )
        is_sent = st.form_submit_button("Add")
    if not is_sent:
        return
    with shown_errors():
        reader.require("change cameras")
        camera = Camera(
            name=name,
            source=source,
            audience=audience,
            fps=fps,
            transport="udp" if transport == "udp" else "tcp",
            username=username,
            password_env=password_env,
            password_file=password_file,
            allow_http=allow_http,
            masks=tuple(
                shares(parse_corners(line, f"mask {number}"))
                for number, line in enumerate(masks.strip().splitlines(), 1)
            ),
        )
        add(store, camera, load_settings().camera_networks)
        st.session_state[ADDED] = name
        st.rerun()


def add(store: Store, camera: Camera, networks: Sequence[Network]) -> None:
    """Add a camera that somebody asked for on the page.

    Raises:
        UsageError: something about it is wrong.
        BusyError: there is one of this name.
    """
    for complaint in (*_beyond(camera), *complaints(camera, networks)):
        where = f"{complaint.field} of camera {camera.name!r}"
        raise UsageError(complaint.what, where=where, try_this=complaint.try_this)
    store.cameras.add(camera)


def _beyond(camera: Camera) -> Iterator[Complaint]:
    """Say what is wrong beyond the gate that is everybody's."""
    if camera.password_env and not camera.password_env.endswith(SUFFIX):
        yield Complaint(
            "password_env",
            f"on this page the variable's name has to end in {SUFFIX}",
            "rename it, or add the camera in a terminal: moodtrace camera add",
        )
    if camera.password_file and (
        not camera.password_file.startswith(SECRETS) or ".." in camera.password_file
    ):
        yield Complaint(
            "password_file",
            f"on this page the file has to lie in {SECRETS}",
            "move it there, or add the camera in a terminal: moodtrace camera add",
        )
