"""Long content: what is drawn of it before its seconds are read."""

from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np
import pytest
from msgspec.structs import replace
from playwright.sync_api import Browser

from dashboard import first_look, known, panel_trace, queries, queries_strip
from dashboard.charts import heading
from dashboard.charts_palette import LIGHT
from dashboard.drawing import drawing
from dashboard.link import Link
from moodtrace.labels import EMOTIONS
from moodtrace.rollup import Bucket, rolled
from moodtrace.screening import Screening
from moodtrace.selection import Split
from moodtrace.store import Store
from moodtrace.timeline import Row, gap, of_viewers
from tests.dashboard.made_screening import Studio, hall
from tests.dashboard.opened import opened, titles, words
from tests.dashboard.served import Served, served_studio
from tests.factories import screening

K = 5
HAPPY = EMOTIONS.index("happy")
BY_TEN = b"emotion, over 10 s each"


def rows() -> list[Row]:
    """A minute: ten seconds without data, ten of too few viewers, forty of a hall."""
    made = hall()
    made[:10] = [gap(second, "camera_down") for second in range(10)]
    made[10:20] = [replace(row, usable=K - 1, people=row.people[: K - 1]) for row in made[10:20]]
    return made


def buckets() -> list[Bucket]:
    return rolled(rows(), first_look.STEP_S, K)


def test_curves_are_the_shares_of_buckets_and_what_is_withheld_has_none() -> None:
    found = first_look.traces_of(screening("s", k=K), buckets(), EMOTIONS, [], band=True)

    assert heading(found) == "Share of viewers showing each emotion, over 10 s each"
    happy = found.curves[found.curves["emotion"] == "happy"]
    shown = buckets()[2:]
    assert happy["second"].tolist() == [20, 30, 40, 50]
    assert happy["share"].tolist() == [b.showing_s[HAPPY] / b.usable_s for b in shown]
    assert happy["stretch"].nunique() == 1
    strong = found.curves[found.curves["emotion"] == found.highlighted[0]]
    assert (strong["low"] < strong["high"]).all()
    veils = found.veils[["start", "end", "kind"]].to_numpy().tolist()
    assert veils == [[-0.5, 9.5, "no data"], [9.5, 19.5, "withheld"]]
    assert found.peaks == []


def test_the_axis_is_that_of_the_whole_content() -> None:
    found = first_look.traces_of(screening("s", k=K), buckets()[:5], ["happy"], [], band=False)
    drawn = drawing(found, queries_strip.NONE, LIGHT, length=47, alt="")

    assert drawn["range"] == [0, 47]
    assert drawn["series"][0]["low"] is None
    assert drawn["x"] == [0, 10, 20, 30, 40]


@pytest.mark.parametrize("split", ["cameras", "zones"])
def test_the_strip_is_of_buckets_and_withholds_as_they_do(split: Split) -> None:
    found = first_look.strip_of(buckets(), split, "happy")

    assert found["heading"] == f"Happiness by {queries_strip.BY[split]}, over 10 s each"
    assert (found["step"], found["x"][:2]) == (10, [-0.5, 9.5])
    cells = [getattr(b, {"cameras": "by_camera", "zones": "zones"}[split]) for b in buckets()]
    for line in found["rows"]:
        assert line["values"][:2] == [None, queries_strip.WITHHELD_CELL]
        of = [bucket[line["name"]] for bucket in cells[2:]]
        wanted = [cell.showing[HAPPY] / cell.usable for cell in of]
        assert line["values"][2:] == pytest.approx(wanted, abs=5e-4)


@pytest.mark.parametrize("k", [1, K])
def test_where_nobody_is_nothing_is_withheld(k: int) -> None:
    """One camera sees nobody for ten seconds; one sees too few for another ten, if k says so."""
    made = [
        of_viewers(row, [v for v in row.people if v.camera_id == "right" or not 10 <= t < 20])
        for t, row in enumerate(hall())
    ]
    made[30:40] = [
        of_viewers(row, [v for n, v in enumerate(row.people) if v.camera_id == "left" or n > 20])
        for row in made[30:40]
    ]
    of_buckets = first_look.strip_of(rolled(made, first_look.STEP_S, k), "cameras", "happy")
    view = queries.view(queries.of_rows(screening("s", k=k), made, {}, "none"), queries.EVERYBODY)
    of_seconds = queries_strip.strip(queries.segments(view, "cameras"), "cameras", "happy")

    for tens, ones in zip(of_buckets["rows"], of_seconds["rows"], strict=True):
        assert tens["name"] == ones["name"]
        ones_of = np.array(ones["values"], object).reshape(-1, 10)
        assert [kind([v]) for v in tens["values"]] == [kind(ten) for ten in ones_of]
    withheld = {row["name"]: row["values"][3] == -1 for row in of_buckets["rows"]}
    assert withheld == {"left": k > 1, "right": k > 1}


def kind(values: Iterable[float | None]) -> str:
    """What some cells together are: a share if any is, else withheld if any is."""
    known = [value for value in values if value is not None]
    if any(value != queries_strip.WITHHELD_CELL for value in known):
        return "share"
    return "withheld" if known else "nobody"


def test_age_bands_have_no_strip_of_buckets() -> None:
    assert first_look.strip_of(buckets(), "ages", "happy") == queries_strip.NONE


def test_it_begins_with_the_strongest_emotions_or_else_with_neutral() -> None:
    shown_s = np.sum([bucket.showing_s for bucket in buckets()], axis=0)
    felt = [place for place, e in enumerate(EMOTIONS) if e != "neutral" and shown_s[place]]
    best = sorted(felt, key=lambda place: -shown_s[place])[:3]

    assert first_look.telling(buckets()) == [EMOTIONS[place] for place in sorted(best)]
    assert first_look.telling(buckets()[:1]) == ["neutral"]


@pytest.mark.parametrize(
    ("link", "wanted"),
    [
        (Link(), True),
        (Link(at=3, emotions=("happy",), band=False, split="zones"), True),
        (Link(cameras=("front",)), False),
        (Link(start=5), False),
        (Link(end=50), False),
        (Link(smooth=3), False),
        (Link(baseline="median"), False),
    ],
)
def test_it_is_of_what_buckets_hold(link: Link, wanted: bool) -> None:
    assert first_look.is_of(link) is wanted


@pytest.fixture
def looks(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Names of the screenings of which there was a first look; a minute is long."""
    found: list[str] = []
    drawn = panel_trace.first_look

    def spied(screening: Screening, *rest: Any) -> None:
        found.append(screening.id)
        drawn(screening, *rest)

    monkeypatch.setattr(first_look, "LONG_S", 60)
    monkeypatch.setattr(panel_trace, "first_look", spied)
    return found


def test_the_page_is_drawn_whole_after_it(store: Store, studio: Studio, looks: list[str]) -> None:
    studio.finished("spring-a", hall())
    page = opened("screening", store)

    assert looks == ["spring-a"]
    assert len(page.metric) == 5
    assert "Every second of it is being read" not in words(page)


def test_what_runs_has_one_too(store: Store, studio: Studio, looks: list[str]) -> None:
    studio.running("spring-a", hall())
    page = opened("screening", store)

    assert looks == ["spring-a"]
    assert "Still running" in words(page)


def test_there_is_one_at_most_whatever_is_forgotten_meanwhile(
    store: Store, studio: Studio, looks: list[str]
) -> None:
    studio.finished("spring-a", hall())
    page = opened("screening", store)
    for _ in range(3):
        known._stored.clear()
        page.run()

    assert looks == ["spring-a"]
    assert len(page.metric) == 5


def test_there_is_none_of_rows_that_an_earlier_version_wrote(
    store: Store, studio: Studio, looks: list[str]
) -> None:
    studio.finished("spring-a", hall())
    store._client.delete(*store._client.keys("{spring-a}:rollup:*"))
    page = opened("screening", store)

    assert looks == []
    assert len(page.metric) == 5


def test_no_emotions_are_chosen(store: Store, studio: Studio, looks: list[str]) -> None:
    studio.finished("spring-a", hall())
    page = opened("screening", store, emotions="")

    assert looks == []
    assert titles(page) == ["No emotion chosen"]


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    minute = hall()
    long = [replace(minute[second % 60], second=second) for second in range(first_look.LONG_S)]
    with served_studio(tmp_path_factory.mktemp("long")) as served:
        served.studio.finished("long", long)
        served.studio.finished("short", minute)
        yield served


def sent(browser: Browser, served: Served, name: str) -> list[bytes]:
    """The traces that the page of a screening is sent until it is complete, one after the other."""
    page = browser.new_page(base_url=served.url)
    frames: list[str | bytes] = []
    heard = lambda frame: frames.append(frame)  # noqa: E731  # the driver wants Python's own
    page.on("websocket", lambda socket: socket.on("framereceived", heard))
    page.goto(f"/screening?screening={name}")
    page.get_by_text("Inferred expression, not felt emotion.").first.wait_for()
    page.close()
    binary = [frame for frame in frames if isinstance(frame, bytes)]
    return [frame for frame in binary if b"Share of viewers showing each emotion" in frame]


def test_long_content_has_a_first_look_until_its_seconds_are_known(
    browser: Browser, served: Served
) -> None:
    first, *others = sent(browser, served, "long")

    assert BY_TEN in first
    assert others and not any(BY_TEN in frame for frame in others)
    for name in ("long", "short"):
        assert not any(BY_TEN in frame for frame in sent(browser, served, name))
