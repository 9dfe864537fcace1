"""Recorded footage through real brokers and workers: the rows are those of a plain replay."""

import json
import os
import signal
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from pathlib import Path
from threading import Thread

import msgspec
import pytest

from moodtrace.bus_kafka import Cluster
from moodtrace.commands import replay_kafka
from moodtrace.commands.from_log import compared
from moodtrace.commands.replay_plan import Existing, Plan, plan
from moodtrace.errors import ServerAwayError
from moodtrace.store import Store
from moodtrace.store_connection import key
from tests.commands.chain import BATCHES, Chain, Worker, chained, exported
from tests.conftest import Cli
from tests.factories import screening
from tests.waiting import wait_until

CLIPS = ("WolfgangLanger_Pexels.mp4", "face_noface.mov")


@pytest.fixture
def chain(
    cli: Cli, cli_environment: Mapping[str, str], cluster: Cluster, tmp_path: Path
) -> Iterator[Chain]:
    """Workers on a real broker and a real store."""
    with chained(cli, cli_environment, cluster, tmp_path) as chain:
        yield chain


@pytest.mark.parametrize(
    ("partitions", "workers"),
    [
        pytest.param(1, 1, marks=pytest.mark.slow),
        (2, 2),
        pytest.param(4, 4, marks=pytest.mark.slow),
    ],
)
def test_three_ways_one_result(
    partitions: int, workers: int, chain: Chain, footage: Callable[[str], Path]
) -> None:
    clips = (str(footage(CLIPS[0])), f"{footage(CLIPS[1])}@-700", "--fps", "1")
    chain.env["MOODTRACE_KAFKA_PARTITIONS"] = str(partitions)
    plain = chain.cli("replay", *clips, "--screening", "panel")
    assert plain.returncode == 0, plain.stderr

    inferring = [Worker("infer", env=env) for env in BATCHES[:workers]]
    with chain.workers(*inferring, *["aggregate"] * workers):
        done = chain("replay", *clips, "--screening", "panel")
    assert done.returncode == 0, done.stderr

    assert exported(chain, "panel") == exported(chain.cli, "panel")
    assert done.stdout == plain.stdout
    assert "x real time" in done.stderr


def test_a_screening_that_was_never_on_kafka_can_not_be_verified(chain: Chain) -> None:
    with closing(Store(chain.url)) as store, store.claim("s1", "run-1") as writer:
        writer.begin(screening(), {}, fresh=True)

    refused = chain("verify", "s1")
    assert refused.returncode == 66
    assert "made without --kafka" in refused.stderr


def test_the_store_of_this_process_alone_is_refused(
    chain: Chain, footage: Callable[[str], Path]
) -> None:
    clip = str(footage("no_face.mp4"))
    refused = chain.cli(
        "replay", clip, "--screening", "w", env={"MOODTRACE_KAFKA": "127.0.0.1:9092"}
    )

    assert refused.returncode == 78
    assert "--redis" in refused.stderr


@pytest.fixture
def planned(
    chain: Chain, footage: Callable[[str], Path], monkeypatch: pytest.MonkeyPatch
) -> Callable[[Existing], Plan]:
    """Plan a replay in this process, with the weights of the tests."""
    for name in ("MOODTRACE_WEIGHTS_DIR", "MOODTRACE_DATA_DIR"):
        if name in chain.env:
            monkeypatch.setenv(name, chain.env[name])
    clip = str(footage(CLIPS[0]))
    return lambda existing: plan([clip], screening_id="panel", fps=2.0, existing=existing)


def test_without_workers_it_says_what_to_start(
    chain: Chain, cluster: Cluster, planned: Callable[[Existing], Plan]
) -> None:
    with pytest.raises(ServerAwayError) as caught:
        replay_kafka.run(planned(Existing.REFUSE), chain.url, cluster, patience_s=1)

    assert "moodtrace worker infer" in caught.value.try_this
    with closing(Store(chain.url)) as store:
        assert store.screening("panel").state == "interrupted"


def test_one_that_was_interrupted_is_taken_up_again_and_restored_when_it_is_lost(
    chain: Chain,
    cluster: Cluster,
    planned: Callable[[Existing], Plan],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(replay_kafka, "MAX_AHEAD_FRAMES", 8)
    clip = str(planned(Existing.REFUSE).sources[0].path)
    assert chain.cli("replay", clip, "--screening", "panel", "--fps", "2").returncode == 0

    with chain.workers("infer", "aggregate"), closing(Store(chain.url)) as store:

        def interrupt() -> None:
            wait_until(lambda: store.next_second("panel") >= 3, 60)
            os.kill(os.getpid(), signal.SIGINT)

        person = Thread(target=interrupt)
        person.start()
        cut = replay_kafka.run(planned(Existing.REFUSE), chain.url, cluster)
        person.join()
        written = store.next_second("panel")
        assert (cut.screening.state, store.screening("panel").state) == ("interrupted",) * 2
        assert 3 <= written < 20
        assert all(not counts.in_flight for counts in store.ledger("panel").values())

        whole = replay_kafka.run(planned(Existing.RESUME), chain.url, cluster)
        assert whole.screening.state == "finished"
        assert exported(chain, "panel") == exported(chain.cli, "panel")

        rows, ledger = store.rows("panel"), store.settled("panel")
        same = compared(store, cluster, "panel")
        assert (same.differing, same.rollups) == ([], [])
        rollups = dict(_rollups(store))
        assert len(rollups) == len(rows) // 10 + len(rows) // 60
        bucket = key("panel", "rollup:10:10")
        store._client.set(bucket, rollups[key("panel", "rollup:10:0")])
        found = chain("verify", "panel")
        assert (found.returncode, "1 bucket differ: 0:10" in found.stdout) == (65, True)
        store._client.set(key("panel", "row:3"), msgspec.json.encode(rows[4]))
        found = chain("verify", "panel", "--json")
        assert (found.returncode, json.loads(found.stdout)["differing"]) == (65, [3])

        store._client.flushall()
        restored = chain("rebuild", "--all")
        assert restored.returncode == 0, restored.stderr
        assert (store.rows("panel"), store.settled("panel")) == (rows, ledger)
        assert store.screening("panel") == whole.screening
        assert dict(_rollups(store)) == rollups
        assert compared(store, cluster, "panel").differing == []

        assert chain("screening", "delete", "panel", "--yes").returncode == 0
        assert chain("rebuild", "--all").stdout == ""


def _rollups(store: Store) -> Iterator[tuple[str, bytes]]:
    for name in store._client.scan_iter(key("panel", "rollup:*")):
        value = store._client.get(name)
        assert isinstance(name, bytes)
        assert isinstance(value, bytes)
        yield name.decode(), value
