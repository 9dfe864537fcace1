"""The figures of ad testing as a document and as tables."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

import msgspec

from moodtrace.adtest import AdTest, Moves, WindowFigures
from moodtrace.baseline import Corrected
from moodtrace.clock import playhead
from moodtrace.commands.console import table_console
from moodtrace.commands.quality_table import quality_table
from moodtrace.estimates import Estimate
from moodtrace.export import PLACES
from moodtrace.impact import Impact
from moodtrace.labels import BASELINES, EMOTION_NAMES
from moodtrace.quality import Histogram
from moodtrace.screening import Screening

VERDICTS: Final = {
    "exploratory": "too few to conclude from",
    "directional": "enough for a direction, not for a size",
    "reportable": "enough to report",
    "norm grade": "enough to compare with others",
}
"""What each verdict says to a person."""
FIGURE: Final = ("figure", "value", "95 % interval", "viewers")
IMPACT: Final = ("emotion", "ever", "average", "peak", "at", "end", "peak-end", "volatility")
MOVES: Final = ("", "average", "after - before", "viewers")


def as_document(
    screening: Screening, read: Corrected, figures: AdTest, quality: Mapping[str, Histogram]
) -> dict[str, Any]:
    """Return the figures as JSON types, rounded."""
    about = {
        "id": screening.id,
        "content": screening.content,
        "k": screening.k,
        "baseline": read.baseline,
        "baseline_moved": read.moved,
    }
    found = rounded(msgspec.to_builtins(figures, str_keys=True))
    return {"screening": rounded(about), **found, "quality": msgspec.to_builtins(quality)}


def print_figures(
    screening: Screening, read: Corrected, figures: AdTest, quality: Mapping[str, Histogram]
) -> None:
    """Print the figures as tables on stdout."""
    out = table_console()
    out.print(f"{screening.id}  {screening.content} shown to {screening.audience}")
    out.print(
        f"{figures.usable} usable viewers: {figures.verdict}, {VERDICTS[figures.verdict]}"
        f" · k = {screening.k}"
    )
    if read.moved is not None:
        out.print(
            f"Baseline: {BASELINES[read.baseline]}."
            f" With it, {read.moved:.0%} of viewer-seconds show something else."
        )
    out.print(_table(FIGURE, _audience(figures)))
    out.print(_table(IMPACT, [_impact(*item) for item in figures.emotions.items()]))
    for window in figures.windows:
        out.print(f"{window.name}: {playhead(window.start)} until {playhead(window.end)}")
        out.print(_table(MOVES, _moves(window)))
    out.print(quality_table(quality))
    out.print("Brackets: 95 % intervals over viewers; who returns after 10 s counts again.")


def _audience(figures: AdTest) -> list[Sequence[str]]:
    reach = figures.reach
    captured = [(f"capture {s} s", found, ".0%") for s, found in figures.capture.items()]
    found: list[tuple[str, Estimate | None, str]] = [
        ("conversion", reach.conversion, ".0%"),
        ("dwell time, s", reach.dwell_s, ".1f"),
        ("attention time, s", reach.attention_s, ".1f"),
        ("attraction ratio", reach.attraction, ".0%"),
        *captured,
        ("hold", figures.hold, ".2f"),
        ("attention", figures.attention, ".0%"),
        ("expressiveness", figures.expressiveness, ".0%"),
        ("valence", figures.valence, "+z.2f"),
    ]
    return [
        ("opportunities to see", str(reach.ots), "", ""),
        ("watchers", str(reach.watchers), "", ""),
        *((name, *_cells(estimate, form)) for name, estimate, form in found),
    ]


def _impact(emotion: str, found: Impact) -> Sequence[str]:
    return (
        EMOTION_NAMES[emotion],
        _cell(found.ever, ".0%"),
        _cell(found.average, ".0%"),
        _cell(found.peak.share if found.peak else None, ".0%"),
        playhead(found.peak.t) if found.peak else "-",
        _cell(found.end, ".0%"),
        _number(found.peak_end, ".0%"),
        _number(found.volatility, ".0%"),
    )


def _moves(window: WindowFigures) -> list[Sequence[str]]:
    shares = {EMOTION_NAMES[emotion]: moves for emotion, moves in window.emotions.items()}
    shares |= {"attention": window.attention, "expressiveness": window.expressiveness}
    return [
        *(_line(name, moves, ".0%", "+z.1%") for name, moves in shares.items()),
        _line("valence", window.valence, "+z.2f", "+z.2f"),
    ]


def _line(name: str, moves: Moves, form: str, change_form: str) -> Sequence[str]:
    viewers = str(moves.average.n) if moves.average else ""
    return (name, _cell(moves.average, form), _cell(moves.change, change_form), viewers)


def _cell(found: Estimate | None, form: str) -> str:
    value, interval, _ = _cells(found, form)
    return f"{value} {interval}".rstrip()


def _cells(found: Estimate | None, form: str) -> tuple[str, str, str]:
    """Write value, interval and viewers."""
    if found is None:
        return ("-", "", "")
    known = found.low is not None
    interval = f"[{_number(found.low, form)}, {_number(found.high, form)}]" if known else ""
    return (_number(found.value, form), interval, str(found.n))


def _number(value: float | None, form: str) -> str:
    return "-" if value is None else format(value, form.replace(".0%", ".0%"))


def _table(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> Any:
    from rich.table import Table

    table = Table(*columns, box=None)
    for row in rows:
        table.add_row(*row)
    return table


def rounded(value: Any) -> Any:
    """Round all numbers in JSON types to `PLACES`."""
    if isinstance(value, dict):
        return {key: rounded(item) for key, item in value.items()}
    if isinstance(value, list):
        return [rounded(item) for item in value]
    return round(value, PLACES) + 0.0 if isinstance(value, float) else value  # never -0.0
