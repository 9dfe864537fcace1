"""The state of a page is its link: read from it, written to it, the same for everybody who has it.

Reading never fails: what a link says wrongly is left out and told.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, Generic, NamedTuple, TypeVar

import msgspec

from moodtrace.labels import AGE_BANDS, BASELINES, EMOTIONS, Baseline, Emotion
from moodtrace.screening import NAME
from moodtrace.selection import SMOOTHINGS_S, SPLITS, Split

T = TypeVar("T")

LONGEST_S: Final = 24 * 3600
MOST_COMPARED: Final = 4


class Link(msgspec.Struct, frozen=True, kw_only=True):
    """What is shown, of which viewers, and how."""

    screening: str = ""
    """Empty: the newest."""
    others: tuple[str, ...] = ()
    """Screenings to compare it with."""
    align: str = ""
    """Label of the marker at which they are laid over each other; empty for their beginnings."""
    emotions: tuple[Emotion, ...] | None = None
    """None: those that tell most."""
    ages: tuple[str, ...] = ()
    """Age bands that count; empty for all, as for cameras and zones."""
    cameras: tuple[str, ...] = ()
    zones: tuple[str, ...] = ()
    start: int = 0
    """First second."""
    end: int | None = None
    """The second after the last; None for the end of the content."""
    smooth: int = 0
    """Seconds that are averaged for the eye; 0 for none."""
    band: bool = True
    baseline: Baseline = "none"
    split: Split = "cameras"
    """By what the audience is told apart below the trace."""
    at: float = 0.0
    """Where the content stands, in seconds, to a tenth."""


class Read(NamedTuple):
    """A link that was read."""

    link: Link
    ignored: tuple[str, ...]
    """What it says wrongly, as `name=value`."""


class _Part(NamedTuple, Generic[T]):
    read: Callable[[str], T]
    """Raises ValueError."""
    write: Callable[[T], str]


def read(said: Mapping[str, str]) -> Read:
    """Read a link's parameters."""
    values: dict[str, Any] = {}
    ignored = []
    for name, value in said.items():
        try:
            values[name] = _PARTS[name].read(value)
        except (KeyError, ValueError):
            ignored.append(f"{name}={value}")
    link = Link(**values)
    if link.end is not None and link.end <= link.start:
        ignored.append(f"end={link.end}")
        link = msgspec.structs.replace(link, end=None)
    return Read(link, tuple(ignored))


def written(link: Link) -> dict[str, str]:
    """Return the parameters of a link, without those that say the usual."""
    usual = Link()
    return {
        name: part.write(value)
        for name, part in _PARTS.items()
        if (value := getattr(link, name)) != getattr(usual, name)
    }


def _name(said: str) -> str:
    if not NAME.fullmatch(said):
        raise ValueError(said)
    return said


def _names(said: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(map(_name, said.split(","))))


def _others(said: str) -> tuple[str, ...]:
    names = _names(said)
    if len(names) >= MOST_COMPARED:
        raise ValueError(said)
    return names


def _label(said: str) -> str:
    if not 0 < len(said) <= 200:
        raise ValueError(said)
    return said


def _some_of(known: Sequence[str]) -> Callable[[str], tuple[str, ...]]:
    def read_some(said: str) -> tuple[str, ...]:
        names = said.split(",") if said else []
        if set(names) - set(known):
            raise ValueError(said)
        return tuple(name for name in known if name in names)

    return read_some


def _one_of(known: Sequence[T]) -> Callable[[str], T]:
    by_text = {str(value): value for value in known}

    def read_one(said: str) -> T:
        if said not in by_text:
            raise ValueError(said)
        return by_text[said]

    return read_one


def _second(said: str) -> int:
    if not said.isascii() or not said.isdecimal() or len(said) > 5 or int(said) > LONGEST_S:
        raise ValueError(said)
    return int(said)


def _moment(said: str) -> float:
    whole, _, tenth = said.partition(".")
    return _second(whole) + (_second(tenth) / 10 if len(tenth) == 1 else _no_more(tenth))


def _no_more(rest: str) -> float:
    if rest:
        raise ValueError(rest)
    return 0.0


_some: Final = _Part(_names, ",".join)
_PARTS: Final[Mapping[str, _Part[Any]]] = {
    "screening": _Part(_name, str),
    "others": _Part(_others, ",".join),
    "align": _Part(_label, str),
    "emotions": _Part(_some_of(EMOTIONS), ",".join),
    "ages": _Part(_some_of(AGE_BANDS), ",".join),
    "cameras": _some,
    "zones": _some,
    "start": _Part(_second, str),
    "end": _Part(_second, str),
    "smooth": _Part(_one_of(SMOOTHINGS_S), str),
    "band": _Part(_one_of((True, False)), str),
    "baseline": _Part(_one_of(tuple(BASELINES)), str),
    "split": _Part(_one_of(SPLITS), str),
    "at": _Part(_moment, lambda at: f"{at:.1f}"),
}
