"""Two hours of content: what the page is sent of it, and what a server keeps of what runs."""

import gc

import msgspec
import psutil
from msgspec.structs import replace

from dashboard import known, queries, queries_strip
from dashboard.charts_palette import LIGHT
from dashboard.curves import traces_of
from dashboard.drawing import drawing
from moodtrace.labels import EMOTIONS
from moodtrace.store import Store
from moodtrace.timeline import Row
from tests.dashboard.made_screening import Studio, hall, ledger_of
from tests.dashboard.opened import opened
from tests.factories import screening

LENGTH_S = 7200
LIMIT_BYTES = 1_500_000


def long(seconds: int) -> list[Row]:
    """A minute of a hall over and over, in four zones."""
    minute = [
        replace(row, people=tuple(replace(v, zone=f"{v.camera_id} {v.zone}") for v in row.people))
        for row in hall()
    ]
    return [replace(minute[second % len(minute)], second=second) for second in range(seconds)]


def test_two_hours_of_all_emotions_and_four_segments_are_little_to_send() -> None:
    view = queries.view(
        queries.of_rows(screening("spring-a"), long(LENGTH_S), {}, "none"), queries.EVERYBODY
    )
    traces = traces_of(view, EMOTIONS, [], band=True, smooth=0)
    strip = queries_strip.strip(queries.segments(view, "zones"), "zones", "happy")
    sent = drawing(traces, strip, LIGHT, length=LENGTH_S, alt="")

    assert len(sent["series"]) == 7
    assert 1000 < len(sent["x"]) < LENGTH_S
    assert "as many points as a screen shows" in sent["heading"]
    highest = max(point.value for emotion, point in traces.peaks if emotion == "happy")
    assert max(value or 0 for value in sent["series"][3]["values"]) == highest
    assert len(strip["rows"]) == 4
    assert strip["heading"] == "Happiness by zone, mean of 12 s each"
    assert len(msgspec.json.encode(sent)) < LIMIT_BYTES / 2  # the rest of the page is far less


def test_rows_of_what_runs_are_read_once(store: Store, studio: Studio) -> None:
    rows = hall()
    writer = studio.running("spring-a", rows[:20])
    of = store.screening("spring-a")
    before = known.whole(store, of, "none").stored
    writer.append(rows[20:], ledger_of(rows))
    after = known.whole(store, of, "none").stored

    assert [row.second for row in after] == list(range(60))
    assert len(before) == 20
    assert all(one is same for one, same in zip(before, after, strict=False))


def test_a_page_that_is_drawn_again_and_again_keeps_nothing(store: Store, studio: Studio) -> None:
    rows = hall(120)
    writer = studio.running("spring-a", rows[:60])

    def resident_mb_after(new: list[Row]) -> float:
        for row in new:
            writer.append([row], ledger_of([row]))
            opened("live", store)
        gc.collect()
        return float(psutil.Process().memory_info().rss / 1e6)

    warm_mb = resident_mb_after(rows[60:65])
    assert resident_mb_after(rows[65:75]) - warm_mb < 50
