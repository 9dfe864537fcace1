import logging
import os
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from threading import Event

import numpy as np
import psutil
import pytest

from models.emotion import EmotionNetwork
from models.weights import find, folders_of
from moodtrace.codec import encode
from moodtrace.errors import ConfigurationError
from moodtrace.export import content_sha256
from moodtrace.messages import FacesScored, FrameCaptured, FrameFailed, Scored
from moodtrace.settings import load_analysis_settings
from tests.factories import captured
from tests.waiting import wait_until
from tests.workers import acting
from tests.workers.asking import ASKED_AGAIN, asking
from tests.workers.conftest import BATCH, REPLICAS, SHADOW, Serving
from tests.workers.test_live import Writer
from workers.deployments import (
    Service,
    agreement,
    deploy,
    gpus,
    replicas_running,
    service,
    undeploy,
)
from workers.live import LiveTimelines
from workers.networks import pulled, pulled_detector
from workers.serve_client import ServeClient
from workers.serve_options import ServeOptions
from workers.shadow import Agreement, Shadow

PATIENCE_S = 60
ACTING = "acting"


@pytest.fixture(scope="module")
def real(serving: Serving) -> Service:
    """The replicas of `moodtrace serve`."""
    return service(deadline_s=30, patience_s=PATIENCE_S)


@pytest.fixture(scope="module")
def undisturbed(
    real: Service, frames: list[FrameCaptured], serving: Serving, weights_dir: Path | None
) -> list[Scored]:
    """What the same networks make of the frames in this process."""
    folders = folders_of(weights_dir, serving.data_dir)
    analysis = load_analysis_settings()
    networks = pulled(pulled_detector(real.identity.detector, folders), analysis, folders)
    assert networks.identity(analysis) == real.identity
    return networks.analyzer(analysis)(frames)


@pytest.fixture(scope="module")
def obeying(serving: Serving) -> Service:
    """Two more replicas, which do what frames tell them to."""
    deploy(acting.described(acting.identity("a"), replicas=REPLICAS), Event(), ACTING)
    return service(deadline_s=2, patience_s=PATIENCE_S, name=ACTING)


@pytest.fixture
def whole(obeying: Service) -> Iterator[Service]:
    """The same, none of them lost."""
    wait_until(lambda: replicas_running(ACTING) == REPLICAS, 60)
    yield obeying


def batches(frames: Sequence[FrameCaptured]) -> list[Sequence[FrameCaptured]]:
    return [frames[start : start + BATCH] for start in range(0, len(frames), BATCH)]


def together(futures: Sequence["Future[list[Scored]]"]) -> list[Scored]:
    return [message for future in futures for message in future.result()]


def test_the_shadow_of_the_replicas_sees_the_same_faces(
    real: Service,
    frames: list[FrameCaptured],
    undisturbed: list[Scored],
    serving: Serving,
    weights: tuple[Path, ...],
) -> None:
    here = Shadow(lambda: EmotionNetwork(SHADOW, find(SHADOW, weights)))
    here(list(map(encode, frames)), list(map(encode, undisturbed)), 0)
    before = agreement() or Agreement()

    with asking(real.call) as asked:
        asked(frames)
    wait_until(lambda: seen_since(before) != (0, 0), 30)

    faces, missed = seen_since(before)
    assert (faces, missed) in ((here.agreement().faces, 0), (0, len(frames)))
    wait_until(lambda: serving.process.metrics()["moodtrace_shadow_kappa_ratio"] > 0, 30)


def test_the_death_of_the_shadow_changes_nothing(
    real: Service, frames: list[FrameCaptured], undisturbed: list[Scored], serving: Serving
) -> None:
    with asking(real.call) as asked:
        (shadow,) = serving.processes("Shadow")
        shadow.kill()
        assert asked(frames) == undisturbed


def seen_since(before: Agreement) -> tuple[int, int]:
    now = agreement() or before
    return now.faces - before.faces, now.missed_frames - before.missed_frames


def rows_sha256(scored: Sequence[Scored], replicas: Service) -> str:
    """What a timeline hashes to that is made of these."""
    writer = Writer(replicas.identity)
    timelines = LiveTimelines(lambda _: writer)
    timelines.take(scored, 0)
    timelines.suspend()
    assert sum(row.frames for row in writer.rows) == len(scored) - 1  # one is no picture
    return content_sha256(writer.rows)


def lost(caplog: pytest.LogCaptureFixture) -> int:
    return sum(record.message == ASKED_AGAIN for record in caplog.records)


def test_replicas_give_the_bytes_that_the_networks_give_here(
    real: Service, frames: list[FrameCaptured], undisturbed: list[Scored]
) -> None:
    told: dict[str, float] = {}

    with ServeClient(real.call, observe=told.__setitem__) as client:
        results = together([client.submit(batch) for batch in batches(frames)])

    assert results == undisturbed
    assert [m.seq for m in results if isinstance(m, FrameFailed)] == [5]
    assert told.keys() == {"decode", "detect", "score"}


def _survive_kills(
    kills: int,
    real: Service,
    frames: list[FrameCaptured],
    serving: Serving,
    caplog: pytest.LogCaptureFixture,
) -> list[list[Scored]]:
    """Analyse the frames again and again until so many batches were lost with their replicas."""
    rng = np.random.default_rng(6)
    rounds = []
    caplog.set_level(logging.WARNING, "workers.inference")
    with asking(real.call, batches=REPLICAS, batch_frames=BATCH) as asked:
        while lost(caplog) < kills:
            wait_until(
                lambda: len(serving.processes("FaceAnalyzer")) == replicas_running() == REPLICAS,
                60,
            )
            asked.begin(frames)
            time.sleep(rng.uniform(0.05, 0.3))
            if asked.is_under_way:
                serving.processes("FaceAnalyzer")[rng.integers(REPLICAS)].kill()
            rounds.append(asked.results())
    return rounds


def test_frames_whose_replica_is_killed_are_all_answered_once(
    real: Service,
    frames: list[FrameCaptured],
    undisturbed: list[Scored],
    serving: Serving,
    caplog: pytest.LogCaptureFixture,
) -> None:
    rounds = _survive_kills(2, real, frames, serving, caplog)

    assert {rows_sha256(results, real) for results in rounds} == {rows_sha256(undisturbed, real)}
    assert f'"running": {REPLICAS - 1}, "before": {REPLICAS}' in serving.process.said


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_frames_survive_thirty_kills(
    real: Service,
    frames: list[FrameCaptured],
    undisturbed: list[Scored],
    serving: Serving,
    caplog: pytest.LogCaptureFixture,
) -> None:
    rounds = _survive_kills(30, real, frames, serving, caplog)

    assert {rows_sha256(results, real) for results in rounds} == {rows_sha256(undisturbed, real)}


def _outlive(mark: Path, picture: bytes, obeying: Service) -> tuple[float, float]:
    """Return after how many seconds a batch was answered, and its first replica replaced."""
    began_s = time.monotonic()
    with asking(obeying.call, mode="live") as asked:
        results = asked([captured(seq, image=picture) for seq in range(BATCH)])
    moved_s = time.monotonic() - began_s
    assert not any(isinstance(message, FrameFailed) for message in results)
    lost_pid = int(mark.read_text())
    assert psutil.pid_exists(lost_pid)
    wait_until(lambda: not psutil.pid_exists(lost_pid), 60)
    wait_until(lambda: replicas_running(ACTING) == REPLICAS, 60)
    replaced_s = time.monotonic() - began_s
    print(f"moved after {moved_s:.1f} s, replaced after {replaced_s:.1f} s")
    return moved_s, replaced_s


def test_a_replica_that_hangs_is_passed_by_and_replaced(tmp_path: Path, whole: Service) -> None:
    mark = tmp_path / "pid"

    moved_s, replaced_s = _outlive(mark, acting.hang(mark), whole)

    assert moved_s < 5
    assert replaced_s < 30  # 13 to 15 s on a machine that does nothing else


@pytest.mark.slow
def test_a_process_that_is_stopped_is_passed_by_and_replaced(
    tmp_path: Path, whole: Service
) -> None:
    mark = tmp_path / "pid"

    moved_s, replaced_s = _outlive(mark, acting.stop(mark), whole)

    assert moved_s < 5
    assert replaced_s < 40


def test_poison_is_found_and_its_batch_mates_are_scored(whole: Service) -> None:
    frames = [captured(seq, image=acting.POISON if seq == 3 else b"") for seq in range(BATCH)]

    with asking(whole.call) as asked:
        results = asked(frames)

    assert [message.seq for message in results] == list(range(BATCH))
    failures = [message for message in results if isinstance(message, FrameFailed)]
    assert [(message.seq, message.reason) for message in failures] == [(3, "poison")]


def test_networks_that_fail_on_a_frame_make_it_poison_too(whole: Service) -> None:
    frames = [captured(seq, image=acting.FAIL if seq == 1 else b"") for seq in range(3)]

    with asking(whole.call) as asked:
        results = asked(frames)

    assert [isinstance(message, FrameFailed) for message in results] == [False, True, False]


@pytest.mark.slow
def test_networks_that_do_not_open_are_said(serving: Serving) -> None:
    with pytest.raises(ConfigurationError, match="can't start: ValueError: no such weights"):
        deploy(acting.described(acting.identity("none"), replicas=1), Event(), "broken")
    undeploy("broken")


def test_gpus_that_the_cluster_does_not_have_are_refused(serving: Serving) -> None:
    ServeOptions(replicas=8).require_room(gpus())
    with pytest.raises(ConfigurationError, match="too few GPUs"):
        ServeOptions(replicas=2, gpus=0.5).require_room(gpus())


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_a_backlog_brings_a_second_replica_and_calm_takes_it_away(serving: Serving) -> None:
    name = "growing"
    one = acting.described(acting.identity("a"), replicas=1, max_replicas=2)
    deploy(one, Event(), name)
    replicas = service(deadline_s=5, patience_s=PATIENCE_S, name=name)

    with asking(replicas.call, batches=3, batch_frames=1) as asked:
        asked.begin([captured(seq, image=acting.SLOW) for seq in range(200)])
        assert replicas_running(name) == 1
        began_s = time.monotonic()
        while replicas_running(name) < 2:
            assert asked.is_under_way, "the backlog is gone"
            time.sleep(0.05)
        grew_s = time.monotonic() - began_s
        assert not any(isinstance(message, FrameFailed) for message in asked.results())
    assert replicas_running(name) == 2

    calm_s = wait_until(lambda: replicas_running(name) == 1, 150)
    print(f"a second replica after {grew_s:.1f} s, one again after {calm_s:.1f} s of calm")
    undeploy(name)


STRANGER = """
import sys
from pathlib import Path
from moodtrace.errors import MoodtraceError
from workers.deployments import joined
try:
    with joined(sys.argv[1], Path(sys.argv[2])):
        print("joined")
except MoodtraceError as error:
    print(*error.lines(), error.exit_code, sep="\\n")
"""


def test_who_does_not_show_the_token_is_refused(serving: Serving, tmp_path: Path) -> None:
    address = (serving.data_dir / "ray-address").read_text()
    scripts = [
        f"import os, workers; os.environ['RAY_AUTH_MODE'] = {mode!r}\n{STRANGER}"
        for mode in ("token", "disabled")
    ]
    strangers = [
        subprocess.Popen(
            [sys.executable, "-c", script, address, tmp_path],
            env={**os.environ, "RAY_AUTH_TOKEN": "guessed", "RAY_AUTH_TOKEN_PATH": ""},
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        for script in scripts
    ]

    for stranger in strangers:
        said = stranger.communicate(timeout=60)[0].splitlines()
        assert said[0] == "Error: the Ray cluster refuses the token"
        assert said[-1] == "77"


def test_replicas_of_other_networks_take_over_and_no_screening_has_both(serving: Serving) -> None:
    name, stop = "changing", Event()
    began = acting.identity("a")
    deploy(acting.described(began, replicas=1), stop, name)
    replicas = service(deadline_s=5, patience_s=PATIENCE_S, name=name)
    assert replicas.identity == began
    writers = {began: Writer(began), acting.identity("b"): Writer(acting.identity("b"))}
    scored: list[Scored] = []

    with asking(replicas.call) as asked, ThreadPoolExecutor() as pool:
        change = pool.submit(deploy, acting.described(acting.identity("b"), replicas=1), stop, name)
        while not change.done() or len(scored) % BATCH:
            first = len(scored)
            scored += asked([captured(seq) for seq in range(first, first + BATCH)])
        change.result()
        scored += asked([captured(seq) for seq in range(len(scored), len(scored) + BATCH)])

    assert [message.seq for message in scored] == list(range(len(scored)))
    made = Counter(m.analysis_sha256 for m in scored if isinstance(m, FacesScored))
    assert made.keys() == {"a", "b"} and made.total() == len(scored)
    for identity, writer in writers.items():
        timelines = LiveTimelines(lambda _, writer=writer: writer)  # type: ignore[misc]
        timelines.take(scored, 0)
        timelines.suspend()
        counts = writer.ledger["front"]
        assert counts.analysed == sum(row.frames for row in writer.rows)
        assert counts.analysed == made[identity.analysis_sha256]
        assert counts.failed == {"other_model": len(scored) - counts.analysed}
    undeploy(name)
