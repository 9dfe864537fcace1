"""The page that holds a screening against earlier ones: where each figure stands among them."""

import streamlit as st

from dashboard import controls, known, notices, offered, queries_percentiles
from dashboard.access import Reader
from dashboard.charts_palette import Palette, palette_of
from dashboard.downloads import Downloads
from dashboard.notices import as_text, shown_errors
from dashboard.queries_percentiles import HIGH, LOW
from moodtrace.norms import Norms, norms
from moodtrace.screening import Screening
from moodtrace.store import Store


def render(store: Store, reader: Reader) -> None:
    """Draw where the screening stands that the link names, or else the newest."""
    reader.require("norms")
    st.title("Norms", anchor=False)
    with shown_errors():
        screenings = store.screenings()
        if not screenings:
            notices.no_screenings()
            return
        chosen = controls.choose_screening(screenings, controls.current())
        if chosen.state == "running":
            notices.still_running(chosen.id)
        with st.spinner("Reading earlier screenings …"):
            found = norms(
                known.past(store, chosen), [known.past(store, other) for other in screenings]
            )
        _draw(found, chosen, Downloads(reader, chosen.id))


def _draw(found: Norms, chosen: Screening, downloads: Downloads) -> None:
    if found.missing:
        notices.no_norms(found.missing, found.n)
    elif not found.figures:
        notices.no_figures(chosen.k)
    else:
        _percentiles(found, downloads)
    st.caption(as_text(queries_percentiles.about(found)))
    if found.left_out:
        with st.expander(f"{sum(found.left_out.values())} others can't be compared"):
            columns = {"reason": "Because of", "screenings": "Screenings"}
            offered.table("left-out", queries_percentiles.left_out(found), columns, downloads)


def _percentiles(found: Norms, downloads: Downloads) -> None:
    number, text = st.column_config.NumberColumn, st.column_config.TextColumn
    palette = palette_of(st.context.theme.type)
    table = queries_percentiles.table(found)
    styled = table.style.map(lambda place: _colour(place, palette), subset=["place"])
    st.dataframe(
        styled,
        height="content",
        hide_index=True,
        key="percentiles",
        alt=f"Percentiles of {len(found.figures)} figures among {found.n} screenings",
        column_config={
            "figure": "Figure",
            "value": text("Here", help="Of the usable viewers; valence goes from -1 to 1"),
            "place": text("Place", help="High or low is neither good nor bad by itself"),
            "percentile": number(
                "Percentile", format="%.0f", help="Share of the others that lie below"
            ),
            "n": number("n", help="Screenings that have the figure"),
            "lower": text("Lower quartile"),
            "median": "Median",
            "upper": text("Upper quartile"),
        },
    )
    downloads.table("percentiles", table)


def _colour(place: str, palette: Palette) -> str:
    """Return the style of a place; its arrow and its word say the same."""
    above, below = palette.screenings[1:3]
    return {HIGH: f"color: {above}", LOW: f"color: {below}"}.get(place, "")
