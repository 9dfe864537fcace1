"""The child as its parent sees it."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import psutil
import pytest

from ingest.live_events import LiveAlive, LiveEnded, LiveFrame, LiveOpened
from ingest.live_process import LiveProcess
from tests.ingest.held import held
from tests.ingest.live import (
    after_frames,
    end_of,
    frames_of,
    heard,
    intervals_ms,
    is_end,
    live_job,
    openings_of,
    picture_of,
)
from tests.ingest.made_video import make_video, quadrants, shades
from tests.waiting import wait_until

FACE = "WolfgangLanger_Pexels.mp4"


@pytest.fixture(autouse=True)
def nothing_left_behind() -> Iterator[None]:
    """Every test must give back all processes, threads and open files."""
    before = held()
    yield
    assert held() == before


@pytest.fixture
def film(tmp_path: Path) -> Path:
    """Two seconds at 25 fps."""
    return make_video(tmp_path / "film.mp4", shades(50))


def test_a_file_is_shown_in_its_own_time_for_ever(film: Path) -> None:
    with LiveProcess(live_job(f"file:{film}")) as process:
        frames = frames_of(heard(process, until=after_frames(25)))
    assert all(150 <= interval <= 250 for interval in intervals_ms(frames))
    assert sum(intervals_ms(frames)) == pytest.approx(24 * 200, abs=100)
    assert all(0 <= frame.arrival_ms - frame.capture_ms < 500 for frame in frames)


def test_a_file_that_stands_on_its_side_is_shown_upright(tmp_path: Path) -> None:
    film = make_video(tmp_path / "film.mp4", [quadrants()] * 25, rotation_deg=90)
    with LiveProcess(live_job(f"file:{film}")) as process:
        events = heard(process, until=after_frames(1))
    (opening,) = openings_of(events)
    assert (opening.width, opening.height) == (120, 160)
    assert picture_of(frames_of(events)[0]).shape == (160, 120, 3)


def test_pictures_are_scaled_to_the_size_that_was_asked_for(tmp_path: Path) -> None:
    film = make_video(tmp_path / "film.mp4", shades(25, width=640, height=360))
    with LiveProcess(live_job(f"file:{film}", max_width=320, max_height=320)) as process:
        events = heard(process, until=after_frames(1))
    (opening,) = openings_of(events)
    assert (opening.width, opening.height) == (640, 360)
    assert (opening.analysis_width, opening.analysis_height) == (320, 180)
    assert (frames_of(events)[0].width, frames_of(events)[0].height) == (320, 180)


def test_a_file_without_a_picture_that_can_be_decoded(tmp_path: Path) -> None:
    (tmp_path / "film.mp4").write_text("no film")
    with LiveProcess(live_job(f"file:{tmp_path}/film.mp4")) as process:
        assert list(process) == [LiveAlive(), LiveEnded(reason="not_media")]


def test_a_relative_path_means_the_folder_of_the_caller(
    film: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (film.parent / "av.py").write_text("raise SystemExit")  # a trap for careless imports
    monkeypatch.chdir(film.parent)
    with LiveProcess(live_job("file:film.mp4")) as process:
        assert frames_of(heard(process, until=after_frames(1)))


def test_who_waits_for_less_than_it_takes_gets_nothing_and_goes_on(film: Path) -> None:
    with LiveProcess(live_job(f"file:{film}")) as process:
        assert process.read(0) is None
        assert process.read(10) == LiveAlive()
        assert isinstance(process.read(10), LiveOpened)
        assert isinstance(process.read(10), LiveFrame)
        os.kill(process.pid, signal.SIGSTOP)
        started_s = time.monotonic()
        while process.read(0.2) is not None:
            pass
        assert time.monotonic() - started_s < 5
        os.kill(process.pid, signal.SIGCONT)
        assert isinstance(process.read(10), LiveFrame)


def test_a_child_that_hangs_is_ended_within_two_seconds(film: Path) -> None:
    with LiveProcess(live_job(f"file:{film}")) as process:
        heard(process, until=after_frames(1))
        os.kill(process.pid, signal.SIGSTOP)
        started_s = time.monotonic()
        process.kill()
        assert time.monotonic() - started_s < 2.5
        assert end_of(heard(process, until=is_end)).reason == "decoder_lost"
        assert process.ended
        assert process.read(1) is None


def test_frames_that_a_killed_child_still_held_are_known(film: Path) -> None:
    with LiveProcess(live_job(f"file:{film}", encoding="raw")) as process:
        frames = frames_of(heard(process, until=after_frames(3)))
        assert process.undelivered("x") is None
        time.sleep(2)  # nobody reads: a picture or two fit into the pipe, the rest waits in it
        os.kill(process.pid, signal.SIGKILL)
        frames += frames_of(heard(process, until=is_end))
        held = process.undelivered("decoder_lost")

        assert held is not None
        assert held.reason == "decoder_lost"
        assert held.count >= 6
        sampled_ms = [*(frame.capture_ms for frame in frames), *held.times_ms()]
        steps_ms = [later - sooner for sooner, later in pairwise(sampled_ms)]
        assert all(150 <= step_ms <= 250 for step_ms in steps_ms)
        assert process.undelivered("decoder_lost") is None


def test_a_child_that_said_all_held_nothing(film: Path) -> None:
    with LiveProcess(live_job(str(film.with_name("none.mp4")))) as process:
        heard(process, until=is_end)
        assert process.undelivered("decoder_lost") is None


def test_an_interrupt_from_the_keyboard_is_left_to_the_parent(film: Path) -> None:
    with LiveProcess(live_job(f"file:{film}")) as process:
        heard(process, until=after_frames(1))
        os.kill(process.pid, signal.SIGINT)
        assert len(frames_of(heard(process, until=after_frames(3)))) == 3


ORPHAN = """
import os, sys
from ingest.live_events import LiveJob
from ingest.live_process import LiveProcess
from tests.ingest.held import held
process = LiveProcess(LiveJob(camera_id="front", source=sys.argv[1]))
process.read()
print(process.pid, flush=True)
os._exit(1)
"""


def test_a_child_whose_parent_died_ends(film: Path) -> None:
    parent = subprocess.run(
        [sys.executable, "-c", ORPHAN, f"file:{film}"], stdout=subprocess.PIPE, check=False
    )
    child = int(parent.stdout)
    wait_until(lambda: not psutil.pid_exists(child), timeout_s=10)


def test_a_child_may_not_eat_all_memory_nor_write_files(film: Path) -> None:
    with LiveProcess(live_job(f"file:{film}")) as process:
        heard(process, until=after_frames(1))
        child = psutil.Process(process.pid)
        assert child.rlimit(psutil.RLIMIT_CORE) == (0, 0)
        assert child.rlimit(psutil.RLIMIT_DATA) == (2 << 30, 2 << 30)
        assert child.rlimit(psutil.RLIMIT_FSIZE) == (1 << 20, 1 << 20)
        assert child.memory_info().rss < 200 << 20
