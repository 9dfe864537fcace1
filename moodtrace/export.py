"""A screening as a document: the JSON contract for scripts, and CSV and Parquet of the same."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

import msgspec
import numpy as np

from moodtrace import dictionary, spreadsheets
from moodtrace.baseline import Corrected
from moodtrace.labels import EMOTIONS, QUANTUM
from moodtrace.ledger import CameraLedger, Ledger
from moodtrace.metrics import (
    Point,
    TraceMetrics,
    arousal,
    ever_shown,
    is_shown,
    share,
    summarise,
    trace,
    valence,
)
from moodtrace.quality import histograms
from moodtrace.screening import Run, Screening
from moodtrace.selection import Selection
from moodtrace.small_cells import WITHHELD, Segments, segments
from moodtrace.timeline import Cell, Row
from moodtrace.uncertainty import wilson_bands

PLACES: Final = 4
"""Decimal places of shares."""

_Ends = Sequence[float]

Document = dict[str, Any]
"""The contract of `moodtrace export --format json`; see docs/reference/json.md."""


def document(
    screening: Screening,
    stored: Sequence[Row],
    ledger: Ledger,
    read: Corrected | None = None,
    chosen: Selection | None = None,
) -> Document:
    """Build the contract's document.

    Args:
        screening: The record.
        stored: Its rows, from second 0 on.
        ledger: What became of its frames.
        read: The same with a baseline taken off, and of them those that were chosen; as they are
            stored if None.
        chosen: What counts in `read`; everything if None.

    Returns:
        JSON types only. Everything but the key `run` is equal for equal footage and settings.
    """
    rows, baseline, moved = read or Corrected(stored)
    k = screening.k
    return {
        "screening": {
            **about(screening),
            "zones": screening.named("zone"),
            "seats": screening.named("seat"),
            "baseline": baseline,
            "baseline_moved": rounded(moved),
            "selection": msgspec.to_builtins(chosen or Selection()),
        },
        "seconds": _with_segments(seconds(rows, k), rows, k),
        "metrics": metrics(rows, k),
        "quality": msgspec.to_builtins(histograms(rows, k)),
        **origin(screening, ledger, content_sha256(stored)),
    }


def about(screening: Screening) -> Document:
    """Return the beginning of any document: what was shown to whom, and how it was counted."""
    return {
        "id": screening.id,
        "content": screening.content,
        "audience": screening.audience,
        "cameras": list(screening.cameras),
        "fps": screening.fps,
        "k": screening.k,
        "unit": screening.unit,
    }


def origin(screening: Screening, ledger: Ledger, content: str | None) -> Document:
    """Return the end of any document: what became of frames, and what the numbers come from.

    Args:
        screening: The record.
        ledger: What became of its frames.
        content: SHA-256 of its rows; None where they were not read.
    """
    return {
        "ledger": {camera: _ledger(ledger, camera) for camera in screening.cameras},
        "provenance": {
            "detector": screening.detector,
            "emotion_model": screening.emotion_model,
            "age_model": screening.age_model,
            "config_sha256": screening.config_sha256,
            "content_sha256": content,
        },
        "run": _run(screening.run),
    }


def seconds(rows: Sequence[Row], k: int) -> list[Document]:
    """Return what is told of each second, but for its segments, which take longer to find."""
    lows, highs = _intervals(rows)
    return [_second(row, k, ends) for row, *ends in zip(rows, lows, highs, strict=True)]


def metrics(rows: Sequence[Row], k: int) -> Document:
    """Return what each emotion did over all seconds."""
    shown_ever = ever_shown(rows, k)
    return {
        emotion: _metrics(summarise(trace(rows, emotion, k)), shown_ever[emotion])
        for emotion in EMOTIONS
    }


def content_sha256(rows: Sequence[Row]) -> str:
    """Return the SHA-256 over the stored rows in order, as hex: equal timelines, equal hash."""
    return hashlib.sha256(b"\n".join(msgspec.json.encode(row) for row in rows)).hexdigest()


def to_json(content: Document) -> bytes:
    """Write a document as UTF-8 JSON, keys in the contract's order, ending in a newline."""
    return msgspec.json.format(msgspec.json.encode(content), indent=2) + b"\n"


COLUMNS: Final = tuple(column.name for column in dictionary.COLUMNS)
"""Columns of the flat formats: one line per second; `reason` is empty but for gaps."""


def records(content: Document) -> list[dict[str, Any]]:
    """Flatten the seconds of a document to one record each, with the keys of `COLUMNS`."""
    return [flat(second, COLUMNS) for second in content["seconds"]]


def to_csv(content: Document) -> bytes:
    """Write one line per second as UTF-8 CSV; text that a spreadsheet would run is defused."""
    return spreadsheets.to_csv(COLUMNS, records(content))


def to_parquet(content: Document) -> bytes:
    """Write one line per second as Parquet.

    The rest of the document is JSON in its metadata, and each column's unit and meaning in its own.
    """
    rest = {key: value for key, value in content.items() if key != "seconds"}
    return parquet_of(dictionary.COLUMNS, records(content), rest)


def parquet_of(
    columns: Sequence[dictionary.Column], lines: list[dict[str, Any]], rest: Document
) -> bytes:
    """Write lines as Parquet, with `rest` as JSON in its metadata."""
    import pyarrow as pa
    from pyarrow import parquet

    types = {"text": pa.string(), "count": pa.int32(), "number": pa.float64()}
    schema = pa.schema(
        [
            pa.field(
                column.name,
                types[column.type],
                metadata={"unit": column.unit, "meaning": column.meaning},
            )
            for column in columns
        ],
        metadata={"moodtrace": msgspec.json.encode(rest)},
    )
    target = pa.BufferOutputStream()
    parquet.write_table(pa.Table.from_pylist(lines, schema=schema), target)
    return bytes(target.getvalue())


FORMATS: Final = {"json": to_json, "csv": to_csv, "parquet": to_parquet}
"""Writers by the name of their format."""


def flat(second: Document, columns: Iterable[str]) -> dict[str, Any]:
    """Return one line of a table of a second, or of a bucket, of a document."""
    ends = ((name, second.get(f"emotions_{name}", {})) for name in ("low", "high"))
    intervals = {f"{e}_{name}": value for name, values in ends for e, value in values.items()}
    known = second | second.get("emotions", {}) | intervals
    return {name: known.get(name) for name in columns}


def _intervals(rows: Sequence[Row]) -> tuple[list[_Ends], list[_Ends]]:
    """Return both ends of the 95 % intervals of each second's shares, in `EMOTIONS` order."""
    if not rows:
        return [], []
    showing = np.array([row.showing or (0,) * len(EMOTIONS) for row in rows], np.float64)
    usable = np.array([[row.usable] for row in rows], np.float64)
    lows, highs = (np.round(ends, PLACES) for ends in wilson_bands(showing, usable))
    return lows.tolist(), highs.tolist()


def _by_emotion(ends: _Ends, usable: int) -> dict[str, float | None]:
    return {e: end if usable else None for e, end in zip(EMOTIONS, ends, strict=True)}


def _second(row: Row, k: int, interval: Sequence[_Ends]) -> Document:
    if row.gap and row.gap != WITHHELD:
        return {"t": row.second, "status": "gap", "reason": row.gap}
    if not is_shown(row, k):
        return {"t": row.second, "status": "suppressed"}
    answered = row.usable - row.abstained
    return {
        "t": row.second,
        "status": "ok",
        "frames": row.frames,
        "faces": row.faces,
        "viewers": row.viewers,
        "usable": row.usable,
        "excluded": row.excluded,
        "coverage": ratio(row.usable, row.viewers),
        "cameras": row.cameras,
        "emotions": {emotion: rounded(share(row, emotion)) for emotion in EMOTIONS},
        "emotions_low": _by_emotion(interval[0], row.usable),
        "emotions_high": _by_emotion(interval[1], row.usable),
        "abstained": ratio(row.abstained, row.usable),
        "valence": rounded(valence(row) if answered >= k else None),
        "arousal": rounded(arousal(row) if answered >= k else None),
        "expressiveness": ratio(row.expressive, row.usable),
        "attention": ratio(row.attending, row.posed) if row.posed >= k else None,
    }


def _with_segments(seconds: Sequence[Document], rows: Sequence[Row], k: int) -> list[Document]:
    """Add the segments to the seconds that are shown."""
    found = iter(segments([row for row in rows if is_shown(row, k)], k))
    return [
        {**second, **_told(next(found))} if second["status"] == "ok" else second
        for second in seconds
    ]


def _told(found: Segments) -> Document:
    return {
        "age_bands": segments_of(found.age_bands),
        "zones": segments_of(found.zones),
        "by_camera": segments_of(found.by_camera),
    }


def segments_of(cells: Mapping[str, Cell | None]) -> Document:
    """Return segments as a document has them, those that are withheld by their name alone."""
    return {
        name: _segment(cell) if cell else {"usable": None, "emotions": {}}
        for name, cell in cells.items()
    }


def _segment(cell: Cell) -> Document:
    shown = zip(EMOTIONS, cell.showing, strict=True)
    return {
        "usable": cell.usable / QUANTUM,
        "emotions": {emotion: ratio(n, cell.usable) for emotion, n in shown if cell.usable},
    }


def _metrics(metrics: TraceMetrics, shown_ever: float | None) -> Document:
    return {
        "ever": rounded(shown_ever),
        "average": rounded(metrics.average),
        "peak": _point(metrics.peak),
        "trough": _point(metrics.trough),
    }


def _point(point: Point | None) -> Document | None:
    return point and {"t": point.second, "value": rounded(point.value)}


def _ledger(ledger: Ledger, camera: str) -> Document:
    counts = ledger.get(camera, CameraLedger())
    return {
        "captured": counts.captured,
        "analysed": counts.analysed,
        "dropped": dict(sorted(counts.dropped.items())),
        "failed": dict(sorted(counts.failed.items())),
        "in_flight": counts.in_flight,
    }


def _run(run: Run) -> Document:
    return {
        "id": run.id,
        "started_at": run.started_at.isoformat(),
        "finished_at": run.finished_at and run.finished_at.isoformat(),
        "host": run.host,
        "version": run.version,
    }


def ratio(part: int | None, whole: int) -> float | None:
    """Divide; None for what is not computed yet and for nothing out of nothing."""
    return None if part is None or not whole else round(part / whole, PLACES)


def rounded(value: float | None) -> float | None:
    """Round a share or a mean to as many places as are written."""
    return None if value is None else round(value, PLACES)
