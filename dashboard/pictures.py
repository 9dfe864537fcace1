"""Charts as pictures for other people's documents: light, sharp, the same on every machine.

Rendered by vl-convert, without a browser and without the network. Letters are DejaVu's, which come
with Matplotlib; what they lack is taken from the machine.
"""

import re
from functools import cache
from pathlib import Path
from typing import Any, Final
from xml.sax.saxutils import escape, quoteattr

import altair as alt

from dashboard.charts_parts import Chart

FONT: Final = "DejaVu Sans"
SCALE: Final = 2
"""Pixels of a PNG per pixel of the chart."""
WIDTH_PX: Final = 960
"""Of charts that take the width they are given."""


@cache
def font_folder() -> Path:
    """Return where the letters are."""
    import matplotlib as mpl

    return Path(mpl.get_data_path()) / "fonts" / "ttf"


def png(chart: Chart) -> bytes:
    """Draw a chart for the light theme as PNG, twice as fine as on the page."""
    data: bytes = _converter().vegalite_to_png(_spec(chart), scale=SCALE, vl_version=_version())
    return data


def svg(chart: Chart, alt_text: str) -> str:
    """Draw a chart for the light theme as SVG.

    Args:
        chart: any.
        alt_text: says what it shows; kept in the picture for those who can't see it.
    """
    drawn = _numbered_anew(_converter().vegalite_to_svg(_spec(chart), vl_version=_version()))
    words = f'<svg role="img" aria-label={quoteattr(alt_text)}'
    start, end, rest = drawn.partition(">")
    return f"{start.replace('<svg', words, 1)}{end}<desc>{escape(alt_text)}</desc>{rest}"


@cache
def _converter() -> Any:
    import vl_convert

    vl_convert.register_font_directory(str(font_folder()))
    return vl_convert


def _numbered_anew(svg: str) -> str:
    """Number gradients and clips from 0 on: Vega goes on from the picture before."""
    for number, name in enumerate(re.findall(r'\bid="([a-z]+_?\d+)"', svg)):
        svg = svg.replace(f'id="{name}"', f'id="vega-{number}"')
        svg = svg.replace(f"url(#{name})", f"url(#vega-{number})")
    return svg


def _version() -> str:
    """Return the version of Vega-Lite that Altair writes, as vl-convert calls it: `6.1`."""
    return ".".join(alt.SCHEMA_VERSION.removeprefix("v").split(".")[:2])


def _spec(chart: Chart) -> dict[str, Any]:
    spec = chart.to_dict()
    spec["background"] = "white"
    spec["config"] = {**spec.get("config", {}), "font": FONT}
    if not {"width", "hconcat", "vconcat", "concat", "facet"} & spec.keys():
        spec["width"] = WIDTH_PX
    return spec
