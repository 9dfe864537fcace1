"""A screening on one page, to hand on: figures, trace, how far to trust them, where they are from.

Everything on it comes from the view, the cards of the networks and the version, so equal manifests
give equal bytes; the date is that of the data.
"""

from collections.abc import Callable, Iterable
from functools import cache
from pathlib import Path
from typing import Final

import msgspec
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from dashboard import charts, pictures, queries, queries_seconds, queries_tables
from dashboard.charts_palette import LIGHT
from dashboard.curves import traces_of
from dashboard.manifest import Manifest
from dashboard.queries_figures import figures, share_at
from dashboard.words import NOTHING, chosen_words, interval, percent
from models.registry import CARDS, Card
from moodtrace.adtest import around
from moodtrace.clock import playhead
from moodtrace.estimates import Estimate
from moodtrace.impact import impact
from moodtrace.labels import EMOTION_NAMES
from moodtrace.markers import parse_markers
from moodtrace.measures import expressive
from moodtrace.metrics import once
from moodtrace.uncertainty import verdict

CAUTION: Final = "Inferred expression, not felt emotion."
MOST_SCENES: Final = 8
"""More would not fit on the page."""
CARD_METRICS: Final = 2

_HERE: Final = Path(__file__).parent


class Fact(msgspec.Struct, frozen=True):
    """One figure."""

    label: str
    value: str
    note: str
    """Its interval, or what it is; may be empty."""


class Table(msgspec.Struct, frozen=True):
    """Some figures."""

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    note: str = ""


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """All that is on the page, in words; text from people is still to be escaped."""

    title: str
    about: str
    date: str
    """Of the screening, as `2026-01-31`."""
    chosen: str
    """What of the screening it is of, where it is not all."""
    facts: tuple[Fact, ...]
    chart: str
    """SVG; empty where nothing may be shown."""
    alt: str
    """What the chart shows, in words."""
    tables: tuple[Table, ...]
    cards: tuple[tuple[str, str], ...]
    """Of each network: its name, and what is to know of it."""
    origin: tuple[tuple[str, str], ...]
    """Where the figures are from."""
    caution: str = CAUTION


def report(view: queries.View, manifest: Manifest) -> Report:
    """Write down what a manifest says of a view."""
    screening = view.screening
    run = screening.run
    return Report(
        title=screening.content,
        about=f"shown to {screening.audience} · screening {screening.id}",
        date=(run.finished_at or run.started_at).date().isoformat(),
        chosen=chosen(view),
        facts=tuple(_facts(view, manifest)),
        chart=_chart(view, manifest),
        alt=queries_seconds.description(view, manifest.emotions, manifest.smooth),
        tables=tuple(_tables(view, manifest)),
        cards=tuple(_card(name) for name in _networks(view)),
        origin=tuple(_origin(view, manifest)),
    )


def to_html(found: Report) -> bytes:
    """Write a report as one HTML file, without scripts and without anything from elsewhere."""
    template = _templates().get_template("report.html")
    page = template.render(report=found, chart=Markup(found.chart))  # noqa: S704 - escaped by Vega
    return page.encode()


def to_pdf(found: Report) -> bytes:
    """Write a report as PDF: one page of A4, tagged for screen readers."""
    import typst

    pdf: bytes = typst.compile(
        str(_HERE / "report.typ"),
        font_paths=[str(pictures.font_folder())],
        sys_inputs={"report": msgspec.json.encode(found).decode()},
        pdf_standards="ua-1",
        timestamp=0,
    )
    return pdf


def chosen(view: queries.View) -> str:
    """Say what of a screening is shown, and what was taken off; empty for all of it."""
    said = chosen_words(view.chosen, view.length)
    parts = [f"Only {said}."] * bool(said)
    return " ".join([*parts, queries_seconds.correction(view)]).strip()


def can_be_drawn(view: queries.View) -> bool:
    """Say whether any second of a view shows anything."""
    return any(row.usable for row in view.rows)


@cache
def _templates() -> Environment:
    return Environment(
        loader=FileSystemLoader(_HERE), autoescape=True, undefined=StrictUndefined, trim_blocks=True
    )


def _facts(view: queries.View, manifest: Manifest) -> Iterable[Fact]:
    scored = once(view.rows, expressive, view.screening.k).known
    yield Fact("Viewers scored (n)", str(scored), verdict(scored))
    yield Fact("Smallest group shown (k)", str(view.screening.k), "smaller ones are withheld")
    if can_be_drawn(view):
        for figure in figures(view, manifest.emotions):
            note = f"95 %: {figure.interval}" if figure.interval else ""
            yield Fact(figure.label, figure.value, note)
    seconds = len(view.seconds)
    missing = [
        f"{n} s {words}"
        for status, words in (("gap", "without data"), ("suppressed", "withheld"))
        if (n := queries.count(view, status))
    ]
    yield Fact("Content", playhead(seconds), ", ".join(missing) or "all of it shown")


def _chart(view: queries.View, manifest: Manifest) -> str:
    if not can_be_drawn(view):
        return ""
    traces = traces_of(
        view,
        manifest.emotions,
        parse_markers(view.screening.markers),
        band=manifest.band,
        smooth=manifest.smooth,
    )
    alt = queries_seconds.description(view, manifest.emotions, manifest.smooth)
    return pictures.svg(charts.timeline(traces, LIGHT), alt)


def _tables(view: queries.View, manifest: Manifest) -> Iterable[Table]:
    k = view.screening.k
    found = {emotion: impact(view.rows, emotion, k) for emotion in manifest.emotions}
    yield Table(
        "Emotions",
        ("", "Ever", "95 %", "Average", "95 %", "Peak", "95 %", "At", "n"),
        tuple(
            (
                EMOTION_NAMES[emotion],
                *_share(figure.ever),
                *_share(figure.average),
                *_share(figure.peak.share if figure.peak else None),
                playhead(figure.peak.t) if figure.peak else NOTHING,
                str(figure.ever.n) if figure.ever else NOTHING,
            )
            for emotion, figure in found.items()
        ),
    )
    highlighted = queries.ranked(view, manifest.emotions)[: queries.HIGHLIGHTED]
    peaks = [
        (emotion, peak.second, share_at(view.rows, emotion, peak.second, k))
        for emotion, peak in queries.peaks_of(view, highlighted)
    ]
    if peaks:
        yield Table(
            "Peaks",
            ("", "At", "Share", "95 %", "n"),
            tuple(
                (
                    EMOTION_NAMES[emotion],
                    playhead(second),
                    *_share(share),
                    str(share.n) if share else NOTHING,
                )
                for emotion, second, share in peaks
            ),
        )
    scenes = queries_tables.scenes(view, parse_markers(view.screening.markers))
    if scenes:
        left = len(scenes) - MOST_SCENES
        yield Table(
            "Averages by scene",
            ("", "From", *(EMOTION_NAMES[e] for e in highlighted)),
            tuple(
                (
                    scene.name,
                    playhead(scene.start),
                    *(
                        " ".join(_share(moves.average))
                        for moves in around(view.rows, scene, highlighted, k).emotions.values()
                    ),
                )
                for scene in scenes[:MOST_SCENES]
            ),
            note=f"and {left} more" if left > 0 else "",
        )


def _share(found: Estimate | None) -> tuple[str, str]:
    return percent(found.value if found else None), interval(found)


def _networks(view: queries.View) -> list[str]:
    about = view.screening
    return [name for name in (about.detector, about.emotion_model, about.age_model) if name]


def _card(model_id: str) -> tuple[str, str]:
    card = CARDS.get(model_id)
    if card is None:
        return model_id, "no card: a network of your own, or of another version"
    return f"{card.kind}: {card.id}", _about(card)


def _about(card: Card) -> str:
    metrics = [f"{name.replace('_', ' ')} {value:g}" for name, value in card.metrics.items()]
    use = "for research only" if card.use == "research-only" else "commercial use allowed"
    return f"{card.licence}; {use}. {card.limits} Measured: {', '.join(metrics[:CARD_METRICS])}."


def _origin(view: queries.View, manifest: Manifest) -> Iterable[tuple[str, str]]:
    screening, run = view.screening, view.screening.run
    yield (
        "Analysed",
        f"{run.started_at:%Y-%m-%d %H:%M} UTC by moodtrace {run.version}, run {run.id}",
    )
    yield "Frames", f"{screening.fps:g} per second from {len(screening.cameras)} cameras"
    yield "Content SHA-256", manifest.content_sha256
    yield "Config SHA-256", manifest.config_sha256
    yield "Written by", f"moodtrace {manifest.version}; again with `moodtrace export --manifest`"


FORMATS: Final[dict[str, Callable[[Report], bytes]]] = {"html": to_html, "pdf": to_pdf}
"""Writers by the name of their format."""
