"""Charts as pure functions: what is drawn, where labels go, and whether colours can be seen."""

import pandas as pd
import pytest

from dashboard.charts import Traces, timeline
from dashboard.charts_layout import share_top, spread, ticks, uncrowded
from dashboard.charts_palette import DARK, DASHES, LIGHT, Palette, palette_of
from dashboard.queries_seconds import traces, veils
from moodtrace.labels import EMOTIONS
from moodtrace.metrics import Point


def seconds(shares: list[float | None], notes: dict[int, str] | None = None) -> pd.DataFrame:
    notes = notes or {}
    return pd.DataFrame(
        {
            "second": range(len(shares)),
            "time": [f"0:{t:02}" for t in range(len(shares))],
            "note": [notes.get(t, "") for t in range(len(shares))],
            "viewers": [None if share is None else 9.0 for share in shares],
            "coverage": [None if share is None else 1.0 for share in shares],
            "share_happy": shares,
        }
    )


def contrast(one: str, other: str) -> float:
    """WCAG 2.2 contrast ratio of two `#RRGGBB` colours."""

    def luminance(colour: str) -> float:
        channels = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
        r, g, b = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)
        return 0.2126 * r + 0.7152 * g + 0.0722 * b

    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("palette", [LIGHT, DARK], ids=["light", "dark"])
@pytest.mark.parametrize("emotion", EMOTIONS)
def test_every_emotion_stands_out_from_the_background(palette: Palette, emotion: str) -> None:
    assert contrast(palette.emotions[emotion], palette.background) >= 3


@pytest.mark.parametrize("palette", [LIGHT, DARK], ids=["light", "dark"])
def test_words_can_be_read_and_bars_can_be_seen(palette: Palette) -> None:
    assert contrast(palette.ink, palette.background) >= 7
    assert contrast(palette.quiet, palette.background) >= 4.5
    assert contrast(palette.counts, palette.background) >= 3


def test_colour_is_never_the_only_sign() -> None:
    assert len({tuple(DASHES[emotion]) for emotion in EMOTIONS}) == len(EMOTIONS)


def test_the_theme_chooses_the_palette_and_light_is_the_default() -> None:
    assert [palette_of(theme) for theme in ("dark", "light", None)] == [DARK, LIGHT, LIGHT]


def test_a_line_never_crosses_a_gap() -> None:
    curves = traces(seconds([0.1, 0.2, None, 0.3, None, 0.4, 0.5]), ["happy"])
    assert curves.groupby("stretch")["second"].apply(list).tolist() == [[0, 1], [3], [5, 6]]
    assert curves.loc[curves["alone"], "second"].tolist() == [3]


def test_seconds_without_a_curve_are_veiled_by_their_kind() -> None:
    notes = {1: "no data: a", 2: "no data: b", 3: "withheld: c", 5: "no usable face"}
    found = veils(seconds([0.1, None, None, None, 0.1, None], notes))
    assert found[["start", "end", "kind"]].to_numpy().tolist() == [
        [0.5, 2.5, "no data"],
        [2.5, 3.5, "withheld"],
        [4.5, 5.5, "no usable face"],
    ]


@pytest.mark.parametrize("shares", [[0.5], [None, 0.5]], ids=["one second", "one of two"])
def test_the_shortest_curves_can_be_drawn(shares: list[float | None]) -> None:
    table = seconds(shares)
    curves = traces(table, ["happy"])
    drawn = Traces(table, curves, veils(table), [], ["happy"], ["happy"], "face")
    assert timeline(drawn, LIGHT).to_dict()["layer"]


@pytest.mark.parametrize(("highest", "top"), [(0, 0.2), (0.2, 0.2), (0.41, 0.6), (1, 1)])
def test_the_share_axis_ends_at_the_next_fifth(highest: float, top: float) -> None:
    assert share_top([highest]) == pytest.approx(top)


@pytest.mark.parametrize(
    ("values", "placed"),
    [
        ([], []),
        ([0.5], [0.5]),
        ([0.1, 0.5], [0.1, 0.5]),
        ([0.5, 0.5], [0.5, 0.6]),
        ([1.0, 0.95], [1.0, 0.9]),
    ],
)
def test_names_at_the_ends_of_lines_keep_apart(values: list[float], placed: list[float]) -> None:
    assert spread(values, apart=0.1, top=1.0) == pytest.approx(placed)


@pytest.mark.parametrize(
    ("seconds", "first", "last", "count"),
    [(1, 0, 0, 1), (30, 0, 25, 6), (60, 0, 50, 6), (7200, 0, 6300, 8)],
)
def test_the_time_axis_has_few_round_ticks(seconds: int, first: int, last: int, count: int) -> None:
    assert (ticks(seconds)[0], ticks(seconds)[-1], len(ticks(seconds))) == (first, last, count)


def test_where_two_peak_labels_would_overlap_the_higher_has_it() -> None:
    low, high, far = Point(10, 0.5), Point(11, 0.52), Point(40, 0.5)
    assert uncrowded([("happy", low), ("sad", high), ("sad", far)], 1.0, 60) == [high, far]
