"""The buckets of a screening as a document, as `moodtrace.export` writes its seconds."""

from collections.abc import Sequence
from typing import Final

from moodtrace import spreadsheets
from moodtrace.affect import UNIT
from moodtrace.dictionary import BUCKET_COLUMNS
from moodtrace.export import (
    PLACES,
    Document,
    about,
    flat,
    origin,
    parquet_of,
    ratio,
    segments_of,
    to_json,
)
from moodtrace.labels import EMOTIONS, Baseline
from moodtrace.ledger import Ledger
from moodtrace.rollup import Bucket, intervals, shares
from moodtrace.screening import Screening
from moodtrace.uncertainty import Interval


def rollup_document(
    screening: Screening,
    buckets: Sequence[Bucket],
    length_s: int,
    ledger: Ledger,
    baseline: Baseline = "none",
) -> Document:
    """Build the document; docs/reference/json.md says what is in it.

    Args:
        screening: The record.
        buckets: Of all of it, in order.
        length_s: Theirs.
        ledger: What became of its frames.
        baseline: What was taken off.

    Returns:
        JSON types only. Everything but the key `run` is equal for equal footage and settings.
    """
    ends = intervals(buckets)
    return {
        "screening": {**about(screening), "baseline": baseline},
        "every": length_s,
        "buckets": [_bucket(found, of) for found, of in zip(buckets, ends, strict=True)],
        **origin(screening, ledger, None),
    }


def to_csv(content: Document) -> bytes:
    """Write one line per bucket as UTF-8 CSV, as `moodtrace.export.to_csv` does."""
    names = [column.name for column in BUCKET_COLUMNS]
    return spreadsheets.to_csv(names, (flat(bucket, names) for bucket in content["buckets"]))


def to_parquet(content: Document) -> bytes:
    """Write one line per bucket as Parquet, as `moodtrace.export.to_parquet` does."""
    names = [column.name for column in BUCKET_COLUMNS]
    rest = {key: value for key, value in content.items() if key != "buckets"}
    return parquet_of(BUCKET_COLUMNS, [flat(bucket, names) for bucket in content["buckets"]], rest)


FORMATS: Final = {"json": to_json, "csv": to_csv, "parquet": to_parquet}
"""Writers by the name of their format."""


def _bucket(bucket: Bucket, ends: Sequence[Interval]) -> Document:
    held: Document = {
        "t": bucket.start,
        "status": bucket.status,
        "reason": bucket.reason or None,
        "seconds": bucket.seconds,
        "covered": bucket.covered,
        "withheld": bucket.withheld,
        "gaps": bucket.gaps,
    }
    if not bucket.covered:
        return held
    low, high = zip(*ends, strict=True)
    return held | {
        "frames": bucket.frames,
        "faces": bucket.faces,
        "viewers": bucket.viewers,
        "usable": bucket.usable,
        "viewer_seconds": bucket.usable_s,
        "excluded": bucket.excluded_s,
        "coverage": ratio(bucket.usable_s, bucket.seen_s),
        "cameras": bucket.cameras,
        "emotions": _by_emotion(shares(bucket)),
        "emotions_low": _by_emotion(low if bucket.usable_s else shares(bucket)),
        "emotions_high": _by_emotion(high if bucket.usable_s else shares(bucket)),
        "abstained": ratio(bucket.abstained_s, bucket.usable_s),
        "valence": ratio(bucket.valence_sum, bucket.answered_s * UNIT),
        "arousal": ratio(bucket.arousal_sum, bucket.answered_s * UNIT),
        "expressiveness": ratio(bucket.expressive_s, bucket.usable_s),
        "attention": ratio(bucket.attending_s, bucket.posed_s),
        "age_bands": segments_of(bucket.age_bands),
        "zones": segments_of(bucket.zones),
        "by_camera": segments_of(bucket.by_camera),
    }


def _by_emotion(values: Sequence[float | None]) -> dict[str, float | None]:
    found = zip(EMOTIONS, values, strict=True)
    return {e: None if value is None else round(value, PLACES) for e, value in found}
