"""Ingest with a store that is away: what is lost, what is not, and that all of it is counted."""

import logging
import threading
import time
from collections.abc import Iterator
from contextlib import closing

import pytest

from ingest.camera_keeper import Sampled
from ingest.live_events import LiveFrame
from ingest.live_ingest import LiveIngest
from moodtrace.cameras import Camera
from moodtrace.clock import wall_ms
from moodtrace.commands.live_record import live_record
from moodtrace.ledger import CameraLedger
from moodtrace.messages import Captured
from moodtrace.playhead import PlayEvent
from moodtrace.store import Store
from moodtrace.store_client import BRIEF
from tests.servers.proxy import Proxy
from tests.waiting import wait_until

FPS = 5


@pytest.fixture
def far_store(far_url: str) -> Iterator[Store]:
    """The store as ingest sees it."""
    with closing(Store(far_url, BRIEF)) as store:
        yield store


class Feed:
    """Puts frames of one camera into ingest at an even pace, as its decode process would."""

    def __init__(self, ingest: LiveIngest, name: str, audience: str) -> None:
        self.times_ms: list[int] = []
        self.connection = 1
        self._ingest = ingest
        self._camera = Camera(name=name, source="rtsp://camera/1", audience=audience)
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run)

    @property
    def put(self) -> int:
        return len(self.times_ms)

    def __enter__(self) -> "Feed":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._stop.wait(1 / FPS):
            now_ms = wall_ms()
            frame = LiveFrame(
                capture_ms=now_ms,
                arrival_ms=now_ms,
                clock="rtcp",
                width=4,
                height=2,
                image=b"jpeg",
            )
            self._ingest.intake.put(Sampled(self._camera, self.connection, frame))
            self.times_ms.append(now_ms)


class Sent:
    """Messages that ingest sent, each with how long after its capture that was."""

    def __init__(self) -> None:
        self.messages: list[Captured] = []
        self.late_ms: dict[str, int] = {}

    def __call__(self, message: Captured, captured_ms: int) -> None:
        self.messages.append(message)
        late_ms = wall_ms() - captured_ms
        self.late_ms[message.camera_id] = max(late_ms, self.late_ms.get(message.camera_id, 0))

    def of(self, camera: str) -> int:
        return sum(message.camera_id == camera for message in self.messages)


def begin(store: Store, name: str, audience: str) -> int:
    """Begin a screening whose playhead is the time of day, and say when."""
    record = live_record([], "spring", audience, name, k=1, media="", markers=None, notice="")
    now_ms = wall_ms()
    store.live.start(record, [PlayEvent(kind="play", at_ms=now_ms, to_ms=now_ms)])
    return now_ms


def no_job(camera: Camera) -> str:
    return "not_allowed"


def test_a_store_in_a_black_hole_costs_only_frames_that_it_has_to_number(
    store: Store, far_store: Store, store_proxy: Proxy
) -> None:
    sent = Sent()
    ingest = LiveIngest(far_store, no_job, sent)
    begin(store, "s1", "panel")
    with (
        ingest.claimed(),
        ingest.running(None),
        Feed(ingest, "left", "panel") as left,
        Feed(ingest, "right", "panel") as right,
        Feed(ingest, "side", "hall") as side,
    ):
        wait_until(lambda: min(sent.of("left"), sent.of("right")) >= 5, 10)
        store_proxy.switch("blackhole")
        wait_until(lambda: ingest.unready() == "the store is away", 10)
        right.connection = 2
        begin_ms = begin(store, "s2", "hall")
        wait_until(lambda: ingest.intake.tally.ledgers()["s1"]["right"].dropped != {}, 15)
        store_proxy.switch("pass")
        seen = (sent.of("right"), sent.of("side"))
        wait_until(lambda: sent.of("right") > seen[0] + 5 and sent.of("side") > seen[1] + 5, 15)

    panel, hall = store.live.captured("s1"), store.live.captured("s2")
    assert panel["left"] == CameraLedger(captured=left.put)
    assert sent.of("left") == left.put
    assert sent.late_ms["left"] < 1_500  # held for 600 ms, and not one turn of a waiting store

    lost = panel["right"].dropped["store_away"]
    assert panel["right"] == CameraLedger(captured=right.put, dropped={"store_away": lost})
    assert sent.of("right") == right.put - lost
    assert 0 < lost < right.put - 10

    shown = sum(at_ms >= begin_ms for at_ms in side.times_ms)
    lost = shown - sent.of("side")
    assert hall["side"] == CameraLedger(captured=shown, dropped={"store_away": lost})
    assert lost > 0
    assert ingest.intake.tally.outside() == {"side": {"not_shown": side.put - shown}}


def test_what_could_not_be_booked_is_said(
    store: Store, far_store: Store, store_proxy: Proxy, caplog: pytest.LogCaptureFixture
) -> None:
    sent = Sent()
    ingest = LiveIngest(far_store, no_job, sent)
    begin(store, "s1", "panel")
    with ingest.claimed(), ingest.running(None), Feed(ingest, "left", "panel"):
        wait_until(lambda: store.live.captured("s1") != {}, 10)
        store_proxy.switch("refuse")
        wait_until(lambda: ingest.unready() != "", 10)
        booked = store.live.captured("s1")["left"].captured
        seen = sent.of("left")
        wait_until(lambda: sent.of("left") >= seen + 5, 10)
        started_s = time.monotonic()

    assert time.monotonic() - started_s < 8
    (record,) = [r for r in caplog.records if r.message == "the store is away: counts are lost"]
    assert record.levelno == logging.ERROR
    (news,) = record.fields["counts"]["s1"].values()  # type: ignore[attr-defined]
    assert news["captured"] == sent.of("left") - booked
