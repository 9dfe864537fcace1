"""Recorded footage through brokers, workers and replicas, whose networks run nowhere else."""

import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest

from moodtrace.bus_kafka import Cluster
from moodtrace.store import Store
from tests.commands.chain import BATCHES, Chain, Worker, chained, exported
from tests.commands.running import Running
from tests.conftest import Cli
from tests.waiting import wait_until
from tests.workers.asking import ASKED_AGAIN
from tests.workers.conftest import Serve, Serving

KILLS = 30


@pytest.fixture
def chain(
    cli: Cli, cli_environment: Mapping[str, str], cluster: Cluster, tmp_path: Path
) -> Iterator[Chain]:
    """Workers on a real broker and a real store."""
    with chained(cli, cli_environment, cluster, tmp_path) as chain:
        yield chain


def asking_of(serving: Serving, env: Mapping[str, str]) -> Worker:
    """A worker that has its frames analysed by replicas."""
    return Worker("infer", ("--ray", "auto"), {**env, "MOODTRACE_DATA_DIR": str(serving.data_dir)})


@pytest.mark.slow
@pytest.mark.parametrize("number", [1, 2, 4])
def test_as_many_partitions_workers_and_replicas_give_one_result(
    number: int, chain: Chain, serve: Serve, footage: Callable[[str], Path]
) -> None:
    clip, other = footage("WolfgangLanger_Pexels.mp4"), footage("face_noface.mov")
    replay = ("replay", str(clip), f"{other}@-700", "--fps", "4", "--screening", "panel")
    chain.env["MOODTRACE_KAFKA_PARTITIONS"] = str(number)
    plain = chain.cli(*replay)
    assert plain.returncode == 0, plain.stderr

    with serve(number) as serving:
        inferring = [asking_of(serving, env) for env in BATCHES[-number:]]
        with chain.workers(*inferring, *["aggregate"] * number):
            done = chain(*replay)
    assert done.returncode == 0, done.stderr

    assert exported(chain, "panel") == exported(chain.cli, "panel")
    assert done.stdout == plain.stdout


@pytest.mark.slow
@pytest.mark.timeout(2400)
def test_recorded_footage_survives_kills_of_replicas(
    chain: Chain, serve: Serve, footage: Callable[[str], Path]
) -> None:
    clip = str(footage("WolfgangLanger_Pexels.mp4"))
    replay = ("replay", clip, "--fps", "12", "--screening", "panel", "--replace")
    assert chain.cli(*replay).returncode == 0
    undisturbed = exported(chain.cli, "panel")
    rng = np.random.default_rng(6)
    with (
        serve(2) as serving,
        chain.workers(asking_of(serving, {}), "aggregate") as (infer, _),
        closing(Store(chain.url)) as store,
        ThreadPoolExecutor(1) as pool,
    ):
        rounds = 0
        while infer.said.count(ASKED_AGAIN) < KILLS:
            wait_until(lambda: serving.is_whole, 60)
            replayed = pool.submit(chain, *replay)
            wait_until(lambda: is_asking(infer), 30)
            time.sleep(rng.uniform(0, 1))
            if is_asking(infer):
                assert store.screening("panel").state == "running"
                assert store.next_second("panel") < len(undisturbed["seconds"])
                serving.processes("FaceAnalyzer")[rng.integers(2)].kill()
            assert replayed.result().returncode == 0, replayed.result().stderr
            assert exported(chain, "panel") == undisturbed, infer.said
            rounds += 1
        print(f"{infer.said.count(ASKED_AGAIN)} batches lost in {rounds} replays")


def is_asking(infer: Running) -> bool:
    """Whether a replica has a batch of the worker's, or is about to."""
    return infer.metrics()["moodtrace_batches_in_flight"] > 0
