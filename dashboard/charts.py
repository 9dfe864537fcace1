"""Charts of a timeline, from data frames; pure functions that know nothing of stores and pages.

Field names are fixed and safe for Vega; text from people appears as values only. One view holds
three panels on one time axis, each on a range of pixels of its own, so that the hovered second
runs through all of them and one picture can be copied into a deck.
"""

from collections.abc import Sequence
from typing import Final, NamedTuple

import altair as alt
import pandas as pd

from dashboard.charts_axes import playhead_label, stripes, time_x, words, x_of, y_of
from dashboard.charts_layout import (
    MARKER_PX,
    MARKER_WIDTH,
    NAME_PX,
    TRACE_PX,
    apart,
    share_of_px,
    share_top,
    spread,
    uncrowded,
)
from dashboard.charts_palette import DASHES, Palette
from dashboard.charts_parts import Chart, Layers, by_colour, by_dash, end_names, framed
from dashboard.words import percent
from moodtrace.clock import playhead
from moodtrace.labels import EMOTION_NAMES
from moodtrace.markers import Marker
from moodtrace.metrics import Point

VIEWERS_PX: Final = (416, 368)
COVERAGE_PX: Final = (504, 464)
HEIGHT_PX: Final = COVERAGE_PX[0]


class Traces(NamedTuple):
    """What the timeline chart draws."""

    seconds: pd.DataFrame
    """One record per second, as `queries_seconds.seconds` gives it: as measured."""
    curves: pd.DataFrame
    """Points of the curves for the eye, as `queries_seconds.traces` gives them."""
    veils: pd.DataFrame
    """Runs of seconds that show nothing, as `queries_seconds.veils` gives them."""
    peaks: Sequence[tuple[str, Point]]
    """Peaks to mark, of highlighted emotions only; as measured."""
    emotions: Sequence[str]
    """Emotions drawn."""
    highlighted: Sequence[str]
    """Those of them that stand out."""
    unit: str
    """`face` or `viewer`."""
    smooth: int = 0
    """Seconds that the curves are averaged over; 0 for none."""
    markers: Sequence[Marker] = ()
    """Scenes and moments of the content."""
    step: int = 1
    """Seconds that each point is of."""


def heading(traces: Traces) -> str:
    """Say what the curves are, and that they are smoothed if they are."""
    averaged = f", averaged over {traces.smooth} s" if traces.smooth else ""
    averaged += f", over {traces.step} s each" if traces.step > 1 else ""
    return f"Share of {traces.unit}s showing each emotion{averaged}"


def share_top_of(traces: Traces) -> float:
    """Return the top of the share axis: neither curves nor peaks exceed it."""
    return share_top([*traces.curves["share"], *(point.value for _, point in traces.peaks)])


def timeline(traces: Traces, palette: Palette) -> Chart:
    """Draw curves with their peaks, and viewers and coverage under them on the same time axis."""
    top = share_top_of(traces)
    trace_panel = alt.layer(
        words(heading(traces), 6, palette),
        *_veil_layers(traces.veils, palette),
        *_marker_layers(traces, palette),
        *_curve_layers(traces, y_of("share:Q", TRACE_PX, top, ".0%", palette), palette),
        *_name_layers(traces, top, palette),
        *_peak_layers(traces.peaks, top, len(traces.seconds), palette),
    )
    most = max(1.0, traces.seconds["viewers"].max())
    chart = alt.layer(
        trace_panel,
        _bars(
            traces.seconds,
            ("Viewers", VIEWERS_PX[1] - 14),
            y_of("viewers:Q", VIEWERS_PX, most, "d", palette),
            palette,
        ),
        _bars(
            traces.seconds,
            ("Face coverage", COVERAGE_PX[1] - 14),
            y_of("coverage:Q", COVERAGE_PX, 1, ".0%", palette),
            palette,
        ),
        _cursor(traces, palette),
    )
    return framed(chart.resolve_scale(y="independent"), HEIGHT_PX)


def _veil_layers(veils: pd.DataFrame, palette: Palette) -> list[alt.Chart]:
    """Grey over all panels; stripes where there are no data, a word where there is room for it."""
    base = alt.Chart(veils)
    area = base.encode(
        x=x_of("start"), x2="end:Q", y=alt.value(TRACE_PX[1]), y2=alt.value(HEIGHT_PX)
    )
    no_data = alt.datum.kind == "no data"
    return [
        area.transform_filter(~no_data).mark_rect(color=palette.veil),
        area.transform_filter(no_data).mark_rect(color=stripes(palette.veil, palette.hatch)),
        base.mark_text(color=palette.ink, fontSize=12).encode(
            x=x_of("middle"), y=alt.value(TRACE_PX[1] - 10), text="word:N"
        ),
    ]


def _marker_layers(traces: Traces, palette: Palette) -> list[alt.Chart]:
    """A dashed line where a scene or moment starts, and its name at the top where it has room."""
    starts = [marker.start_ms / 1000 for marker in traces.markers]
    named = apart(starts, len(traces.seconds) * MARKER_WIDTH)
    marks = pd.DataFrame(
        [
            (start, marker.label if place in named else "")
            for place, (start, marker) in enumerate(zip(starts, traces.markers, strict=True))
        ],
        columns=["second", "label"],
    )
    base = alt.Chart(marks)
    return [
        base.mark_rule(color=palette.quiet, strokeDash=[4, 4]).encode(
            x=x_of("second"), y=alt.value(TRACE_PX[1] - 24), y2=alt.value(TRACE_PX[0])
        ),
        base.mark_text(align="left", dx=4, fontSize=12, limit=MARKER_PX, color=palette.ink).encode(
            x=x_of("second"), y=alt.value(TRACE_PX[1] - 22), text="label:N"
        ),
    ]


def _curve_layers(traces: Traces, y: alt.Y, palette: Palette) -> list[alt.Chart]:
    """Highlighted curves in their colours over the quiet ones; a lonely second is a dot."""
    emotions = traces.emotions
    curves = traces.curves.assign(
        loud=traces.curves["emotion"].isin(traces.highlighted),
        high=traces.curves["high"].clip(upper=share_top_of(traces)),
    )
    base = alt.Chart(curves).encode(
        x=x_of("second"),
        y=y,
        detail="stretch:N",
        color=by_colour("emotion", emotions, _colours(traces, emotions, palette)),
        strokeDash=by_dash("emotion", emotions, [DASHES[e] for e in emotions]),
    )
    ends = y.copy(deep=True)
    ends.shorthand = "low:Q"
    return [
        base.transform_filter(alt.datum.loud).mark_area(opacity=0.15).encode(y=ends, y2="high:Q"),
        base.transform_filter(~alt.datum.loud).mark_line(strokeWidth=1.2),
        base.transform_filter(alt.datum.loud).mark_line(strokeWidth=2.5),
        base.transform_filter(alt.datum.alone).mark_point(filled=True, size=30),
    ]


def _name_layers(traces: Traces, top: float, palette: Palette) -> list[alt.Chart]:
    """Name each curve at the right edge, beside a dash in its colour."""
    last = traces.curves.groupby("emotion")["share"].last()
    emotions = [e for e in traces.emotions if e in last.index]
    places = spread([float(last[e]) for e in emotions], share_of_px(NAME_PX, top), top)
    names = [EMOTION_NAMES[e] for e in emotions]
    return end_names(names, places, _colours(traces, emotions, palette), palette)


def _colours(traces: Traces, emotions: Sequence[str], palette: Palette) -> list[str]:
    """Return the colours of curves: quiet are those that do not stand out."""
    return [palette.emotions[e] if e in traces.highlighted else palette.quiet for e in emotions]


def _peak_layers(
    peaks: Sequence[tuple[str, Point]], top: float, seconds: int, palette: Palette
) -> list[alt.Chart]:
    """Mark each peak with a ring, and label those that have room: `41%` over `at 0:23`."""
    labelled = uncrowded(peaks, top, seconds)
    marks = pd.DataFrame(
        [
            (
                point.second,
                point.value,
                palette.emotions[emotion],
                f"{percent(point.value)}\nat {playhead(point.second)}" if point in labelled else "",
            )
            for emotion, point in peaks
        ],
        columns=["second", "share", "colour", "label"],
    )
    base = alt.Chart(marks).encode(x=x_of("second"), y="share:Q")
    words = base.mark_text(dy=-26, lineBreak="\n", fontSize=12, lineHeight=14, color=palette.ink)
    halo = base.mark_text(
        dy=-26,
        lineBreak="\n",
        fontSize=12,
        lineHeight=14,
        stroke=palette.background,
        strokeWidth=4,
        strokeJoin="round",
    )
    return [
        base.mark_point(
            size=60, filled=True, fill=palette.background, strokeWidth=2, opacity=1
        ).encode(stroke=alt.Stroke("colour:N", scale=None)),
        halo.encode(text="label:N"),
        words.encode(text="label:N"),
    ]


def _bars(seconds: pd.DataFrame, heading: tuple[str, int], y: alt.Y, palette: Palette) -> Layers:
    """One bar per second, as wide as the second; a second without the figure has none."""
    return alt.layer(
        words(*heading, palette),
        alt.Chart(_slots(seconds))
        .mark_rect(color=palette.counts, stroke=palette.counts, strokeWidth=0.5)
        .encode(x=x_of("start"), x2="end:Q", y=y),
    )


def _slots(seconds: pd.DataFrame) -> pd.DataFrame:
    """Add where each second begins and ends: half a second around where curves have it."""
    return seconds.assign(start=seconds["second"] - 0.5, end=seconds["second"] + 0.5)


def _cursor(traces: Traces, palette: Palette) -> Layers:
    """A bar under the pointer with all figures of its second; it also carries the time axis."""
    hovered = alt.selection_point(
        name="hovered", on="pointerover", clear="pointerout", fields=["second"], empty=False
    )
    first, total = int(traces.seconds["second"].iloc[0]), len(traces.seconds)
    base = (
        alt.Chart(_slots(traces.seconds))
        .mark_rect(color=palette.quiet)
        .encode(
            x=time_x("start", first, total, playhead_label(first + total), palette),
            x2="end:Q",
            y=alt.value(TRACE_PX[1]),
            y2=alt.value(HEIGHT_PX),
            opacity=alt.condition(hovered, alt.value(0.25), alt.value(0)),
        )
    )
    time = alt.Tooltip("time:N", title="Time")
    figures = [
        *(
            alt.Tooltip(f"share_{e}:Q", title=EMOTION_NAMES[e], format=".0%")
            for e in traces.emotions
        ),
        alt.Tooltip("viewers:Q", title="Viewers"),
        alt.Tooltip("coverage:Q", title="Face coverage", format=".0%"),
    ]
    plain = alt.datum.note == ""
    return alt.layer(
        base.transform_filter(plain).encode(tooltip=[time, *figures]),
        base.transform_filter(~plain).encode(
            tooltip=[time, alt.Tooltip("note:N", title="Not shown")]
        ),
    ).add_params(hovered)
