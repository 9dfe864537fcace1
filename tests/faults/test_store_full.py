"""A store whose memory is full: nothing is half written, and it goes on when there is room."""

import random
import urllib.error
import urllib.request
from collections.abc import Sequence
from contextlib import closing, suppress
from pathlib import Path

import redis

from moodtrace.messages import Scored
from moodtrace.store import Store
from tests.faults import file_log
from tests.faults.aggregator import Work, aggregator
from tests.faults.world import Outcome, begin, delivered, frames_of, is_finished, outcome
from tests.servers.valkey import Valkey, free_port, valkey
from tests.waiting import wait_until

MAX_BYTES = 8 << 20


def fill(server: Valkey) -> None:
    """Leave no room: also none that is given back while others wait for it."""
    for size in (100_000, 1_000, 100):
        with suppress(redis.OutOfMemoryError):
            while True:
                server.client.rpush("filler", b"x" * size)


def is_whole(store: Store, log: Sequence[Scored]) -> bool:
    """Whether the store holds each frame before its offset, and none behind."""
    read = int(store._client.hget("{spring}:offsets", "faces/0") or 0)
    known = {(frame.camera_id, frame.seq) for frame in log[:read]}
    end = store.next_second("spring")
    opened = sum(store._client.hlen(f"{{spring}}:open:{second}") for second in range(end, 20))
    return opened + sum(found.settled for found in store.settled("spring").values()) == len(known)


def why_unready(port: int) -> str:
    try:
        urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz", timeout=1).close()
    except urllib.error.HTTPError as answer:
        with closing(answer):
            return answer.read().decode().strip()
    except OSError:
        return "it does not answer yet"
    return ""


def is_full(server: Valkey, port: int) -> bool:
    fill(server)
    return why_unready(port) == "the store takes no writes: out_of_memory"


def test_a_full_store_holds_no_half_batch_and_ends_with_the_same_rows(
    undisturbed: Outcome, tmp_path: Path
) -> None:
    frames = frames_of("spring")
    log = delivered(frames, random.Random(1))  # noqa: S311 (an order)
    file_log.write(tmp_path / "frames", log)
    port = free_port()
    with valkey(tmp_path / "valkey") as server, closing(Store(server.url)) as store:
        begin(store, "spring", frames)
        with aggregator(Work(server.url, tmp_path / "log", health_port=port, pause_s=0.05)):
            wait_until(lambda: store._client.hget("{spring}:offsets", "faces/0"), 20)
            server.client.config_set("maxmemory", MAX_BYTES)
            wait_until(lambda: is_full(server, port), 20)
            read = store._client.hget("{spring}:offsets", "faces/0")
            assert 0 < int(read or 0) < len(log)
            assert is_whole(store, log)
            assert not is_finished(store, "spring")

            server.client.config_set("maxmemory", 4 * MAX_BYTES)
            assert wait_until(lambda: not why_unready(port)) < 5
            wait_until(lambda: is_finished(store, "spring"), 30)

        assert outcome(store, "spring") == undisturbed
