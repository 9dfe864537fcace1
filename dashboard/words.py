"""How figures, reasons and charts are said; text from people is still to be escaped."""

from typing import Final

from moodtrace.clock import playhead
from moodtrace.estimates import Estimate
from moodtrace.selection import Selection

NOTHING: Final = "\N{EM DASH}"
TO: Final = "\N{EN DASH}"

GAP_REASONS: Final = {
    "no_frames": "no frame reached this second",
    "corrupt": "all frames were corrupt",
    "bad_picture": "no picture could be analysed",
    "model_nan": "the network gave no numbers",
    "out_of_memory": "no picture fits into memory",
    "poison": "its frames ended every copy of the networks",
    "stale": "frames came later than they could be analysed",
    "overload": "more frames came than could be analysed",
    "other_model": "other networks than it began with analysed it",
    "camera_down": "the camera was down",
    "data_lost": "what was seen was lost",
    "bad_time": "no frame had a time that can be believed",
    "truncated": "the file ends early",
    "source_lost": "the file went away",
}
"""What reason codes of gaps mean to a person; others are shown as they are."""


def percent(value: float | None) -> str:
    """Write a share as people read it: `41%`."""
    return NOTHING if value is None else f"{value:.0%}"


def signed(value: float | None) -> str:
    """Write a figure of -1 to 1: `+0.12`."""
    return NOTHING if value is None else f"{value:+z.2f}"


def key_figure(name: str, value: float) -> str:
    """Write a figure of `norms.key_figures`: valence goes from -1 to 1, all others are shares."""
    return signed(value) if name == "valence" else percent(value)


def interval(estimate: Estimate | None) -> str:
    """Write the 95 % interval of a share: `32-51%` with a dash; empty without one."""
    if estimate is None or estimate.low is None or estimate.high is None:
        return ""
    return f"{100 * estimate.low:.0f}{TO}{estimate.high:.0%}"


def signed_interval(estimate: Estimate | None, scale: float = 1.0, places: int = 2) -> str:
    """Write the 95 % interval of a figure that may be below 0: `+0.08 to +0.16`."""
    if estimate is None or estimate.low is None or estimate.high is None:
        return ""
    return " to ".join(f"{scale * end:+.{places}f}" for end in (estimate.low, estimate.high))


def gap_reason(code: str) -> str:
    """Return why a second has no data, in words."""
    return GAP_REASONS.get(code, code.replace("_", " "))


def withheld(k: int, *, chosen: bool = False) -> str:
    """Return why a second with data is not shown, in words.

    Args:
        k: smallest cell of the screening.
        chosen: whether it is a choice of viewers that is withheld; others could be told from it.
    """
    why = "would tell of fewer" if chosen else "fewer"
    return f"withheld: {why} than {k} viewers"


def chosen_words(chosen: Selection, length: int) -> str:
    """Say what of a screening is chosen: `age 18-24; from 0:10 to 0:20`; empty for all of it.

    Args:
        chosen: some viewers, some seconds.
        length: of the content, in seconds.
    """
    said = []
    for word, names in (("age", chosen.ages), ("camera", chosen.cameras), ("zone", chosen.zones)):
        said += [f"{word} {', '.join(names)}"] * bool(names)
    if chosen.start or chosen.end is not None:
        end = length if chosen.end is None else chosen.end
        said.append(f"from {playhead(chosen.start)} to {playhead(end)}")
    return "; ".join(said)
