"""Charts and tables as the pages show them: with their words, and what may be taken of them."""

from collections.abc import Mapping

import pandas as pd
import streamlit as st
from streamlit.elements.lib.column_types import ColumnConfig

from dashboard.charts_palette import Palette, palette_of
from dashboard.charts_parts import Chart, titled
from dashboard.downloads import Downloads, Draw
from dashboard.words import NOTHING

Columns = Mapping[str, ColumnConfig | str | None]


def chart(
    key: str,
    draw: Draw,
    table: pd.DataFrame,
    downloads: Downloads,
    *,
    title: str,
    alt: str,
    below: str = "",
) -> None:
    """Draw a chart in the colours of the reader's theme, and offer it below.

    Args:
        key: of a page's charts, each its own; names the files, too.
        draw: once here, and again in light colours for whoever takes it.
        table: the figures in it.
        downloads: what the reader may take.
        title: what it is, on the page and in its picture.
        alt: what it shows, in words.
        below: smaller, under the title: of whom it is.
    """

    def named(palette: Palette) -> Chart:
        return titled(draw(palette), title, below, palette)

    drawn = named(palette_of(st.context.theme.type))
    st.altair_chart(drawn, width="stretch", key=key, alt=alt)
    downloads.chart(key, named, table, alt)


def table(
    key: str, figures: pd.DataFrame, columns: Columns, downloads: Downloads, alt: str = ""
) -> None:
    """Draw a table, and offer it below.

    Args:
        key: as of `chart`.
        figures: one record per line.
        columns: what each is called, and how its figures are written.
        downloads: what the reader may take.
        alt: what it is, in words; its key and its length if empty.
    """
    st.dataframe(
        figures,
        column_config=dict(columns),
        hide_index=True,
        placeholder=NOTHING,
        key=key,
        alt=alt or f"Table of {key}, {len(figures)} lines",
    )
    downloads.table(key, figures)
