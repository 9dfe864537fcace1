"""Every file of a screening: the same figures as on the page, the same bytes each time."""

import csv
import io
import json
import struct
import time
from collections.abc import Sequence
from pathlib import Path

import msgspec
import pandas as pd
import pypdf
import pytest
from msgspec.structs import replace
from pyarrow import parquet

from dashboard import queries, queries_seconds
from dashboard.exports import FORMATS, KINDS, Format, file_name, written
from dashboard.manifest import Manifest, check, manifest_of, read_manifest
from dashboard.report import report
from moodtrace.baseline import corrected
from moodtrace.errors import ManifestError, UsageError
from moodtrace.export import COLUMNS
from moodtrace.labels import EMOTIONS, Baseline
from moodtrace.screening import Screening
from moodtrace.selection import Selection
from moodtrace.timeline import Row
from tests.dashboard.made_screening import hall, row
from tests.factories import screening

HOSTILE = '<script>alert(1)</script> #evil *bold* $x$ &amp; "quoted" =1+1'
MARKERS = "start_ms,end_ms,label,kind\n0,8000,opening,scene\n20000,27000,joke,scene\n"
K = 5


def made(content: str = "spring", markers: str = MARKERS, k: int = K) -> Screening:
    return replace(
        screening("spring-a", k=k, cameras=("left", "right")),
        content=content,
        markers=markers,
        state="finished",
        emotion_model="moodtrace-emotion-2",
        age_model="moodtrace-age-2",
    )


def view_of(
    about: Screening,
    rows: Sequence[Row],
    chosen: Selection = queries.EVERYBODY,
    baseline: Baseline = "none",
) -> queries.View:
    read = corrected(about, rows, baseline)
    return queries.view(queries.Whole(about, rows, read, {}), chosen)


@pytest.fixture(scope="module")
def rows() -> list[Row]:
    """A minute of 24 viewers, four seconds of it without data, three with three viewers only."""
    few = [row(second, happy=1, sad=0, usable=3) for second in (50, 51, 52)]
    return [few[r.second - 50] if 50 <= r.second <= 52 else r for r in hall()]


@pytest.fixture(scope="module")
def view(rows: list[Row]) -> queries.View:
    return view_of(made(), rows)


@pytest.fixture(scope="module")
def manifest(view: queries.View) -> Manifest:
    return manifest_of(view, ("happy", "surprise", "neutral"))


def words_of(pdf: bytes) -> str:
    return " ".join(pypdf.PdfReader(io.BytesIO(pdf)).pages[0].extract_text().split())


def test_tables_of_the_page_and_files_agree_cell_by_cell(
    view: queries.View, manifest: Manifest
) -> None:
    page = queries_seconds.seconds(view).set_index("second")
    document = json.loads(written(view, manifest, "json"))
    lines = list(csv.DictReader(io.StringIO(written(view, manifest, "csv").decode())))
    table = pd.read_parquet(io.BytesIO(written(view, manifest, "parquet")))

    compared = 0
    for line, second, (_, typed) in zip(lines, document["seconds"], table.iterrows(), strict=True):
        shown = page.loc[int(line["t"])]
        assert typed["status"] == line["status"] == second["status"]
        for name in ("viewers", "faces", "coverage", *EMOTIONS):
            of_page = shown[f"share_{name}"] if name in EMOTIONS else shown[name]
            of_json = second.get(name, second.get("emotions", {}).get(name))
            cells = [of_page, of_json, line[name] or None, typed[name]]
            known = [float(cell) for cell in cells if cell is not None and not pd.isna(cell)]
            assert known in ([], [known[0]] * 4 if known else []), (line["t"], name, cells)
            compared += 1
    assert compared == 60 * 10


@pytest.mark.parametrize("format_", FORMATS)
def test_equal_manifests_give_equal_bytes_at_any_time(
    view: queries.View, manifest: Manifest, format_: Format
) -> None:
    again = msgspec.json.decode(written(view, manifest, "manifest"), type=Manifest)
    first = written(view, manifest, format_)
    time.sleep(1.01 if format_ == "pdf" else 0)  # a clock in the file would tick by now

    assert written(view, again, format_) == first


def test_the_report_is_one_page_with_all_that_it_needs(rows: list[Row]) -> None:
    label = "a scene whose name is so long that no table could ever hold all of it"
    scenes = "".join(f"{n * 2000},{n * 2000 + 2000},{label} {n},scene\n" for n in range(25))
    full = view_of(made(HOSTILE, MARKERS + scenes), rows, baseline="median")
    pdf = written(full, manifest_of(full, EMOTIONS), "pdf")

    found = pypdf.PdfReader(io.BytesIO(pdf))
    said = words_of(pdf)
    assert len(found.pages) == 1
    assert found.metadata is not None
    assert found.metadata.title == f"{HOSTILE} · moodtrace"
    assert "/StructTreeRoot" in found.root_object  # tagged
    for part in (
        HOSTILE,
        "Viewers scored (n) 24",
        "exploratory",
        "Smallest group shown (k) 5",
        "Face coverage",
        "2026-01-01",
        "Inferred expression, not felt emotion.",
        "Baseline: each viewer's median",
        "and 19 more",
        "emotion: moodtrace-emotion-2: Apache-2.0",
        "fer2013 private accuracy 0.7236",
        full.document["provenance"]["content_sha256"],
    ):
        assert part in said


def test_the_report_has_the_figures_of_the_document(view: queries.View, manifest: Manifest) -> None:
    emotions, peaks, scenes = report(view, manifest).tables
    happy = dict(zip(emotions.columns[1:], emotions.rows[0][1:], strict=True))
    of_document = view.document["metrics"]["happy"]

    assert happy["Ever"] == f"{of_document['ever']:.0%}"
    assert emotions.rows[0][5] == f"{of_document['peak']['value']:.0%}"
    assert happy["At"] == f"0:{of_document['peak']['t']:02d}"
    assert "Happiness" in {row[0] for row in peaks.rows}
    assert [row[:2] for row in scenes.rows] == [("opening", "0:00"), ("joke", "0:20")]


def test_nothing_of_a_withheld_second_is_in_any_file(rows: list[Row]) -> None:
    others = [row(r.second, happy=0, sad=2, usable=2) if 50 <= r.second <= 52 else r for r in rows]
    views = [view_of(made(), seconds) for seconds in (rows, others)]
    hashes = [view.document["provenance"]["content_sha256"] for view in views]
    assert hashes[0] != hashes[1]

    for format_ in FORMATS:
        files = [written(v, manifest_of(v, EMOTIONS), format_) for v in views]
        if format_ == "pdf":
            files = [words_of(file).encode() for file in files]
        if format_ == "parquet":
            tables = [parquet.read_table(io.BytesIO(file)) for file in files]
            files = [f"{t.to_pylist()} {t.schema.metadata}".encode() for t in tables]
        first, second = (
            file.replace(content.encode(), b"") for file, content in zip(files, hashes, strict=True)
        )
        assert first == second, format_


def test_a_manifest_says_what_was_chosen_and_every_file_does(rows: list[Row]) -> None:
    chosen = Selection(cameras=("right",), start=10, end=30)
    part = view_of(made(), rows, chosen)
    of = manifest_of(part, ("happy",), band=False, smooth=3)

    assert (of.selection, of.band, of.smooth) == (chosen, False, 3)
    assert "Only camera right; from 0:10 to 0:30." in words_of(written(part, of, "pdf"))
    assert b"Only camera right; from 0:10 to 0:30." in written(part, of, "html")
    lines = list(csv.DictReader(io.StringIO(written(part, of, "csv").decode())))
    assert [int(line["t"]) for line in lines] == list(range(10, 30))
    assert "averaged over 3 s" in written(part, of, "svg").decode()


def test_a_manifest_of_another_timeline_is_refused(
    view: queries.View, manifest: Manifest, rows: list[Row]
) -> None:
    check(manifest, view)
    with pytest.raises(ManifestError, match="not the one"):
        check(manifest, view_of(made(), rows[:-1]))


@pytest.mark.parametrize(
    "text", ["", "{}", '{"kind": "moodtrace_manifest/2"}', "[1]", "\x00", '{"kind": 7}']
)
def test_what_is_no_manifest_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "m.json").write_text(text)

    with pytest.raises(ManifestError, match="can't be understood"):
        read_manifest(tmp_path / "m.json")
    with pytest.raises(ManifestError, match="can't be read"):
        read_manifest(tmp_path / "none.json")


def test_pictures_are_twice_as_fine_and_say_what_they_show(
    view: queries.View, manifest: Manifest
) -> None:
    png = written(view, manifest, "png")
    svg = written(view, manifest, "svg").decode()

    assert png[:8] == b"\x89PNG\r\n\x1a\n"
    assert struct.unpack(">I", png[16:20])[0] == 1920
    said = queries_seconds.description(view, manifest.emotions)
    assert f"<desc>{said}</desc>" in svg
    assert f'aria-label="{said}"' in svg
    assert "opening" in svg


def test_markup_in_names_is_text_in_pages_and_pictures(rows: list[Row]) -> None:
    markers = f"start_ms,end_ms,label,kind\n0,8000,{HOSTILE.replace(chr(34), '')},scene\n"
    hostile = view_of(made(HOSTILE, markers), rows)
    of = manifest_of(hostile, ("happy",))

    for format_ in ("html", "svg"):
        text = written(hostile, of, format_).decode()
        assert "<script" not in text
        assert "&lt;script&gt;" in text


def test_where_nothing_may_be_shown_there_is_a_report_and_no_picture(rows: list[Row]) -> None:
    nobody = view_of(made(k=100), rows)
    of = manifest_of(nobody, queries.telling(nobody))

    assert "No second of this may be shown." in words_of(written(nobody, of, "pdf"))
    assert b"No second of this may be shown." in written(nobody, of, "html")
    assert written(nobody, of, "csv").count(b"suppressed") == 56
    for format_ in ("png", "svg"):
        assert not KINDS[format_].of_figures
        with pytest.raises(UsageError, match="no trace to draw"):
            written(nobody, of, format_)


def test_columns_of_parquet_are_those_of_the_dictionary(
    view: queries.View, manifest: Manifest
) -> None:
    table = pd.read_parquet(io.BytesIO(written(view, manifest, "parquet")))
    assert list(table.columns) == list(COLUMNS)


@pytest.mark.parametrize("name", ["..", "-rf", "CON", "a b", ".hidden", "Ünïcode 7"])
def test_files_have_names_that_every_system_takes(name: str) -> None:
    named = file_name(name, "trace", "png")

    assert named.startswith("moodtrace-")
    assert named.endswith("-trace.png")
    assert not set(named) & set('/\\:*?"<>| ')


def test_a_screening_without_a_second_still_gives_its_record() -> None:
    empty = view_of(made(), [])
    of = manifest_of(empty, queries.telling(empty))

    assert json.loads(written(empty, of, "json"))["seconds"] == []
    assert written(empty, of, "csv").count(b"\n") == 1
    assert "Viewers scored (n) 0" in words_of(written(empty, of, "pdf"))
