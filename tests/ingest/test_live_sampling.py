"""What is said of pictures, told by clocks that tests turn."""

from collections.abc import Iterable, Iterator
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from ingest.capture_clock import JUMP_MS
from ingest.live_events import LiveAlive, LiveClockJumped, LiveDropped, LiveEvent, LiveFailed
from ingest.live_paced import Pacer
from ingest.live_sampling import LiveSampling
from ingest.live_sources import LiveSourceError
from ingest.live_stream import Description, Taken, taken_as_it_comes
from ingest.opening import best_video_stream, open_container, open_file
from ingest.rate import Pace
from tests.ingest.live import frames_of, live_job, openings_of
from tests.ingest.made_video import make_video, shades

START_MS = 1_790_000_000_000


class Clock:
    """Says what a test wants it to say."""

    def __init__(self, now: float = 0.0) -> None:
        self.now = now

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds * 1000


def taken(capture_ms: int, *, is_lost: bool = False, jump_ms: int = 0) -> Taken:
    frame = None
    if not is_lost:
        frame = av.VideoFrame.from_ndarray(np.zeros((90, 160, 3), np.uint8), format="bgr24")
    stream = Description("h264", 25.0)
    return Taken(stream, frame, capture_ms, capture_ms, "arrival", jump_ms)


def said(source: Iterable[tuple[float, Taken | None]], **fields: object) -> list[LiveEvent]:
    """Give a source's pictures at the given seconds."""
    clock = Clock()

    def timed() -> Iterator[Taken | None]:
        for clock.now, one in source:
            yield one

    return list(LiveSampling(live_job("", **fields), clock).events(timed()))


def test_frames_above_the_highest_rate_are_counted_and_the_rest_is_sampled_as_ever() -> None:
    source = [(number / 240, taken(number * 1000 // 240)) for number in range(240 * 60)]
    events = said(source)
    dropped = sum(event.count for event in events if isinstance(event, LiveDropped))
    assert len(frames_of(events)) == pytest.approx(5 * 60, rel=0.05)
    assert dropped == pytest.approx(120 * 59, rel=0.02)


def test_a_lost_frame_that_would_have_been_sampled_has_failed() -> None:
    source = [(number / 5, taken(number * 200, is_lost=number == 2)) for number in range(4)]
    events = said(source)
    assert [event.capture_ms for event in events if isinstance(event, LiveFailed)] == [400, 600]
    assert [frame.capture_ms for frame in frames_of(events)] == [0, 200]


def test_who_comes_in_the_middle_misses_nothing_before_the_first_whole_picture() -> None:
    lost = [(number / 25, taken(number * 40, is_lost=True)) for number in range(25)]
    assert said(lost) == []


def test_a_source_that_sends_but_shows_nothing_gives_a_sign_of_life_a_second() -> None:
    packets: list[tuple[float, Taken | None]] = [(number / 25, None) for number in range(24 * 25)]
    assert said(packets) == [LiveAlive()] * 23


def test_a_source_that_never_shows_a_picture_is_given_up() -> None:
    packets: list[tuple[float, Taken | None]] = [(number / 2, None) for number in range(54)]
    with pytest.raises(LiveSourceError) as error:
        said(packets)
    assert error.value.reason == "no_frames"


def test_a_camera_clock_that_was_set_is_told() -> None:
    events = said([(0.0, taken(0)), (0.2, taken(200, jump_ms=3_600_000))])
    assert LiveClockJumped(jump_ms=3_600_000) in events
    assert len(frames_of(events)) == 2
    assert len(openings_of(events)) == 1


def read_as_it_comes(path: Path, arrivals_ms: Iterator[float]) -> list[Taken]:
    with open_file(str(path).encode()) as file, open_container(file, str(path)) as container:
        video = best_video_stream(container, str(path))
        source = taken_as_it_comes(container, video, lambda: next(arrivals_ms))
        return [one for one in source if one is not None]


def test_a_time_of_day_that_is_set_back_ends_the_run(tmp_path: Path) -> None:
    path = make_video(tmp_path / "film.ts", shades(50))
    arrivals_ms = (START_MS + number * 40 - (number > 25) * (JUMP_MS + 100) for number in range(99))
    with pytest.raises(LiveSourceError) as error:
        read_as_it_comes(path, arrivals_ms)
    assert error.value.reason == "clock_stepped"


def test_frames_get_the_even_times_of_their_stream(tmp_path: Path) -> None:
    path = make_video(tmp_path / "film.ts", shades(50))
    rng = np.random.default_rng(0)
    arrivals_ms = (START_MS + number * 40 + rng.uniform(0, 30) for number in range(99))
    times_ms = [one.capture_ms for one in read_as_it_comes(path, arrivals_ms)]
    assert len(times_ms) == 50
    assert (np.diff(times_ms[10:45]) == 40).all()


def test_a_pacer_shows_each_picture_when_it_is_due() -> None:
    clock = Clock(START_MS)
    pacer = Pacer(clock, clock.sleep)
    due_ms = [pacer.wait(Fraction(number, 25)) for number in range(100)]
    assert due_ms == [START_MS + number * 40 for number in range(100)]
    assert clock.now == START_MS + 99 * 40


def test_a_pacer_that_is_late_goes_on_from_there() -> None:
    clock = Clock(START_MS)
    pacer = Pacer(clock, clock.sleep)
    pacer.wait(Fraction(0))
    clock.now += 5000
    assert pacer.wait(Fraction(1, 25)) == START_MS + 5000
    assert pacer.wait(Fraction(2, 25)) == START_MS + 5040


@pytest.mark.parametrize("cost_ms", [45, 60, 150])
def test_a_recording_slows_down_on_a_busy_machine_and_leaves_no_second_empty(cost_ms: int) -> None:
    clock = Clock(START_MS)
    pacer, pace = Pacer(clock, clock.sleep), Pace(5)
    kept: list[int] = []
    for number in range(3000):
        due_ms = pacer.wait(Fraction(number, 25))
        clock.now += cost_ms
        if pace.keep(due_ms):
            kept.append(due_ms)
    seconds = [time_ms // 1000 for time_ms in kept]
    assert set(seconds) == set(range(seconds[0], seconds[-1] + 1))
    assert clock.now - kept[-1] < 1000


def test_a_pacer_cuts_long_pauses_short() -> None:
    clock = Clock(START_MS)
    pacer = Pacer(clock, clock.sleep)
    pacer.wait(Fraction(0))
    assert pacer.wait(Fraction(3600)) == START_MS + 1
    assert clock.now < START_MS + 100
