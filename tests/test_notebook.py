"""`from moodtrace import load` on a real server, embedded and outside."""

import io
from pathlib import Path

import altair as alt
import pandas as pd
import pytest

import moodtrace
from moodtrace import load
from moodtrace.embedded import embedded_store
from moodtrace.errors import UnknownScreeningError
from moodtrace.export import document, to_parquet
from moodtrace.store import Store
from tests.dashboard.made_screening import GAP_SECONDS, PEAK_SECOND, Studio, film, row


@pytest.fixture
def embedded(store: Store, data_dir: Path, monkeypatch: pytest.MonkeyPatch) -> Store:
    """A store that is found by the data directory, with one screening."""
    with Studio(store) as studio:
        studio.finished("spring-a", [*film(), row(60, happy=2, sad=0, usable=2)], k=3)
    monkeypatch.setenv("MOODTRACE_DATA_DIR", str(data_dir))
    return store


def test_seconds_are_a_frame_that_equals_the_file(embedded: Store) -> None:
    found = load("spring-a").df

    content = document(
        embedded.screening("spring-a"), embedded.rows("spring-a"), embedded.ledger("spring-a")
    )
    pd.testing.assert_frame_equal(
        found, pd.read_parquet(io.BytesIO(to_parquet(content))), check_dtype=False
    )
    second = found.set_index("t").loc[PEAK_SECOND]
    assert (second["happy"], second["usable"]) == (0.41, 100)
    assert 0.31 < second["happy_low"] < 0.41 < second["happy_high"] < 0.51
    assert found["status"].value_counts().to_dict() == {"ok": 56, "gap": 4, "suppressed": 1}
    assert found[found["t"].isin([*GAP_SECONDS, 60])]["happy"].isna().all()


def test_peaks_come_with_their_intervals(embedded: Store) -> None:
    (peak,) = load("spring-a").peaks("happy").to_dict("records")

    assert (peak["emotion"], peak["t"], peak["share"], peak["n"]) == ("happy", 23, 0.41, 100)
    assert peak["low"] < peak["share"] < peak["high"]
    assert "neutral" in set(load("spring-a").peaks()["emotion"])


def test_the_chart_is_the_pages(embedded: Store) -> None:
    drawn = load("spring-a").chart("happy", "sad")

    assert isinstance(drawn, alt.LayerChart)
    assert "Share of viewers showing each emotion" in str(drawn.to_dict())


def test_an_outside_store_is_named_by_argument_or_environment(
    embedded: Store, data_dir: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    with embedded_store(data_dir) as url:
        monkeypatch.setenv("MOODTRACE_DATA_DIR", str(tmp_path / "elsewhere"))
        assert repr(load("spring-a", redis=url)) == "<Timeline 'spring-a': spring, 61 s, k = 3>"
        monkeypatch.setenv("MOODTRACE_REDIS_URL", url)
        assert len(load("spring-a").df) == 61
        with pytest.raises(UnknownScreeningError):
            load("spring-b")


def test_nothing_else_is_found_in_the_package() -> None:
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        moodtrace.nothing  # noqa: B018
