"""The page of cameras, over a real server."""

import json
import subprocess
from collections.abc import Sequence

import pytest
from msgspec.structs import replace
from streamlit.testing.v1 import AppTest

from dashboard.camera_history import EVERY_MS, KEPT, CameraHistory
from dashboard.queries_cameras import STATE_WORDS, Reading, offset_spread_ms, readings, reason_of
from moodtrace.cameras import Camera, CameraState, CameraStatus
from moodtrace.messages import Quality
from moodtrace.problems import LIVE_PROBLEMS
from moodtrace.store import Store
from tests.dashboard.opened import labels, opened, titles, words
from tests.factories import row, viewer

FRONT = Camera(name="front", source="rtsp://10.0.0.7/x", audience="panel")
LIVE = CameraStatus(
    name="front",
    state="live",
    since_ms=1,
    fps=4.94,
    captured=100,
    dropped={"slow_reader": 3},
    clock="rtcp",
    clock_offset_ms=80,
    face_px=44,
    grade="A",
)


def test_no_cameras_says_how_to_add_one(store: Store) -> None:
    page = opened("cameras", store, "operator")
    assert titles(page) == ["No cameras yet"]
    assert "Name" in labels(page.text_input)


def test_each_camera_says_how_it_fares_and_who_needs_help_comes_first(store: Store) -> None:
    store.cameras.put([FRONT, replace(FRONT, name="side")])
    refused = CameraStatus(name="side", state="auth_failed", reason="auth_failed", since_ms=1)
    store.cameras.report([LIVE, refused])
    page = opened("cameras", store, "operator")
    assert titles(page) == ["side: Password refused"]
    assert f"Try: {LIVE_PROBLEMS['auth_failed'].try_this}" in words(page)
    table = page.dataframe[0].value.set_index("name")
    assert list(table.index) == ["side", "front"]
    side, front = table.loc["side"], table.loc["front"]
    assert side["state"] == "Password refused"
    assert side["what"] == LIVE_PROBLEMS["auth_failed"].what
    assert side["try"] == LIVE_PROBLEMS["auth_failed"].try_this
    assert (front["fps"], front["lost"], front["face_px"]) == (4.94, "3 slow reader", 44)
    assert front["clock_offset_ms"] == 80


@pytest.mark.parametrize("state", STATE_WORDS)
def test_every_state_and_reason_has_words(state: CameraState) -> None:
    for reason in LIVE_PROBLEMS:
        what, try_this = reason_of(
            FRONT, CameraStatus(name="f", state=state, reason=reason, since_ms=1)
        )
        assert bool(what) == bool(try_this) == (state != "disabled")


def test_health_says_what_and_what_to_do_apart() -> None:
    status = replace(LIVE, reasons=("faces are small: zoom in", "it is late: use TCP"))
    assert reason_of(FRONT, status) == ("faces are small; it is late", "zoom in; use TCP")
    assert reason_of(replace(FRONT, enabled=False), status) == ("", "")


def test_light_and_sharpness_are_of_k_viewers_or_not_told() -> None:
    fine = Quality(size_px=64, sharpness=310, brightness=120, contrast=300, cut=0, occlusion=0)
    people = [viewer(number=n, quality=fine) for n in range(5)]
    out = replace(viewer(excluded="too_dark"), camera_id="side")
    seen = row(0, *people, *[out] * 5)
    found = readings([seen], 5)
    assert found.keys() == {"front"}
    assert found["front"] == Reading(1.0, 120, 3.1)
    assert not readings([row(0, *people[:4])], 5)


def test_the_spread_of_offsets_needs_two_clocks() -> None:
    other = replace(LIVE, name="side", clock_offset_ms=200)
    assert offset_spread_ms([LIVE]) is None
    assert offset_spread_ms([LIVE, other]) == 120
    assert offset_spread_ms([LIVE, replace(other, clock="arrival")]) is None


def test_history_is_short_and_forgets_who_left() -> None:
    history = CameraHistory()
    for turn in range(KEPT + 5):
        found = history.noted([LIVE], turn * EVERY_MS)
    assert len(found["front"]) == KEPT
    assert history.noted([LIVE], (KEPT + 4) * EVERY_MS + 1) == found
    assert not history.noted([], 10**9)


def add(page: AppTest, **said: str) -> AppTest:
    for label, value in said.items():
        next(w for w in page.text_input if w.label == label.replace("_", " ")).input(value)
    return next(b for b in page.button if b.label == "Add").click().run()


def test_a_camera_is_added_through_the_gate(store: Store) -> None:
    page = opened("cameras", store, "operator")
    page.text_area[0].input("0,0 0.2,0 0.2,1")
    add(page, Name="front", Audience="panel", Source="rtsp://10.0.0.7/x", User="viewer")
    found = store.cameras.get("front")
    assert (found.source, found.username) == ("rtsp://10.0.0.7/x", "viewer")
    assert found.masks[0] == ((0.0, 0.0), (0.2, 0.0), (0.2, 1.0))
    assert "Added front" in words(page)
    again = add(page, Name="front", Audience="panel", Source="rtsp://10.0.0.7/x")
    assert "There is a camera of this name already" in titles(again)


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ({"Source": "rtsp://u:canary@10.0.0.7/x"}, "A url with a user or password"),
        ({"Source": "rtsp://8.8.8.8/x"}, "8.8.8.8 is outside the networks"),
        ({"Source": "rtsp://10.0.0.7/x", "Name": ""}, "1 to 64 letters"),
        (
            {"Source": "rtsp://10.0.0.7/x", "Variable of its password": "MOODTRACE_REDIS_URL"},
            "has to end in _PASSWORD",
        ),
        (
            {
                "Source": "rtsp://10.0.0.7/x",
                "File of its password": "/run/secrets/../../etc/shadow",
            },
            "has to lie in /run/secrets/",
        ),
    ],
)
def test_what_the_gate_refuses_is_not_added(said: dict[str, str], why: str, store: Store) -> None:
    page = opened("cameras", store, "operator")
    given = {"Name": "front", "Audience": "panel"} | said
    refused = add(page, **given)
    assert why.casefold() in " ".join(titles(refused)).replace("\\", "").casefold()
    assert "canary" not in words(refused)
    assert not store.cameras.all()


def test_a_camera_is_switched_and_removed_once_its_name_is_typed(store: Store) -> None:
    store.cameras.put([FRONT])
    page = opened("cameras", store, "operator")
    page.button(key="switch").click().run()
    assert not store.cameras.get("front").enabled
    assert page.button(key="switch").label == "Switch on"
    assert page.button(key="remove").disabled
    page.text_input(key="remove-front").input("front").run()
    page.button(key="remove").click().run()
    assert not store.cameras.all()


FOUND = {
    "codec": "h264",
    "width": 1280,
    "height": 720,
    "fps": 5.0,
    "behind_ms": 90,
    "failed": {"corrupt": 2},
    "dropped": {},
    "ended": "",
    "face_px": 40,
    "usable": 0.5,
    "excluded": {"too_dark": 10},
    "advice": ["faces are too dark: light the audience"],
}


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[Sequence[str]]:
    """What was run in place of the command, whose own test is `test_rtsp_cameras`."""
    words: list[Sequence[str]] = []

    def run(command: Sequence[str], **_: object) -> "subprocess.CompletedProcess[bytes]":
        words.append(command)
        found = FOUND | ({"picture": "iVBORw0KGgo="} if "--picture" in command else {})
        return subprocess.CompletedProcess(command, 0, json.dumps(found).encode(), b"")

    monkeypatch.setattr("dashboard.camera_trial.subprocess.run", run)
    return words


def test_a_test_says_what_it_found(store: Store, asked: list[Sequence[str]]) -> None:
    store.cameras.put([FRONT])
    page = opened("cameras", store, "operator")
    page.button(key="test").click().run()
    assert asked[0][-3:] == ["--json", "--", "front"]
    said = words(page)
    assert "Lost: 2 corrupt" in said
    assert "Not read: 10 too dark" in said
    assert "Faces are too dark: light the audience" in said


def test_a_picture_is_for_admins_alone(store: Store, asked: list[Sequence[str]]) -> None:
    store.cameras.put([FRONT])
    operator = opened("cameras", store, "operator")
    assert "picture" not in [button.key for button in operator.button]
    page = opened("cameras", store, "admin")
    page.button(key="picture").click().run()
    assert "--picture" in asked[0]
    assert page.get("image")[0].proto.imgs[0].url.startswith("data:image/png;base64,")
    page.run()
    assert not page.get("image")


def test_a_camera_that_does_not_work_says_why(
    store: Store, valkey: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    store.cameras.put([replace(FRONT, source="rtsp://127.0.0.1:1/x")])
    monkeypatch.setenv("MOODTRACE_REDIS_URL", valkey)
    page = opened("cameras", store, "operator")
    page.button(key="test").click().run(timeout=60)
    assert r"127\.0\.0\.1 is outside the networks of cameras" in titles(page)
