"""`moodtrace worker infer` as a process: its own networks or those of replicas, and how it ends."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path

import cv2
import numpy as np
import psutil
import pytest

from moodtrace.bus_kafka import Cluster
from moodtrace.messages import FacesScored, FrameCaptured
from tests.commands.running import Running, running
from tests.conftest import Cli
from tests.factories import pictured
from tests.waiting import wait_until
from tests.workers.working import results, send

FRAMES = 96


@pytest.fixture
def frames(footage: Callable[[str], Path]) -> list[FrameCaptured]:
    """Real pictures with a face, as a camera of recorded footage gives them."""
    video = cv2.VideoCapture(str(footage("WolfgangLanger_Pexels.mp4")))
    ok, image = video.read()
    video.release()
    assert ok
    small = np.asarray(cv2.resize(image, (480, 270)), np.uint8)
    return [pictured(small, seq) for seq in range(FRAMES)]


@contextmanager
def infer(
    cluster: Cluster, environment: Mapping[str, str], log: Path, *options: str
) -> Iterator[Running]:
    env = {**environment, "MOODTRACE_KAFKA_TOPIC_PREFIX": cluster.settings.topic_prefix}
    arguments = ("worker", "infer", "--kafka", cluster.servers, "--health-port", "0", *options)
    with running(*arguments, env=env, log=log) as process:
        yield process


def analysed(process: Running) -> float:
    name = 'moodtrace_frames_total{camera="front",outcome="analysed"}'
    return process.metrics().get(name, 0.0)


@pytest.mark.slow
@pytest.mark.parametrize("where", ["here", "replicas"])
def test_every_frame_is_analysed_once_though_a_worker_ends_and_a_replica_dies(
    where: str,
    exact_cluster: Cluster,
    cli_environment: Mapping[str, str],
    frames: list[FrameCaptured],
    tmp_path: Path,
) -> None:
    options = ("--ray", "auto") if where == "replicas" else ()
    with ExitStack() as stack:
        if where == "replicas":
            serve = ("serve", "--health-port", "0", "--replicas", "2")
            served = stack.enter_context(
                running(*serve, env=cli_environment, log=tmp_path / "serve.log")
            )
        with infer(exact_cluster, cli_environment, tmp_path / "1.log", *options) as first:
            send(exact_cluster, frames[: FRAMES // 2], "batch")
            wait_until(lambda: analysed(first) >= 16, 60)
            assert first.terminate(20) < 15
            assert first.process.returncode == 0, first.said
        if where == "replicas":
            replica_of(served).kill()
        with infer(exact_cluster, cli_environment, tmp_path / "2.log", *options) as second:
            send(exact_cluster, frames[FRAMES // 2 :], "batch")
            found = [received.message for received in results(exact_cluster, FRAMES)]
            stages = {name for name in second.metrics() if "latency_seconds_count" in name}

    assert [message.seq for message in found] == list(range(FRAMES))
    assert all(isinstance(m, FacesScored) and len(m.faces) == 1 for m in found)
    for stage in ("wait", "infer", "decode", "detect", "score"):
        assert f'moodtrace_stage_latency_seconds_count{{stage="{stage}"}}' in stages


def replica_of(served: Running) -> psutil.Process:
    """One of the replicas of `moodtrace serve`."""
    children = psutil.Process(served.process.pid).children(recursive=True)
    return next(one for one in children if "ServeReplica" in " ".join(one.cmdline()))


def test_replicas_without_their_token_are_told_in_three_lines(cli: Cli) -> None:
    ended = cli("worker", "infer", "--kafka", "127.0.0.1:9", "--ray", "auto")

    assert ended.returncode == 77, ended.stderr
    told = [line for line in ended.stderr.splitlines() if not line.startswith("{")]
    assert told[0] == "Error: there is no token to show to the Ray cluster"
    assert [line.partition(":")[0] for line in told] == ["Error", "Where", "Try"]
