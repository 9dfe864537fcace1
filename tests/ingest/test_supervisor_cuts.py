"""Four RTSP cameras, one of which is cut off again and again in four ways."""

import random
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

import pytest

from moodtrace.cameras import Camera
from tests.ingest.watched import Watched, watched
from tests.servers.clips import Clip
from tests.servers.proxy import Proxy
from tests.servers.rtsp import Mount, RtspServer
from tests.waiting import wait_until

FPS = 5
OTHERS = ("left", "right", "front")
SLACK_S = 1.0
"""For who looks here too, on a machine that runs other tests meanwhile."""
SETTLED_S = 6.0
"""More than what resets the backoff."""


@dataclass
class Cut:
    """How the victim is cut off and brought back."""

    source: str
    begin: Callable[[], None]
    end: Callable[[], None]


@pytest.fixture(scope="module")
def others(rtsp_server: type[RtspServer], clip: Clip) -> Iterator[tuple[Camera, ...]]:
    with rtsp_server({name: Mount(clip) for name in OTHERS}) as server:
        yield tuple(camera(name, server.url(name)) for name in OTHERS)


def camera(name: str, source: str) -> Camera:
    return Camera(name=name, source=source, audience="panel", fps=FPS)


@pytest.fixture
def cut(rtsp_server: type[RtspServer], clip: Clip, kind: str) -> Iterator[Cut]:
    with ExitStack() as stack:
        server = stack.enter_context(rtsp_server({"victim": Mount(clip)}))
        url = server.url("victim")
        if kind == "freeze":
            yield Cut(url, server.freeze, server.thaw)
        elif kind == "restart":
            yield Cut(url, server.kill, server.start)
        else:
            proxy = stack.enter_context(Proxy(server.port))
            yield Cut(
                f"rtsp://127.0.0.1:{proxy.port}/victim",
                begin=lambda: proxy.switch("reset" if kind == "reset" else "blackhole"),
                end=lambda: proxy.switch("pass"),
            )


class Outcome(NamedTuple):
    """How one cut went, in seconds."""

    noticed_s: float
    """From the cut until a status said so."""
    back_s: float
    """From the return of the source to the next frame."""
    gap_s: float
    """Between the times of the frames around it."""
    without_s: float
    """From the cut to the next frame, by the clock on the wall."""


def cut_off(watch: Watched, cut: Cut, seconds: float) -> Outcome:
    """Cut the victim off for a while, and wait for its next frame."""
    begin_s = time.time()
    cut.begin()
    time.sleep(max(0.0, begin_s + seconds - time.time()))
    cut.end()
    end_s = time.time()
    wait_until(lambda: watch.frames("victim")[-1].arrival_ms > 1000 * end_s, 20, "frames again")
    before, after = next(
        pair for pair in pairwise(watch.frames("victim")) if pair[1].arrival_ms > 1000 * end_s
    )
    down = [told_s for told_s, status in watch.told("victim") if status.state != "live"]
    return Outcome(
        noticed_s=next(told_s for told_s in down if told_s > begin_s) - begin_s,
        back_s=after.arrival_ms / 1000 - end_s,
        gap_s=(after.capture_ms - before.capture_ms) / 1000,
        without_s=after.arrival_ms / 1000 - begin_s,
    )


@pytest.mark.parametrize("kind", ["reset", "blackhole", "freeze", "restart"])
@pytest.mark.parametrize(
    "cuts", [1, pytest.param(20, marks=[pytest.mark.slow, pytest.mark.timeout(900)])]
)
def test_a_camera_that_is_cut_off_comes_back_and_no_other_loses_a_frame(
    kind: str, cuts: int, cut: Cut, others: tuple[Camera, ...]
) -> None:
    rng = random.Random(f"{kind} {cuts}")  # noqa: S311
    outcomes: list[Outcome] = []
    with watched(*others, camera("victim", cut.source)) as watch:
        watch.until_live("victim", *OTHERS)
        for _ in range(cuts):
            time.sleep(SETTLED_S if outcomes else 1)
            outcomes.append(cut_off(watch, cut, rng.uniform(3.5, 6)))
            print(kind, outcomes[-1])
        time.sleep(1)

    for outcome in outcomes:
        assert outcome.noticed_s <= 5 + SLACK_S
        assert outcome.back_s <= 5 + SLACK_S
        assert abs(outcome.gap_s - outcome.without_s) <= 1
    for name in OTHERS:
        assert_whole(watch, name)


def assert_whole(watch: Watched, name: str) -> None:
    """Not one frame may be missing of a camera that nobody touched."""
    frames, last = watch.frames(name), watch.statuses(name)[-1]
    lasted_s = (frames[-1].capture_ms - frames[0].capture_ms) / 1000
    assert abs(len(frames) - 1 - lasted_s * FPS) <= 1
    assert len({sampled.connection for sampled in watch.samples(name)}) == 1
    assert (last.dropped, last.failed, last.reconnects_per_hour) == ({}, {}, 0)
