"""A broker that is killed while timelines are written; each run is seeded."""

import random
import time
from contextlib import closing
from pathlib import Path

import pytest

from moodtrace.bus_kafka import Cluster
from moodtrace.settings import KafkaSettings
from moodtrace.store import Store
from tests.faults.aggregator import Work, aggregator
from tests.faults.sending import sending
from tests.faults.world import Outcome, begin, frames_of, is_finished, outcome, stop
from tests.servers.brokers import durable_tansu
from tests.waiting import wait_until

NAMES = ("spring", "autumn", "winter")


@pytest.mark.parametrize(
    ("seed", "kills"), [(1, 1), pytest.param(2, 10, marks=pytest.mark.slow)], ids=["short", "long"]
)
def test_a_broker_that_is_killed_costs_no_frame(
    url: str,
    undisturbed: Outcome,
    tmp_path: Path,
    kafka_settings: KafkaSettings,
    seed: int,
    kills: int,
) -> None:
    rng = random.Random(seed)  # noqa: S311 (moments of kills)
    frames = {name: frames_of(name) for name in NAMES}
    settings = kafka_settings.model_copy(update={"partitions": 2})
    with durable_tansu(tmp_path) as broker, closing(Store(url)) as store:
        for name in NAMES:
            begin(store, name, frames[name])
        cluster = Cluster(broker.servers, settings)
        work = Work(url, tmp_path / "log", servers=broker.servers, settings=settings, faster=2)
        with sending(cluster, frames, rng, 60 / kills) as sent, aggregator(work):
            for _ in range(kills):
                before = sent.sent
                wait_until(lambda: sent.sent > before + 20, 60)  # noqa: B023 (called here)
                time.sleep(rng.uniform(0, 0.5))
                assert not sent.is_done
                broker.kill()
                time.sleep(rng.uniform(0, 1))
                broker.start()
            sent.hurry.set()
            wait_until(lambda: sent.is_done, 60)
            for name in NAMES:
                stop(store, name)
            wait_until(lambda: all(is_finished(store, name) for name in NAMES), 90)

        for name in NAMES:
            assert outcome(store, name) == undisturbed, f"{name}, seed {seed}"
