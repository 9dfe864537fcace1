"""Cameras that come, change and go; the sources are files shown as live."""

import logging
import time
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from threading import Event

import pytest
from msgspec.structs import replace

from ingest.camera_keeper import Sampled
from ingest.live_events import LiveDropped, LiveJob
from moodtrace.cameras import Camera, CameraStatus
from moodtrace.errors import ServerAwayError
from tests.ingest.held import decoders
from tests.ingest.watched import Watched, running, watched
from tests.waiting import wait_until


@pytest.fixture
def file_camera(footage: Callable[[str], Path]) -> Callable[[str], Camera]:
    source = f"file:{footage('no_face.mp4')}"
    return lambda name: Camera(name=name, source=source, audience="panel")


def test_a_camera_that_changes_is_restarted_and_no_other(
    file_camera: Callable[[str], Camera],
) -> None:
    with watched(file_camera("left"), file_camera("right")) as watch:
        watch.until_live("left", "right")
        before = set(decoders())
        connection = watch.samples("right")[-1].connection

        watch.cameras["left"] = replace(watch.cameras["left"], fps=10)
        wait_until(lambda: watch.samples("left")[-1].camera.fps == 10, 5)
        after = set(decoders())

        assert len(before & after) == 1
        assert len(after) == 2
        assert {s.connection for s in watch.samples("right")} == {connection}
        assert watch.samples("left")[-1].connection > connection


def test_cameras_come_and_go(file_camera: Callable[[str], Camera]) -> None:
    with watched(file_camera("left")) as watch:
        watch.until_live("left")

        watch.cameras["right"] = file_camera("right")
        watch.until_live("right", timeout_s=5)
        del watch.cameras["left"]
        wait_until(lambda: len(decoders()) == 1, 3)
        came = len(watch.samples("left"))
        seen = len(watch.samples("right"))
        wait_until(lambda: len(watch.samples("right")) > seen + 5, 5)

        assert len(watch.samples("left")) == came


def test_a_camera_that_is_disabled_runs_nothing_and_says_so(
    file_camera: Callable[[str], Camera],
) -> None:
    with watched(replace(file_camera("left"), enabled=False)) as watch:
        watch.until("left", "disabled", 3)
        assert decoders() == []

        watch.cameras["left"] = file_camera("left")
        watch.until_live("left")
        watch.cameras["left"] = replace(file_camera("left"), enabled=False)
        watch.until("left", "disabled", 5)

        assert decoders() == []
        assert watch.statuses("left")[-1].grade == ""


def test_it_tells_how_a_camera_fares(file_camera: Callable[[str], Camera]) -> None:
    with watched(file_camera("left")) as watch:
        wait_until(lambda: any(s.grade for s in watch.statuses("left")), 20)
        told = watch.told("left")

    first, last = told[0][1], told[-1][1]
    assert (first.state, first.captured) == ("connecting", 0)
    assert (last.state, last.codec, last.clock) == ("live", "h264", "arrival")
    assert (last.grade, last.reasons) == ("A", ())
    assert 4.8 <= last.fps <= 5.1
    assert last.captured >= 50
    pauses = [after[0] - before[0] for before, after in pairwise(told)]
    assert max(pauses) < 2.5


def test_a_killed_decode_process_is_replaced(file_camera: Callable[[str], Camera]) -> None:
    with watched(file_camera("left"), file_camera("right")) as watch:
        watch.until_live("left", "right")
        victim = decoders()[0]

        victim.kill()

        wait_until(lambda: any(s.reason == "decoder_lost" for s in statuses_of(watch)), 3)
        wait_until(lambda: len(decoders()) == 2 and victim not in decoders(), 5)
        watch.until_live("left", "right")


@pytest.mark.parametrize("reason", ["decoder_lost", "interrupted"])
def test_frames_in_a_decode_process_that_ends_are_counted(
    file_camera: Callable[[str], Camera], reason: str
) -> None:
    class Slow(Watched):
        stuck = Event()
        let_go = Event()

        def job_of(self, camera: Camera) -> LiveJob | str:
            job = super().job_of(camera)
            return job if isinstance(job, str) else replace(job, encoding="raw")

        def sink(self, sampled: Sampled) -> None:
            super().sink(sampled)
            self.stuck.set()
            self.let_go.wait(10)

    with running(Slow({"left": file_camera("left")})) as watch:
        watch.stuck.wait(10)
        if reason == "interrupted":
            watch.cameras.clear()  # it looks for what is wanted every second
        time.sleep(2)
        if reason == "decoder_lost":
            decoders()[0].kill()
        watch.let_go.set()
        wait_until(lambda: any(isinstance(s.event, LiveDropped) for s in watch.samples("left")), 5)
        told = [s.event for s in watch.samples("left")]

    (held,) = [event for event in told if isinstance(event, LiveDropped)]
    assert held.reason == reason
    assert held.count >= 5


def statuses_of(watch: Watched) -> list[CameraStatus]:
    return [status for name in watch.cameras for status in watch.statuses(name)]


def test_a_password_that_is_missing_stops_no_other_camera(
    file_camera: Callable[[str], Camera],
) -> None:
    locked = replace(file_camera("locked"), username="u", password_env="NOT_SET")  # noqa: S106
    with watched(locked, file_camera("left")) as watch:
        watch.until("locked", "auth_failed", 3)
        assert watch.statuses("locked")[-1].reason == "no_password"
        assert watch.statuses("locked")[-1].grade == "D"
        watch.until_live("left")

        watch.passwords["locked"] = "canary"
        watch.cameras["locked"] = replace(locked, password_env="SET")  # noqa: S106
        watch.until_live("locked")


def test_while_cameras_are_not_known_the_last_ones_stay(
    file_camera: Callable[[str], Camera], caplog: pytest.LogCaptureFixture
) -> None:
    class Away(Watched):
        is_away = False
        asked = 0

        def wanted(self) -> dict[str, Camera]:
            self.asked += 1
            if self.is_away:
                raise ServerAwayError("the store does not answer", where="x", try_this="y")
            return self.cameras

    with running(Away({"left": file_camera("left")})) as watch:
        watch.until_live("left")
        watch.is_away = True
        asked = watch.asked
        wait_until(lambda: watch.asked >= asked + 3, 5)
        seen = len(watch.samples("left"))
        wait_until(lambda: len(watch.samples("left")) > seen + 5, 5)

    assert [record.message for record in caplog.records].count("cameras not known") == 1
    assert {sampled.connection for sampled in watch.samples("left")[1:]} == {
        watch.samples("left")[-1].connection
    }


def test_nobody_who_only_listens_can_end_a_camera(
    file_camera: Callable[[str], Camera], caplog: pytest.LogCaptureFixture
) -> None:
    class Deaf(Watched):
        def report(self, status: CameraStatus) -> None:
            raise ValueError("report is broken")

    with running(Deaf({"left": file_camera("left")})) as watch:
        wait_until(lambda: len(watch.frames("left")) > 15, 10)

    assert [record.message for record in caplog.records].count("status not reported") == 1


def test_a_slow_store_costs_no_frame(file_camera: Callable[[str], Camera]) -> None:
    class Slow(Watched):
        is_slow = Event()

        def report(self, status: CameraStatus) -> None:
            super().report(status)
            self.is_slow.wait(30)

    with running(Slow({"left": file_camera("left"), "right": file_camera("right")})) as watch:
        wait_until(lambda: all(len(watch.frames(name)) > 40 for name in watch.cameras), 15)
        told = len(watch.told("left") + watch.told("right"))
        watch.is_slow.set()
        watch.until_live("left", "right")

    assert told == 1
    for name in ("left", "right"):
        assert watch.statuses(name)[-1].dropped == {}
        pauses_ms = [b.capture_ms - a.capture_ms for a, b in pairwise(watch.frames(name))]
        assert max(pauses_ms) < 400


def test_a_camera_whose_frames_nobody_can_take_waits_and_tries_again(
    file_camera: Callable[[str], Camera], caplog: pytest.LogCaptureFixture
) -> None:
    class Broken(Watched):
        is_broken = True

        def sink(self, sampled: Sampled) -> None:
            if self.is_broken:
                raise ValueError("sink is broken")
            super().sink(sampled)

    caplog.set_level(logging.ERROR)
    with running(Broken({"left": file_camera("left")})) as watch:
        watch.until("left", "waiting", 5)
        assert watch.statuses("left")[-1].reason == "unexpected"
        watch.is_broken = False
        watch.until_live("left")

    assert "sink is broken" in caplog.text
