import logging
import os
import signal
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from ingest.decode import read_file
from ingest.decode_process import DecodeProcess
from ingest.events import Event, PublicEvent, SourceEnded, SourceOpened, SourceRead
from ingest.recorded import read_recorded
from moodtrace.messages import FrameCaptured
from tests.ingest.held import decoders, held
from tests.ingest.made_video import ended, job, make_video, pictures_of, shades, times_of
from tests.waiting import wait_until


@pytest.fixture(autouse=True)
def nothing_left_behind() -> Iterator[None]:
    """Every test must give back all processes, threads and open files."""
    before = held()
    yield
    assert held() == before


def test_a_decode_process_says_what_decoding_here_says(tmp_path: Path) -> None:
    path = make_video(tmp_path / "front.mp4", shades(50))
    with DecodeProcess(job(path)) as process:
        events = list(process)
    expected = [event for event in read_file(job(path)) if not isinstance(event, SourceRead)]
    assert events == expected


def test_a_name_that_is_not_utf8_can_be_read(tmp_path: Path) -> None:
    path = make_video(tmp_path / "plain.mp4", shades(5))
    odd = path.rename(Path(os.fsdecode(os.fsencode(tmp_path) + b"/caf\xe9.mp4")))
    with DecodeProcess(job(odd)) as process:
        assert ended(list(process)).reason == ""


def test_a_relative_path_means_the_folder_of_the_caller(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_video(tmp_path / "front.mp4", shades(5))
    (tmp_path / "av.py").write_text("raise SystemExit")  # a trap for careless imports
    monkeypatch.chdir(tmp_path)
    with DecodeProcess(job(Path("front.mp4"))) as process:
        assert ended(list(process)).reason == ""


def test_nothing_of_the_job_shows_on_the_command_line(tmp_path: Path) -> None:
    path = make_video(tmp_path / "secret-name.mp4", shades(5))
    with DecodeProcess(job(path)) as process:
        assert "secret-name" not in " ".join(psutil.Process(process.pid).cmdline())


def test_a_killed_decode_process_loses_its_source_but_not_the_count(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG, logger="ingest")
    path = make_video(tmp_path / "long.mp4", shades(300, width=640, height=480))
    events: list[PublicEvent] = []
    with DecodeProcess(job(path, fps=25)) as process:
        for event in process:
            events.append(event)
            if len(events) == 5:
                os.kill(process.pid, signal.SIGKILL)
    end = ended(events)
    assert end.reason == "source_lost"
    assert end.captured == len(pictures_of(events)) < 300
    assert end.end_ms == pictures_of(events)[-1].pts_ms
    assert "decode process lost" in caplog.messages


def test_a_decode_process_that_hangs_is_given_up(tmp_path: Path) -> None:
    path = make_video(tmp_path / "long.mp4", shades(300, width=640, height=480))
    events: list[PublicEvent] = []
    with DecodeProcess(job(path, fps=25), silent_s=0.5) as process:
        for event in process:
            events.append(event)
            if len(events) == 5:
                os.kill(process.pid, signal.SIGSTOP)
    assert ended(events).reason == "source_lost"


def test_an_interrupt_from_the_keyboard_is_left_to_the_parent(tmp_path: Path) -> None:
    path = make_video(tmp_path / "front.mp4", shades(50))
    with DecodeProcess(job(path)) as process:
        events = iter(process)
        assert isinstance(next(events), SourceOpened)
        os.kill(process.pid, signal.SIGINT)
        assert ended(list(events)).reason == ""


def test_a_file_that_shrinks_while_it_is_read_is_lost(tmp_path: Path) -> None:
    path = make_video(tmp_path / "front.mp4", shades(250), muxer={"movflags": "+faststart"})
    events: list[Event] = []
    for event in read_file(job(path)):
        if not events:
            os.truncate(path, path.stat().st_size // 2)
        events.append(event)
    assert ended(events).reason == "source_lost"


def test_cameras_are_merged_by_time_and_then_by_their_order(tmp_path: Path) -> None:
    path = make_video(tmp_path / "front.mp4", shades(50))
    jobs = [
        job(path, camera_id="late", offset_ms=400),
        job(path, camera_id="left"),
        job(path, camera_id="right"),
    ]
    events = list(read_recorded(jobs))
    frames = pictures_of(events)
    order = [
        (frame.pts_ms, [one.camera_id for one in jobs].index(frame.camera_id)) for frame in frames
    ]
    assert order == sorted(order)
    assert len(frames) == 30
    assert {event.camera_id for event in events if isinstance(event, SourceEnded)} == {
        "late",
        "left",
        "right",
    }


def test_a_bad_camera_does_not_stop_the_others(tmp_path: Path) -> None:
    path = make_video(tmp_path / "front.mp4", shades(50))
    jobs = [job(tmp_path / "nowhere.mp4", camera_id="gone"), job(path)]
    events = list(read_recorded(jobs))
    reasons = {event.camera_id: event.reason for event in events if isinstance(event, SourceEnded)}
    assert reasons == {"gone": "no_such_file", "front": ""}
    assert len(times_of(events)) == 10


def test_closing_early_ends_all_decode_processes(tmp_path: Path) -> None:
    path = make_video(tmp_path / "long.mp4", shades(300, width=640, height=480))
    events = read_recorded([job(path, camera_id="left"), job(path, camera_id="right")])
    assert isinstance(next(events), SourceOpened)
    assert len(decoders()) == 2
    events.close()
    assert decoders() == []


def test_a_reader_that_is_slow_makes_the_decoder_wait(tmp_path: Path) -> None:
    path = make_video(tmp_path / "long.mp4", shades(300, width=640, height=480))
    with DecodeProcess(job(path, fps=25)) as process:
        events = iter(process)
        next(events)
        child = psutil.Process(process.pid)
        wait_until(lambda: child.status() == psutil.STATUS_SLEEPING)
        assert child.memory_info().rss < 200 << 20
        assert len([event for event in events if isinstance(event, FrameCaptured)]) == 300
