"""Figures as PNG: confusion, reliability, risk over coverage; knows nothing of networks."""

from io import BytesIO
from typing import Final

import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from models.evaluation.abstention import RiskCoverage
from models.evaluation.calibration import Reliability
from models.evaluation.scores import Confusion

INK: Final = "#2B2A27"
QUIET: Final = "#706D66"
BEFORE: Final = "#983B00"
AFTER: Final = "#20A2AF"
DPI: Final = 110
DARK: Final = 0.55
"""Share from which a cell is so dark that its text is white."""


def confusion_plot(confusion: Confusion, title: str, rows: str = "labelled") -> bytes:
    """Draw shares as colours, with shares and counts written in each cell."""
    figure, axes = _sheet(7.6, 6.6)
    axes.imshow(confusion.shares, cmap="Blues", vmin=0, vmax=1)
    for row, column in np.ndindex(confusion.shares.shape):
        share, count = confusion.shares[row, column], confusion.counts[row, column]
        colour = "white" if share > DARK else INK
        text = f"{share:.0%}\n{count}"
        axes.text(column, row, text, ha="center", va="center", color=colour, fontsize=9)
    places = range(len(confusion.names))
    axes.set_xticks(places, confusion.names, rotation=30, ha="right")
    axes.set_yticks(places, confusion.names)
    axes.set_xlabel("answered")
    axes.set_ylabel(f"{rows} (shares of each row)")
    return _png(figure, axes, title)


def reliability_plot(before: Reliability, after: Reliability, title: str) -> bytes:
    """Draw accuracy over confidence, before and after temperature scaling."""
    figure, axes = _sheet(6.4, 5.6)
    axes.plot([0, 1], [0, 1], color=QUIET, linestyle=":", linewidth=1, label="calibrated")
    for found, name, colour, marker in (
        (before, "as it is", BEFORE, "o"),
        (after, "temperature-scaled", AFTER, "s"),
    ):
        label = f"{name}, ECE {found.ece:.3f}"
        axes.plot(found.confidence, found.accuracy, color=colour, marker=marker, label=label)
    axes.set(xlabel="confidence", ylabel="share that is right", xlim=(0, 1), ylim=(0, 1))
    axes.legend(frameon=False, loc="upper left")
    return _png(figure, axes, title)


def risk_coverage_plot(curve: RiskCoverage, title: str) -> bytes:
    """Draw the share of wrong answers over the share of faces that are answered."""
    figure, axes = _sheet(6.4, 4.4)
    axes.plot(curve.coverage, curve.risk, color=AFTER, label=f"area {curve.area:.3f}")
    axes.axhline(curve.risk[-1], color=QUIET, linestyle=":", linewidth=1, label="all answered")
    axes.set(xlabel="share answered, surest first", ylabel="share wrong", xlim=(0, 1))
    axes.set_ylim(0, max(0.05, 1.1 * float(curve.risk.max())))
    axes.legend(frameon=False, loc="best")
    return _png(figure, axes, title)


def _sheet(width_in: float, height_in: float) -> tuple[Figure, Axes]:
    figure = Figure(figsize=(width_in, height_in), layout="constrained")
    FigureCanvasAgg(figure)  # no window, no shared state
    return figure, figure.add_subplot()


def _png(figure: Figure, axes: Axes, title: str) -> bytes:
    axes.set_title(title, color=INK, fontsize=11)
    axes.spines[:].set_color(QUIET)
    content = BytesIO()
    # Without the library's version in it, the same figures give the same bytes.
    figure.savefig(content, format="png", dpi=DPI, metadata={"Software": None})
    return content.getvalue()
