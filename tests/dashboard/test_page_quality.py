"""The page of how good data are, over a real server."""

from datetime import timedelta

from msgspec.structs import replace

from dashboard.queries_quality import coverage_map, read, suppressed_share
from moodtrace.cameras import CameraStatus
from moodtrace.ledger import CameraLedger
from moodtrace.messages import Quality
from moodtrace.store import Store
from moodtrace.timeline import Row, gap
from moodtrace.viewers import Viewer
from tests.dashboard.made_screening import Studio, film
from tests.dashboard.opened import metrics, opened, titles, words
from tests.factories import row, screening, viewer

FINE = Quality(size_px=64, sharpness=310, brightness=120, contrast=300, cut=0, occlusion=0)


def people(number: int, camera: str = "front", excluded: str = "") -> list[Viewer]:
    return [
        replace(viewer(excluded=excluded, quality=FINE), camera_id=camera) for _ in range(number)
    ]


def test_an_empty_store_says_so(store: Store) -> None:
    assert titles(opened("quality", store, "analyst")) == ["No screenings yet"]


def test_the_grade_comes_with_its_parts_and_what_to_do(store: Store, studio: Studio) -> None:
    studio.finished("s1", [row(t, *people(8), *people(2, excluded="too_dark")) for t in range(9)])
    page = opened("quality", store, "operator")
    assert "Grade D" in words(page)
    assert "Model drift: no reference yet (0 of 10)" in words(page)
    table = page.dataframe[0].value.set_index("part")
    assert table.loc["Viewers", "grade"] == "D"
    assert table.loc["Coverage", "words"] == "80% of the viewers seen could be scored"
    assert table.loc["Coverage", "try"] == "light the audience, or raise the camera's exposure"


def test_frames_and_viewers_add_up_to_all(store: Store, studio: Studio) -> None:
    studio.finished("s1", [row(t, *people(3), *people(1, excluded="blurred")) for t in range(8)])
    page = opened("quality", store)
    _, _, frames, viewers, *_ = (shown.value for shown in page.dataframe)
    assert frames.set_index("outcome")["count"].to_dict() == {"analysed": 40, "failed: corrupt": 2}
    assert viewers.set_index("outcome")["share"].to_dict() == {"usable": 0.75, "blurred": 0.25}
    assert frames["share"].sum() == viewers["share"].sum() == 1
    alts = [chart.proto.alt for chart in page.get("vega_lite_chart")]
    assert "What became of frames. front: 95.2% analysed; front: 4.8% failed: corrupt." in alts


def test_histograms_say_where_most_faces_are(store: Store, studio: Studio) -> None:
    studio.finished("s1", [row(t, *people(6)) for t in range(3)], k=5)
    alts = [chart.proto.alt for chart in opened("quality", store).get("vega_lite_chart")]
    assert "Size, px: most often 64 to 96, 100%." in alts
    assert "Brightness: most often 100 to 125, 100%." in alts
    assert not any(alt.startswith("Yaw") for alt in alts)


def test_what_is_withheld_is_counted_and_nothing_else_of_it_is_told(
    store: Store, studio: Studio
) -> None:
    few = row(2, *people(4), *people(9, excluded="blurred"))
    studio.finished("s1", [row(0, *people(6)), gap(1, "no_frames"), few], k=5)
    view = read(store, "s1")
    assert suppressed_share(view) == 0.5
    cells = coverage_map(view).set_index("time")
    assert cells.loc["0:02", "note"] == "withheld: fewer than 5 viewers"
    assert cells.loc["0:01", "note"] == "no data: no frame reached this second"
    assert cells["coverage"].notna().sum() == 1
    page = opened("quality", store)
    assert metrics(page)["Withheld seconds"] == "50%"
    assert "blurred" not in str(page.dataframe[2].value)


def test_a_small_camera_is_withheld_with_the_next_smallest(store: Store, studio: Studio) -> None:
    cameras = ("front", "side", "back")
    seen = [*people(9), *people(6, "side"), *people(2, "back")]
    record = replace(screening("s1", k=5, cameras=cameras), state="finished")
    with store.claim("s1", "run-1") as writer:
        writer.begin(record, {}, fresh=True)
        writer.append([row(0, *seen)], {})
    cells = coverage_map(read(store, "s1")).set_index("camera")
    assert cells["coverage"].dropna().to_dict() == {"All cameras": 1.0, "front": 1.0}


def test_a_long_screening_has_a_map_of_few_cells(store: Store, studio: Studio) -> None:
    studio.finished("s1", film(1000))
    cells = coverage_map(read(store, "s1"))
    assert len(cells) == 250
    assert cells["end"].iloc[-1] == 1000
    assert cells["time"].iloc[0] == "0:00 to 0:04"


def test_nothing_but_withheld_seconds_draws_no_figure(store: Store, studio: Studio) -> None:
    studio.finished("s1", [row(t, *people(2)) for t in range(5)], k=5)
    page = opened("quality", store)
    assert metrics(page)["Withheld seconds"] == "100%"
    assert "No face was measured" in words(page)
    assert "Nothing is known" in words(page)


def test_a_running_one_says_how_far_clocks_are_apart(store: Store, studio: Studio) -> None:
    record = replace(screening("s1", cameras=("front", "side")), live=True)
    store.live.start(record, [])
    with store.claim("s1", "run-1") as writer:
        ledger = {"front": CameraLedger(captured=100, analysed=90, dropped={"late": 10})}
        writer.begin(record, ledger, fresh=True)
        writer.append([row(0, *people(3))], ledger)
    for name, offset_ms in (("front", 80), ("side", 300)):
        status = CameraStatus(
            name=name, state="live", since_ms=1, clock="rtcp", clock_offset_ms=offset_ms
        )
        store.cameras.report([status])
    page = opened("quality", store)
    assert metrics(page)["Clocks apart"] == "220 ms"
    assert metrics(page)["Late frames"] == "10%"
    assert "Synchronisation" in page.dataframe[0].value["part"].tolist()


def answered(score: int, *, count: int = 12) -> list[Row]:
    """Rows of viewers of whose emotion the network is so sure, in thousandths."""
    sure = replace(viewer(quality=FINE), emotion=(score, *(((1000 - score) // 6,) * 6)))
    return [row(t, *[sure] * count) for t in range(3)]


def library(studio: Studio, count: int, emotion_model: str = "mini-xception") -> None:
    for number in range(count):
        rows = answered(700 + 20 * (number % 2))
        studio.finished(f"past-{number}", rows, k=5, emotion_model=emotion_model)


def test_drift_is_told_from_ten_earlier_screenings_on(store: Store, studio: Studio) -> None:
    library(studio, 9)
    studio.finished("s1", answered(700), k=5)
    page = opened("quality", store, "operator", screening="s1")
    assert "Model drift: no reference yet (9 of 10)" in words(page)
    assert "9 earlier screenings can be compared with this one; a reference takes 10" in words(page)

    studio.finished("past-9", answered(700), k=5)
    page = opened("quality", store, "operator", screening="s1")
    assert "Model drift: none (0.00)" in words(page)
    assert "It does not say whether the model is right" in words(page)
    found = page.dataframe[-1].value.set_index("measure")
    assert found.loc["Confidence of the emotion model", "words"] == "as before"
    assert "Brightness" in found.index


def test_a_model_that_is_less_sure_than_before_is_told(store: Store, studio: Studio) -> None:
    library(studio, 10)
    studio.finished("s1", answered(430), k=5)
    page = opened("quality", store, screening="s1")
    assert "Model drift: large (" in words(page)
    found = page.dataframe[-1].value.set_index("measure")
    confidence = found.loc["Confidence of the emotion model"]
    assert (confidence["words"], confidence["usual"]) == ("different", "0 of 10")
    assert found.loc["Brightness", "words"] == "as before"


def test_screenings_of_another_model_are_no_reference(store: Store, studio: Studio) -> None:
    library(studio, 10, emotion_model="other")
    studio.finished("s1", answered(430), k=5)
    assert "(0 of 10)" in words(opened("quality", store, screening="s1"))


def test_later_screenings_are_no_reference(store: Store, studio: Studio) -> None:
    library(studio, 10)
    record = screening("s2", k=5)
    earlier = replace(record.run, started_at=record.run.started_at - timedelta(days=1))
    studio.finished("s2", answered(430), k=5, run=earlier)
    assert "(0 of 10)" in words(opened("quality", store, screening="s2"))


def test_of_a_screening_without_an_answer_nothing_is_told(store: Store, studio: Studio) -> None:
    library(studio, 10)
    studio.finished("s1", [row(t, *people(9, excluded="too_dark")) for t in range(3)])
    assert "Model drift: nothing measured" in words(opened("quality", store, screening="s1"))
