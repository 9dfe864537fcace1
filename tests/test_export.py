import csv
import io
import json
from typing import Any

import msgspec
import pyarrow as pa
import pytest
from msgspec.structs import replace
from pyarrow import parquet

from moodtrace.baseline import Corrected
from moodtrace.export import COLUMNS, content_sha256, document, to_csv, to_json, to_parquet
from moodtrace.labels import EMOTIONS
from moodtrace.ledger import CameraLedger
from moodtrace.selection import Selection, selected
from moodtrace.timeline import gap
from moodtrace.viewers import Viewer
from tests.factories import row, screening, viewer

ROWS = [
    row(0, viewer("happy"), viewer("sad"), viewer(excluded="too_small")),
    gap(1, "no_frames"),
    row(2),
    row(3, viewer("happy")),
]
LEDGER = {"front": CameraLedger(captured=4, analysed=3, failed={"corrupt": 1})}


@pytest.fixture
def content() -> dict[str, Any]:
    return json.loads(to_json(document(screening(), ROWS, LEDGER)))  # type: ignore[no-any-return]


def test_the_document_has_the_keys_of_the_contract(content: dict[str, Any]) -> None:
    keys = ["screening", "seconds", "metrics", "quality", "ledger", "provenance", "run"]
    assert list(content) == keys
    assert content["screening"] == {
        "id": "s1",
        "content": "spring",
        "audience": "panel",
        "cameras": ["front"],
        "fps": 5.0,
        "k": 1,
        "unit": "viewer",
        "zones": [],
        "seats": [],
        "baseline": "none",
        "baseline_moved": None,
        "selection": {"ages": [], "cameras": [], "zones": [], "start": 0, "end": None},
    }
    assert content["seconds"][0] == {
        "t": 0,
        "status": "ok",
        "frames": 1,
        "faces": 3,
        "viewers": 3,
        "usable": 2,
        "excluded": {"too_small": 1},
        "coverage": 0.6667,
        "cameras": 1,
        "emotions": {
            "angry": 0.0,
            "disgust": 0.0,
            "fear": 0.0,
            "happy": 0.5,
            "sad": 0.5,
            "surprise": 0.0,
            "neutral": 0.0,
        },
        "emotions_low": {**dict.fromkeys(EMOTIONS, 0.0), "happy": 0.0945, "sad": 0.0945},
        "emotions_high": {**dict.fromkeys(EMOTIONS, 0.6576), "happy": 0.9055, "sad": 0.9055},
        "abstained": 0.0,
        "valence": 0.0,
        "arousal": 0.2005,
        "expressiveness": 1.0,
        "attention": None,
        "age_bands": {
            "unknown": {
                "usable": 2.0,
                "emotions": {
                    "angry": 0.0,
                    "disgust": 0.0,
                    "fear": 0.0,
                    "happy": 0.5,
                    "sad": 0.5,
                    "surprise": 0.0,
                    "neutral": 0.0,
                },
            }
        },
        "zones": {},
        "by_camera": {"front": content["seconds"][0]["age_bands"]["unknown"]},
    }
    assert content["ledger"]["front"] == {
        "captured": 4,
        "analysed": 3,
        "dropped": {},
        "failed": {"corrupt": 1},
        "in_flight": 0,
    }
    assert content["provenance"]["content_sha256"] == content_sha256(ROWS)


def test_a_gap_is_a_gap_and_an_empty_second_has_no_emotion(content: dict[str, Any]) -> None:
    assert content["seconds"][1] == {"t": 1, "status": "gap", "reason": "no_frames"}
    empty = content["seconds"][2]
    assert (empty["status"], empty["faces"], empty["coverage"]) == ("ok", 0, None)
    assert set(empty["emotions"].values()) == {None}


def test_metrics_are_over_the_seconds_shown(content: dict[str, Any]) -> None:
    assert content["metrics"]["happy"] == {
        "ever": 0.5,
        "average": 0.75,
        "peak": {"t": 3, "value": 1.0},
        "trough": {"t": 0, "value": 0.5},
    }


def second_of(k: int, *people: Viewer) -> dict[str, Any]:
    return document(screening(k=k), [row(0, *people)], LEDGER)["seconds"][0]  # type: ignore[no-any-return]


def usable_by(segments: dict[str, Any]) -> dict[str, float | None]:
    return {name: cell["usable"] for name, cell in segments.items()}


def test_a_small_age_band_is_withheld_and_the_next_smallest_with_it() -> None:
    young, old, older = ((0,) * n + (1000,) + (0,) * (7 - n) for n in (2, 5, 7))
    people = [viewer(age=young)] * 9 + [viewer(age=old)] * 4 + [viewer(age=older)]

    shown = second_of(1, *people)["age_bands"]
    withheld = second_of(2, *people)["age_bands"]

    assert usable_by(shown) == {"18-24": 9, "45-54": 4, "65+": 1, "unknown": 0}
    assert usable_by(withheld) == {"18-24": 9, "45-54": None, "65+": None, "unknown": 0}
    assert withheld["65+"] == {"usable": None, "emotions": {}}


def test_zones_are_withheld_apart_from_age_bands() -> None:
    many = [replace(viewer("happy"), zone="sofa")] * 9
    few = [replace(viewer("sad"), zone="elsewhere")]

    shown = second_of(1, *many, *few)["zones"]
    assert usable_by(shown) == {"elsewhere": 1, "sofa": 9}
    assert shown["sofa"]["emotions"]["happy"] == 1
    withheld = second_of(2, *many, *few)
    assert usable_by(withheld["zones"]) == {"elsewhere": None, "sofa": None}
    assert usable_by(withheld["age_bands"]) == {"unknown": 10}


def test_means_of_fewer_than_k_viewers_are_withheld() -> None:
    people = [viewer(abstained=True)] * 8 + [viewer("happy", attending=True)] * 2

    assert second_of(2, *people)["valence"] > 0
    assert second_of(2, *people)["attention"] == 1
    withheld = second_of(3, *people)
    assert (withheld["valence"], withheld["arousal"], withheld["attention"]) == (None, None, None)
    assert withheld["abstained"] == 0.8


def test_a_second_of_which_a_choice_may_not_be_shown_is_suppressed() -> None:
    content = document(screening(k=2), [gap(0, "withheld")], LEDGER)

    assert content["seconds"] == [{"t": 0, "status": "suppressed"}]


def test_a_second_with_fewer_than_k_viewers_is_withheld_everywhere() -> None:
    content = document(screening(k=2), ROWS, LEDGER)

    assert content["seconds"][3] == {"t": 3, "status": "suppressed"}
    assert content["metrics"]["happy"]["peak"] == {"t": 0, "value": 0.5}
    assert b"3,suppressed" + b"," * (len(COLUMNS) - 2) in to_csv(content).splitlines()


def test_no_age_of_a_person_is_exported() -> None:
    seen = row(0, replace(viewer(age=(0, 0, 0, 1000, 0, 0, 0, 0)), age_tenths=287))
    content = document(screening(), [seen], LEDGER)

    assert b"287" in msgspec.json.encode(seen)
    for written in (to_json(content), to_csv(content), to_parquet(content)):
        assert b"287" not in written.replace(content_sha256([seen]).encode(), b"")
        assert b"28.7" not in written


def test_only_the_key_run_differs_between_two_runs() -> None:
    record = screening()
    other = replace(record, run=replace(record.run, id="run-2", host="elsewhere"))

    first, second = (document(s, ROWS, LEDGER) for s in (record, other))
    assert first["run"] != second["run"]
    first.pop("run")
    second.pop("run")
    assert to_json(first) == to_json(second)


def test_csv_has_a_line_per_second_with_numbers_as_numbers(content: dict[str, Any]) -> None:
    lines = list(csv.DictReader(io.StringIO(to_csv(content).decode())))

    assert [line["t"] for line in lines] == ["0", "1", "2", "3"]
    assert (lines[0]["happy"], lines[0]["coverage"]) == ("0.5", "0.6667")
    assert (lines[1]["status"], lines[1]["reason"], lines[1]["happy"]) == ("gap", "no_frames", "")


def test_the_intervals_of_a_table_are_those_of_the_document(content: dict[str, Any]) -> None:
    first = content["seconds"][0]
    line = next(csv.DictReader(io.StringIO(to_csv(content).decode())))

    low, high = (float(line[f"happy_{end}"]) for end in ("low", "high"))
    assert (low, high) == (first["emotions_low"]["happy"], first["emotions_high"]["happy"])
    assert low < first["emotions"]["happy"] < high
    assert set(content["seconds"][2]["emotions_low"].values()) == {None}


def test_a_document_says_of_whom_and_when_it_is() -> None:
    chosen = Selection(cameras=("front",), start=2)
    content = document(screening(), ROWS, LEDGER, Corrected(selected(ROWS, chosen, k=1)), chosen)

    assert content["screening"]["selection"]["cameras"] == ("front",)
    assert content["screening"]["selection"]["start"] == 2
    assert [second["t"] for second in content["seconds"]] == [2, 3]
    assert content["provenance"]["content_sha256"] == content_sha256(ROWS)


def test_csv_defuses_text_that_a_spreadsheet_would_run() -> None:
    content = document(screening(), [gap(0, "=1+1")], LEDGER)

    assert next(csv.DictReader(io.StringIO(to_csv(content).decode())))["reason"] == "'=1+1"


def test_parquet_opens_without_us_and_carries_the_rest_of_the_document(
    content: dict[str, Any],
) -> None:
    table = parquet.read_table(pa.BufferReader(to_parquet(content)))

    assert table.column_names == list(COLUMNS)
    assert table.column("happy").to_pylist() == [0.5, None, None, 1.0]
    assert table.column("status").to_pylist() == ["ok", "gap", "ok", "ok"]
    happy = table.schema.field("happy").metadata
    assert happy == {b"unit": b"share, 0 to 1", b"meaning": b"usable viewers who show happiness"}
    rest = msgspec.json.decode(table.schema.metadata[b"moodtrace"])
    assert rest["metrics"] == content["metrics"]
