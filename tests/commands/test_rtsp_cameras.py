"""Cameras over real RTSP, through the commands that operators type."""

import base64
import json
from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np
import psutil
import pytest

from moodtrace.store import Store
from tests.commands.running import running
from tests.commands.test_up import exported, start, states
from tests.conftest import Cli
from tests.ingest.made_video import make_video
from tests.ingest.test_live_secrets import CANARY, SPELLINGS, USER
from tests.servers.clips import clip_of, encoded
from tests.servers.rtsp import Mount, RtspServer
from tests.waiting import wait_until

LOOPBACK = {"MOODTRACE_CAMERA_NETWORKS": '["127.0.0.0/8"]'}


@pytest.fixture
def environment(cli_environment: Mapping[str, str]) -> Mapping[str, str]:
    return {**cli_environment, **LOOPBACK}


def test_a_password_is_nowhere_but_where_it_was_put(
    cli: Cli,
    environment: Mapping[str, str],
    store: Store,
    rtsp_server: type[RtspServer],
    footage: Callable[[str], Path],
    tmp_path: Path,
) -> None:
    secret = tmp_path / "secret"
    secret.write_text(CANARY + "\n")
    face = encoded(footage("WolfgangLanger_Pexels.mp4"), width=640, height=360, start_s=12)
    with rtsp_server({"face": Mount(face)}, user=USER, password=CANARY) as server:
        right = ("--username", USER, "--password-file", secret)
        cameras = {"right": right, "wrong": ("--username", USER, "--password-env", "WRONG")}
        for name, options in cameras.items():
            added = cli(
                *("camera", "add", name, server.url("face"), "--audience", "panel", *options),
                env=LOOPBACK,
            )
            assert added.returncode == 0, added.stderr

        tried = cli("camera", "test", "right", "--json", "--picture", env=LOOPBACK)
        refused = cli("camera", "test", "wrong", env={**LOOPBACK, "WRONG": "guess"})
        arguments = ("up", "--no-dashboard", "--health-port", "0")
        with running(*arguments, env={**environment, "WRONG": "guess"}, log=tmp_path / "log") as up:
            name = start(cli, "--k", "1")
            wait_until(lambda: "moodtrace_camera_up" in str(up.metrics()), 20)
            captured = 'moodtrace_frames_total{camera="right",outcome="captured"}'
            wait_until(lambda: up.metrics().get(captured, 0) >= 25, 60)
            listed = cli("camera", "list", "--json", env=LOOPBACK)
            processes = [psutil.Process(up.process.pid), *psutil.Process(up.process.pid).children()]
            seen = b"".join(Path(f"/proc/{p.pid}/cmdline").read_bytes() for p in processes)
            seen += str(up.metrics()).encode()
            assert cli("screening", "stop", name).returncode == 0
            wait_until(lambda: states(cli) == {name: "finished"}, 40)
        seen += up.said.encode()

    found = json.loads(tried.stdout)
    assert (found["codec"], found["width"], found["clock"]) == ("h264", 640, "rtcp")
    assert found["usable"] > 0.5
    assert base64.b64decode(found["picture"]).startswith(b"\x89PNG")
    assert refused.returncode == 77
    statuses = {camera["name"]: camera["status"] for camera in json.loads(listed.stdout)}
    assert statuses["right"]["state"] == "live"
    assert statuses["wrong"]["state"] == "auth_failed"
    content = exported(cli, name, tmp_path / "whole.json")
    assert content["ledger"]["right"]["in_flight"] == 0
    assert "wrong" not in {c for c, counts in content["ledger"].items() if counts["captured"]}

    seen += (tried.stdout + tried.stderr + refused.stderr + listed.stdout).encode()
    seen += json.dumps(content).encode() + everything(store)
    assert not [spelling for spelling in SPELLINGS if spelling in seen]


def everything(store: Store) -> bytes:
    """Return all that the server holds."""
    client = store.cameras._client
    return b"".join(client.dump(key) or b"" for key in client.scan_iter(count=1000))


def test_one_flash_sets_the_clocks_of_two_cameras(
    cli: Cli, rtsp_server: type[RtspServer], tmp_path: Path
) -> None:
    dark = np.random.default_rng(0).integers(60, 70, (20 * 25, 1, 1, 3), dtype=np.uint8)
    pictures = list(np.broadcast_to(dark, (20 * 25, 120, 160, 3)).copy())
    for number in range(6 * 25, 6 * 25 + 5):
        pictures[number] = np.full((120, 160, 3), 200, np.uint8)
    film = make_video(tmp_path / "flash.mp4", pictures, encoder={"bf": "0", "g": "25"})
    with rtsp_server({"room": Mount(clip_of(film))}) as server:
        for name in ("left", "right"):
            cli("camera", "add", name, server.url("room"), "--audience", "panel", env=LOOPBACK)
        done = cli(
            "camera", "calibrate", "--audience", "panel", "--seconds", "12", "--json", env=LOOPBACK
        )

    assert done.returncode == 0, done.stderr
    offsets = json.loads(done.stdout)
    assert offsets["left"] == 0
    assert abs(offsets["right"]) <= 60
    cameras = json.loads(cli("camera", "list", "--json").stdout)
    assert {camera["name"]: camera["offset_ms"] for camera in cameras} == offsets
