"""Whatever the order in which frames come, a recorded timeline is the one of a replay in one go."""

from collections.abc import Sequence

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from moodtrace.ledger import CameraLedger
from moodtrace.messages import Scored, SourceFinished
from moodtrace.screening import Recording, ScreeningRecorded
from moodtrace.timeline import Row
from tests.factories import face, failed, scored, screening
from tests.workers.test_aggregate import LEAST, ListWriter
from workers.aggregate import aggregate, write_gaps
from workers.identity import Identity
from workers.recomputed import RowList, recomputed
from workers.recorded import Logged, RecordedTimeline

EPOCHS = {"front": 1, "side": 1}
IDENTITY = Identity("yunet", "mini-xception", None, "a" * 64, LEAST)


def word(camera: str, frames: int, reason: str = "", promised_ms: int = 0) -> SourceFinished:
    return SourceFinished(
        screening_id="s1",
        camera_id=camera,
        source_epoch=1,
        seq=frames,
        pts_ms=200 * frames,
        reason=reason,
        promised_ms=promised_ms,
    )


def front(frames: int) -> list[Scored]:
    return [scored(200 * n, face(), seq=n) for n in range(frames)]


def side(frames: int) -> list[Scored]:
    """The same at another rate, one of them broken, none in second 2."""
    times = [350 * n if n < 5 else 350 * n + 2_000 for n in range(frames)]
    messages: list[Scored] = [scored(t, camera="side", seq=n) for n, t in enumerate(times)]
    messages[1] = msgspec.structs.replace(failed(times[1], camera="side"), seq=1)
    return messages


FRAMES = [*front(18), *side(12)]
WORDS = [word("front", 18), word("side", 12, "truncated", promised_ms=9_500)]


def opened(rows: RowList | None = None) -> tuple[RowList, RecordedTimeline]:
    ledger = {camera: CameraLedger() for camera in EPOCHS}
    made = rows or RowList((), IDENTITY, ledger)
    return made, RecordedTimeline(made, Recording(epochs=EPOCHS), "p", 0)


def feed(timeline: RecordedTimeline, *messages: Scored) -> None:
    timeline.apply(0, [Logged(n, message) for n, message in enumerate(messages)], 0, 0)


def in_one_go() -> tuple[Sequence[Row], object]:
    writer, ledger = ListWriter(), {camera: CameraLedger() for camera in EPOCHS}
    frames = sorted(FRAMES, key=lambda m: (m.pts_ms, m.camera_id))
    for message in frames:
        ledger[message.camera_id].captured += 1
    list(aggregate(frames, writer, ledger, LEAST))
    write_gaps(writer, ledger, 10, "truncated")
    return writer.rows, ledger


@given(st.permutations([*FRAMES, *WORDS]), st.lists(st.integers(0, 31), max_size=20), st.data())
def test_order_and_repeats_change_nothing(
    order: list[Scored], repeats: list[int], data: st.DataObject
) -> None:
    made, timeline = opened()
    rest = [*order]
    for n in repeats:
        rest.insert(data.draw(st.integers(rest.index(order[n]), len(rest))), order[n])

    for message in rest:
        feed(timeline, message)
        is_over = timeline.tick(None, 0, 0)

    rows, ledger = in_one_go()
    assert is_over
    assert msgspec.json.encode(made.rows) == msgspec.json.encode(rows)
    assert msgspec.json.encode(made.ledger) == msgspec.json.encode(ledger)
    assert made.state == "finished"


def test_a_second_is_written_as_soon_as_every_camera_has_passed_it() -> None:
    made, timeline = opened()
    feed(timeline, *front(18))
    timeline.tick(None, 99_000, 0)
    assert made.rows == []  # however long the other one is silent

    feed(timeline, *side(4))
    timeline.tick(None, 99_000, 0)
    assert len(made.rows) == 1
    feed(timeline, word("side", 4))
    timeline.tick(None, 99_000, 0)
    assert len(made.rows) == 3


def test_a_hole_is_waited_for() -> None:
    made, timeline = opened()
    feed(timeline, *front(18)[:3], *front(18)[4:], *side(12), *WORDS)
    assert not timeline.tick(None, 99_000, 0)
    assert made.rows == []

    feed(timeline, front(18)[3])
    assert timeline.tick(None, 99_000, 0)


def test_who_takes_it_over_at_any_moment_ends_with_the_same_rows() -> None:
    for cut in range(len(FRAMES) + 2):
        made, timeline = opened()
        messages = [*FRAMES[:18:2], *FRAMES[18:], *FRAMES[1:18:2], *WORDS]
        feed(timeline, *messages[:cut])
        timeline.tick(None, 0, 0)
        made.newest_ms = max((m.pts_ms for m in messages[:cut]), default=-1)

        _, taken_over = opened(made)
        feed(taken_over, *messages[cut:])
        if cut < len(messages):
            assert taken_over.tick(None, 0, 0)
            assert msgspec.json.encode(made.rows) == msgspec.json.encode(in_one_go()[0])


def test_what_was_cut_short_leaves_whole_seconds_and_a_closed_ledger() -> None:
    made, timeline = opened()
    feed(timeline, *front(12), *side(8), word("front", 12, "interrupted"))
    feed(timeline, word("side", 8, "interrupted"))

    assert timeline.tick(None, 0, 0)
    assert made.state == "interrupted"
    assert len(made.rows) == 2
    assert all(counts.in_flight == 0 for counts in made.ledger.values())
    assert made.ledger["front"].dropped == {"interrupted": 2}


def test_frames_of_an_earlier_run_count_nowhere() -> None:
    made, timeline = opened()
    stale = [msgspec.structs.replace(frame, source_epoch=0) for frame in front(18)]
    feed(timeline, *stale, *FRAMES, *stale, *WORDS)

    assert timeline.tick(None, 0, 0)
    assert msgspec.json.encode(made.rows) == msgspec.json.encode(in_one_go()[0])


@pytest.mark.parametrize("live", [False, True])
def test_numbers_of_other_networks_are_none_of_it_however_often_it_is_made(live: bool) -> None:
    made, timeline = opened()
    frames = [*FRAMES]
    frames[7] = msgspec.structs.replace(front(18)[7], analysis_sha256="b" * 64)
    messages = [*frames, *WORDS]
    feed(timeline, *messages)
    assert timeline.tick(None, 0, 0)

    record = IDENTITY.written_to(screening(cameras=("front", "side")))
    record = msgspec.structs.replace(record, live=live)
    recording = None if live else Recording(epochs=EPOCHS)
    run = ScreeningRecorded(
        screening_id="s1", record=record, recording=recording, seconds=10 if live else None
    )
    again = recomputed([run], frames if live else messages)

    assert made.ledger["front"].failed == again.ledger["front"].failed == {"other_model": 1}
    assert [row.frames for row in made.rows] == [row.frames for row in again.rows]
    assert sum(row.frames for row in made.rows) == len(FRAMES) - 2  # one is broken


def test_a_live_one_is_made_anew_with_its_gaps_and_what_came_late() -> None:
    record = msgspec.structs.replace(screening(), live=True)
    frames: list[Scored] = [scored(200 * n, face()) for n in range(12)]
    runs = [
        ScreeningRecorded(screening_id="s1", record=record),
        ScreeningRecorded(screening_id="s1", record=record, seconds=4),
    ]

    made = recomputed(runs, [*frames[:8], *frames[:3], *frames[9:], frames[8]])

    assert [row.gap or str(row.frames) for row in made.rows] == ["5", "5", "2", "camera_down"]
    assert made.ledger == {"front": CameraLedger(captured=12, analysed=12)}
    assert made.state == "finished"


def test_runs_that_were_taken_up_again_are_made_anew_as_one() -> None:
    record = screening(cameras=("front", "side"))
    again = [
        msgspec.structs.replace(m, source_epoch=2, seq=n)
        for camera in EPOCHS
        for n, m in enumerate(m for m in FRAMES if m.camera_id == camera and m.pts_ms >= 2_000)
    ]
    count = {c: sum(m.camera_id == c for m in again) for c in EPOCHS}
    ends = [msgspec.structs.replace(w, source_epoch=2, seq=count[w.camera_id]) for w in WORDS]
    first = [*front(12), *side(8), word("front", 12, "interrupted"), word("side", 8, "interrupted")]
    runs = [
        ScreeningRecorded(screening_id="s1", record=record, recording=recording)
        for recording in (
            Recording(epochs=EPOCHS),
            Recording(epochs={"front": 2, "side": 2}, first_second=2),
        )
    ]

    made = recomputed(runs, [*first, *again, *ends])

    rows, ledger = in_one_go()
    assert msgspec.json.encode(made.rows) == msgspec.json.encode(rows)
    assert msgspec.json.encode(made.ledger) == msgspec.json.encode(ledger)
    assert made.state == "finished"
