from collections import defaultdict
from collections.abc import Callable, Sequence
from concurrent.futures import Future

import pytest

from moodtrace.bus import Mode
from moodtrace.clock import steady_ms, wall_ms
from moodtrace.errors import ConfigurationError, ServerAwayError
from moodtrace.messages import FacesScored, FrameCaptured, FrameDropped, FrameFailed, Scored
from moodtrace.settings import WorkerSettings
from tests.factories import captured, failed, scored
from tests.waiting import wait_until
from workers.inference import POISON, RECORDED_TARGET_MS, Inference, Outlets, ledger_of
from workers.lanes import STALE, Underway, camera_of
from workers.progress import Progress
from workers.scaling import Waiting
from workers.serve_client import BatchLostError

AWAY = ServerAwayError("nobody", where="there", try_this="wait")
FOR_EVER_MS = 10**15


def answers(frames: Sequence[FrameCaptured]) -> list[Scored]:
    return [scored(frame.pts_ms, camera=frame.camera_id, seq=frame.seq) for frame in frames]


class Bench:
    """An inference whose batches are answered by hand, with all that it says."""

    def __init__(self, **settings: int) -> None:
        self.asked: list[tuple[list[FrameCaptured], Future[list[Scored]]]] = []
        self.waited: list[Waiting] = []
        self.sent: list[Scored] = []
        self.buried: list[tuple[int, str]] = []
        self.timed = defaultdict[str, list[float]](list)
        self.inference = Inference(
            self._submit,
            Outlets(
                self.sent.append,
                lambda item, reason: self.buried.append((item.frame.seq, reason)),
                lambda stage, seconds: self.timed[stage].append(seconds),
            ),
            WorkerSettings(
                **{"max_batch_frames": 4, "max_wait_ms": 0, "max_age_ms": FOR_EVER_MS, **settings}
            ),
        )
        self.progress: Progress[Scored] = Progress()

    def _submit(self, frames: Sequence[FrameCaptured], waiting: Waiting) -> "Future[list[Scored]]":
        self.waited.append(waiting)
        self.asked.append((list(frames), Future()))
        return self.asked[-1][1]

    def read(
        self, *frames: FrameCaptured, mode: Mode = "live", at_ms: int = 0, since_ms: int = 0
    ) -> None:
        for frame in frames:
            offset = self.progress.read
            self.progress.begin(offset, camera_of(frame))
            self.progress.read += 1
            item = Underway(frame, mode, 0, offset, self.progress, at_ms, since_ms)
            self.inference.take(item)

    def answer(self, number: int, answer: BaseException | list[Scored] | None = None) -> None:
        """Answer a batch, rightly if not told otherwise, and take a turn."""
        frames, future = self.asked[number]
        if isinstance(answer, BaseException):
            future.set_exception(answer)
        else:
            future.set_result(answers(frames) if answer is None else answer)
        self.inference.turn()

    def turn_until(self, condition: Callable[[], object]) -> None:
        def turned() -> object:
            self.inference.turn()
            return condition()

        wait_until(turned)

    def batches(self) -> list[list[int]]:
        return [[frame.seq for frame in frames] for frames, _ in self.asked]

    def deliver(self) -> None:
        for message in self.sent:
            self.inference.arrived(message)


def test_several_batches_are_under_way_and_a_camera_keeps_its_order() -> None:
    bench = Bench()
    bench.read(*map(captured, range(10)))
    bench.inference.turn()
    assert bench.batches() == [[0, 1, 2, 3], [4, 5, 6, 7]]

    bench.answer(1)
    assert bench.sent == []
    assert bench.batches()[2] == [8, 9]
    bench.answer(0)
    assert [m.seq for m in bench.sent] == list(range(8))

    assert bench.progress.position == 0
    bench.deliver()
    assert bench.progress.position == 8
    assert ledger_of(bench.inference.outcomes)["front"].analysed == 8


def test_what_failed_in_ingest_leaves_in_its_place() -> None:
    bench = Bench()
    bench.read(captured(0))
    bench.progress.begin(1, camera_of(captured(1)))
    bench.inference.pass_on(bench.progress, 1, failed(200))
    bench.inference.turn()
    assert bench.sent == []

    bench.answer(0)

    assert bench.sent == [scored(0), failed(200)]
    assert bench.buried == []


def test_a_batch_that_fails_twice_goes_on_frame_by_frame_and_poison_fails_alone() -> None:
    bench = Bench(in_flight=1)
    bench.read(*map(captured, range(5)))
    bench.inference.turn()

    def is_poisoned(number: int) -> bool:
        return any(frame.seq == 2 for frame in bench.asked[number][0])

    number = 0
    while not bench.inference.is_idle:
        bench.answer(number, RuntimeError("it breaks down") if is_poisoned(number) else None)
        number += 1

    assert bench.batches() == [[0, 1, 2, 3], [0, 1, 2, 3], [0], [1], [2], [3], [4]]
    assert bench.buried == [(2, POISON)]
    assert [(m.seq, isinstance(m, FacesScored)) for m in bench.sent] == [
        (seq, seq != 2) for seq in range(5)
    ]
    bench.deliver()
    ledger = ledger_of(bench.inference.outcomes)["front"]
    assert (ledger.analysed, ledger.failed, bench.progress.position) == (4, {POISON: 1}, 5)


def test_a_batch_lost_once_is_sent_again_whole() -> None:
    bench = Bench()
    bench.read(*map(captured, range(4)))
    bench.inference.turn()
    bench.answer(0, BatchLostError("ActorDiedError"))
    bench.answer(1)

    assert bench.batches() == [[0, 1, 2, 3]] * 2
    assert [isinstance(message, FacesScored) for message in bench.sent] == [True] * 4


def test_frames_whose_replicas_are_lost_twice_by_chance_are_all_scored() -> None:
    bench = Bench(in_flight=1)
    bench.read(*map(captured, range(4)))
    bench.inference.turn()
    for number in range(2):
        bench.answer(number, BatchLostError("ActorDiedError"))
    number = 2
    while not bench.inference.is_idle:
        bench.answer(number)
        number += 1

    assert bench.batches() == [[0, 1, 2, 3]] * 2 + [[0], [1], [2], [3]]
    assert [(m.seq, isinstance(m, FacesScored)) for m in bench.sent] == [
        (seq, True) for seq in range(4)
    ]


def test_why_a_batch_was_lost_is_said(caplog: pytest.LogCaptureFixture) -> None:
    bench = Bench()
    bench.read(captured(0))
    bench.inference.turn()
    bench.answer(0, BatchLostError("ActorDiedError: out of memory"))

    (said,) = caplog.records
    assert vars(said)["fields"]["why"] == "ActorDiedError: out of memory"


def test_recorded_frames_wait_since_they_were_sent() -> None:
    bench = Bench()
    bench.read(captured(0), mode="batch", at_ms=1_000, since_ms=steady_ms())
    bench.inference.turn()

    assert bench.waited == [Waiting(1_000, RECORDED_TARGET_MS, is_live=False)]


@pytest.mark.parametrize(
    ("age_ms", "target_ms"),
    [
        pytest.param(0, 1000, id="fresh"),
        pytest.param(700, 650, id="ingest held it for a while"),
        pytest.param(1990, 100, id="it hardly had a chance"),
    ],
)
def test_live_frames_wait_since_they_were_read_and_may_for_half_of_what_is_left(
    age_ms: int, target_ms: int
) -> None:
    bench = Bench(max_age_ms=2000)
    bench.read(captured(0), at_ms=wall_ms() - age_ms, since_ms=steady_ms())
    bench.inference.turn()

    (waiting,) = bench.waited
    assert waiting.is_live
    assert waiting.since_ms == pytest.approx(wall_ms(), abs=50)
    assert waiting.target_ms == pytest.approx(target_ms, abs=50)


def test_a_batch_waits_as_long_as_its_oldest_frame() -> None:
    bench = Bench(max_age_ms=2000)
    for camera, waited_ms in (("left", 10), ("right", 300)):
        since_ms = steady_ms() - waited_ms
        at_ms = wall_ms() - waited_ms
        bench.read(captured(0, camera=camera), at_ms=at_ms, since_ms=since_ms)
    bench.inference.turn()

    (waiting,) = bench.waited
    assert waiting.lateness(wall_ms()) == pytest.approx(0.3, abs=0.1)


def test_frames_that_the_analyzer_gave_up_are_buried_too() -> None:
    bench = Bench()
    bench.read(captured(0))
    bench.inference.turn()
    bench.answer(0, [failed(0, "bad_picture")])

    assert bench.buried == [(0, "bad_picture")]
    assert bench.sent == [failed(0, "bad_picture")]


@pytest.mark.parametrize(
    "wrong", [[], [scored(0)], [scored(200), scored(0)], [scored(0), scored(400)]]
)
def test_answers_that_are_not_of_these_frames_count_as_none(wrong: list[Scored]) -> None:
    bench = Bench()
    bench.read(captured(0), captured(1))
    bench.inference.turn()
    bench.answer(0, wrong)

    assert bench.sent == []
    bench.answer(1)
    assert bench.sent == [scored(0), scored(200)]


def test_while_nobody_analyses_batches_wait_and_nothing_is_poison() -> None:
    bench = Bench()
    bench.read(captured(0))
    bench.inference.turn()
    for number in range(4):
        bench.answer(number, AWAY)
        bench.turn_until(lambda: len(bench.asked) > number + 1)  # noqa: B023
    bench.answer(4)

    assert bench.batches() == [[0]] * 5
    assert bench.sent == [scored(0)]
    assert bench.buried == []


def test_live_frames_grow_stale_while_nobody_analyses() -> None:
    bench = Bench(max_age_ms=400)
    bench.read(captured(0), at_ms=wall_ms())
    bench.inference.turn()
    bench.answer(0, AWAY)
    bench.turn_until(lambda: bench.sent)

    (dropped,) = bench.sent
    assert isinstance(dropped, FrameDropped)
    assert dropped.reason == STALE
    bench.deliver()
    assert ledger_of(bench.inference.outcomes)["front"].dropped == {STALE: 1}


def test_what_a_person_has_to_mend_ends_it() -> None:
    bench = Bench()
    bench.read(captured(0))
    bench.inference.turn()
    with pytest.raises(ConfigurationError):
        bench.answer(0, ConfigurationError("another model", where="there", try_this="restart"))


def test_recorded_batches_leave_a_place_for_live_ones() -> None:
    bench = Bench(in_flight=3)
    bench.read(*map(captured, range(12)), mode="batch")
    bench.inference.turn()
    assert bench.batches() == [[0, 1, 2, 3], [4, 5, 6, 7]]

    bench.read(captured(50, camera="live"))
    bench.inference.turn()

    assert bench.batches()[2:] == [[50]]
    bench.answer(2)
    assert [m.seq for m in bench.sent] == [50]


def test_told_to_end_only_what_is_under_way_is_finished() -> None:
    bench = Bench(in_flight=1)
    bench.read(*map(captured, range(6)))
    bench.inference.turn()
    bench.asked[0][1].set_exception(RuntimeError("once"))
    bench.inference.turn(may_begin=False)
    bench.asked[1][1].set_result(answers(bench.asked[1][0]))
    bench.inference.turn(may_begin=False)

    assert bench.inference.is_idle
    assert bench.batches() == [[0, 1, 2, 3]] * 2
    bench.deliver()
    assert bench.progress.position == 4


def test_results_of_a_partition_that_is_gone_go_nowhere() -> None:
    bench = Bench()
    bench.read(captured(0))
    bench.inference.turn()
    bench.progress.is_ours = False
    bench.answer(0)

    assert bench.sent == []


def test_a_result_that_the_bus_refuses_fails_its_frame() -> None:
    bench = Bench()
    bench.read(captured(0))
    bench.inference.turn()
    bench.answer(0)
    bench.inference.lost(bench.sent.pop(), "too_large")

    assert bench.sent == [failed(0, "too_large")]
    assert isinstance(bench.sent[0], FrameFailed)
    bench.inference.lost(bench.sent[0], "refused")
    assert bench.progress.position == 1


def test_a_frame_that_came_twice_is_settled_in_both_places_by_one_result() -> None:
    bench = Bench()
    bench.read(captured(0), captured(0))
    bench.inference.turn()
    bench.answer(0)
    bench.inference.arrived(bench.sent[0])

    assert bench.progress.position == 2
    assert ledger_of(bench.inference.outcomes)["front"].analysed == 1


def test_stages_are_timed() -> None:
    bench = Bench()
    bench.read(captured(0))
    bench.inference.turn()
    bench.answer(0)

    assert {stage: len(seconds) for stage, seconds in bench.timed.items()} == {
        "wait": 1,
        "infer": 1,
        "age": 1,
    }
