"""Draws the confidence of all emotions of one person over time; knows nothing of files."""

from collections.abc import Mapping, Sequence
from io import BytesIO
from typing import Final

import numpy as np
import numpy.typing as npt
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from moodtrace.labels import EMOTION_NAMES, EMOTIONS, QUANTUM
from workers.following import Person

DPI: Final = 110
LONGEST_LINE_MS: Final = 500
"""Over a longer hole no line is drawn: nothing is known there."""


def emotion_plot(
    person: Person, title: str, colours: Mapping[str, str], dashes: Mapping[str, Sequence[int]]
) -> bytes:
    """Return a PNG of the confidence of each emotion over time.

    Args:
        person: seen at least once.
        title: over the plot.
        colours: by emotion, as `#RRGGBB`.
        dashes: by emotion, pixels drawn and left out in turn.
    """
    figure = Figure(figsize=(10, 4.6), layout="constrained")
    FigureCanvasAgg(figure)  # no window, no shared state
    axes = figure.add_subplot()
    times_s, scores = series(person)
    for number, emotion in enumerate(EMOTIONS):
        axes.plot(
            times_s,
            scores[:, number],
            color=colours[emotion],
            linestyle=_line(dashes[emotion]),
            linewidth=1.8,
            label=EMOTION_NAMES[emotion],
        )
    axes.set(xlabel="time in the recording, s", ylabel="confidence", ylim=(-0.02, 1.02))
    axes.set_title(title, fontsize=11)
    axes.grid(alpha=0.25)
    figure.legend(frameon=False, loc="outside right center")
    content = BytesIO()
    figure.savefig(content, format="png", dpi=DPI, metadata={"Software": None})
    return content.getvalue()


def series(person: Person) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Return times in s and `(n, 7)` confidences, NaN where nothing was read."""
    nothing = (np.nan,) * len(EMOTIONS)
    times_s: list[float] = []
    rows: list[Sequence[float]] = []
    for time_ms, face in zip(person.times_ms, person.faces, strict=True):
        if times_s and time_ms - 1000 * times_s[-1] > LONGEST_LINE_MS:
            times_s.append(time_ms / 1000)
            rows.append(nothing)
        times_s.append(time_ms / 1000)
        rows.append(face.emotion or nothing)
    return np.array(times_s), np.array(rows, np.float64) / QUANTUM


def _line(dashes: Sequence[int]) -> "str | tuple[int, tuple[float, ...]]":
    """Turn pixels drawn and left out into Matplotlib's line style, in line widths."""
    if len(dashes) == 2 and not dashes[1]:
        return "-"
    return 0, tuple(length / 2 for length in dashes)
