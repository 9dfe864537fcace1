"""What readers may take with them: charts as pictures, tables as CSV, whole screenings as files.

Files are made when somebody clicks. Who lacks the right sees no button; Streamlit's own way out of
tables is shut for everybody (`server.py`), since it writes formulas as they are.
"""

from collections.abc import Callable
from functools import partial
from typing import NamedTuple

import pandas as pd
import streamlit as st

from dashboard import exports, pictures
from dashboard.access import Reader
from dashboard.charts_palette import LIGHT, Palette
from dashboard.charts_parts import Chart
from dashboard.exports import KINDS, file_name
from dashboard.manifest import Manifest
from dashboard.notices import as_text
from dashboard.queries import View
from dashboard.report import can_be_drawn, chosen
from moodtrace import spreadsheets

Draw = Callable[[Palette], Chart]
"""Draws a chart in the colours of a theme."""


class Downloads(NamedTuple):
    """What one reader may take of one page."""

    reader: Reader
    name: str
    """Of the screening, or of what the page is about; files are named after it."""

    def chart(self, what: str, draw: Draw, table: pd.DataFrame, alt: str) -> None:
        """Offer a chart as PNG and SVG, and what it draws as CSV.

        Args:
            what: short and safe, such as `trace`; tells apart the charts of a page.
            draw: called on a click, for the light theme.
            table: the same figures.
            alt: what the chart shows, in words.
        """
        if not self.reader.may("export"):
            return
        with st.container(horizontal=True, gap="small"):
            self._button("PNG", what, "png", "image/png", lambda: pictures.png(draw(LIGHT)))
            self._button(
                "SVG", what, "svg", "image/svg+xml", lambda: pictures.svg(draw(LIGHT), alt).encode()
            )
            self._button("CSV", what, "csv", "text/csv", partial(csv_of, table))

    def table(self, what: str, table: pd.DataFrame) -> None:
        """Offer a table as CSV; as of `chart`."""
        if self.reader.may("export"):
            self._button("CSV", what, "csv", "text/csv", partial(csv_of, table))

    def screening(self, view: View, manifest: Manifest) -> None:
        """Offer every file of a view in a menu: the same bytes as from the command line."""
        if not self.reader.may("export"):
            return
        with st.expander("Export", icon=":material/download:", key="export"):
            st.caption(as_text(chosen(view) or "All viewers, all seconds."))
            for format_, kind in KINDS.items():
                if kind.of_figures or can_be_drawn(view):
                    self._button(
                        f"{format_.upper()}: {kind.words}",
                        "screening",
                        kind.suffix,
                        kind.mime,
                        partial(exports.written, view, manifest, format_),
                    )

    def _button(
        self, label: str, what: str, suffix: str, mime: str, make: Callable[[], bytes]
    ) -> None:
        st.download_button(
            label,
            make,
            file_name(self.name, what, suffix),
            mime,
            key=f"download-{what}-{suffix}",
            help=f"Download {what} as {suffix}",
            on_click="ignore",
            type="tertiary",
            icon=":material/download:",
        )


def csv_of(table: pd.DataFrame) -> bytes:
    """Write a table as CSV; what is not known is an empty cell."""
    known = table.astype(object).where(table.notna(), None)
    return spreadsheets.to_csv(list(map(str, table.columns)), known.to_dict("records"))  # type: ignore[arg-type]
