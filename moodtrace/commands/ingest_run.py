"""Cameras to Kafka: what `moodtrace ingest` runs."""

from collections.abc import Callable
from pathlib import Path

from ingest.live_events import LiveJob
from ingest.live_ingest import LiveIngest
from moodtrace.bus_kafka import Cluster
from moodtrace.bus_producer import Producer
from moodtrace.bus_topics import FRAMES
from moodtrace.cameras import Camera
from moodtrace.commands.config_reload import follower
from moodtrace.commands.service import controlled, told_to_end, wait_for
from moodtrace.health import Health, Watched
from moodtrace.messages import Captured
from moodtrace.store import Store


def run(
    store: Store,
    job_of: Callable[[Camera], LiveJob | str],
    cluster: Cluster,
    config: Path | None,
    data_dir: Path,
    health_port: int,
    started: Callable[[int], None],
) -> None:
    """Read cameras and send their frames until SIGTERM or Ctrl-C; then send what waits.

    Args:
        store: where cameras and screenings are.
        job_of: says how to read a camera, or why it can't be read.
        cluster: where frames go; it may be away for a while.
        config: a file of cameras that is followed, if any.
        data_dir: where the token of the controls is written.
        health_port: for health and controls.
        started: called with the port of health once all of it runs.
    """
    producer: Producer[Captured] = Producer(
        cluster,
        FRAMES,
        when_full="drop_oldest",
        dropped=lambda message, reason: ingest.dropped(message, reason),
    )
    ingest = LiveIngest(store, job_of, producer.send)
    health = Health(
        Watched(
            ledger=ingest.ledger,
            beside=ingest.intake.tally.outside,
            cameras=ingest.statuses,
            queues=lambda: {"kafka": producer.depth},
            freshness_s=ingest.freshness_s,
            unready=lambda: "Kafka is away" if producer.is_away else ingest.unready(),
        )
    )
    with (
        told_to_end() as stop,
        controlled(health, health_port, store, data_dir) as port,
        ingest.claimed(),
        producer,
        ingest.running(follower(config, store.cameras)),
    ):
        started(port)
        wait_for(stop, ingest.failed)
