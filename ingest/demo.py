"""Two made-up screenings to try moodtrace on: a wall of people who brighten up, late and early."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from ingest.wall import Clip, Tile, load_clip, write_wall

DEMO_DURATION_S: Final = 40.0
JOY_S: Final = {"spring-cut-a.mp4": 25.0, "spring-cut-b.mp4": 10.0}
"""The files of the demo, and when, in seconds, most of the people in each begin to smile."""

_SPREAD_S: Final = (0.0, 1.3, -0.9, -1.6, 0.6, 2.1, -0.4, 1.0, 1.7)
"""How much later than the others each place on the wall brightens up."""


@dataclass(frozen=True)
class _Mood:
    """The parts of a clip, in seconds: moved until `calm_end`, joyful from `joy_begin` on."""

    calm_begin: float
    calm_end: float
    joy_begin: float
    joy_end: float

    def position_s(self, time_s: float, turn_s: float) -> float:
        """Return where in the clip one is, if the joyful part begins `turn_s` into the wall.

        Before, the calm part swings back and forth so that it ends just in time; then the clip
        runs on into its joyful part, which swings as well. So nothing ever jumps.
        """
        elapsed_s = time_s - (turn_s - (self.joy_begin - self.calm_end))
        if elapsed_s < 0:
            return self.calm_end - _swing(-elapsed_s, self.calm_end - self.calm_begin)
        reached_s = self.calm_end + elapsed_s
        if reached_s <= self.joy_end:
            return reached_s
        return self.joy_end - _swing(reached_s - self.joy_end, self.joy_end - self.joy_begin)


_WOMAN: Final = "WolfgangLanger_Pexels.mp4"
_MAN: Final = "single_face.mp4"
_MAN_BEFORE_SKY: Final = "face_noface.mov"
_MOODS: Final = {
    _WOMAN: _Mood(0.0, 8.5, 11.0, 19.5),
    _MAN: _Mood(0.0, 0.6, 1.0, 2.3),
    _MAN_BEFORE_SKY: _Mood(0.0, 0.4, 1.2, 2.6),
}
_WALL: Final = (_WOMAN, _WOMAN, _MAN, _WOMAN, _WOMAN, _WOMAN, _MAN_BEFORE_SKY, _WOMAN, _WOMAN)

CLIP_NAMES: Final = tuple(sorted(_MOODS))
"""The clips that the demo is made of."""


def compose_demo(
    clips: Mapping[str, Path],
    folder: Path,
    progress: Callable[[float], None],
    *,
    duration_s: float = DEMO_DURATION_S,
) -> list[Path]:
    """Write both cuts of the demo; the same clips give the same files.

    Args:
        clips: where the clips named in `CLIP_NAMES` are.
        folder: where the cuts are written; it must exist.
        progress: is called with the share that is done, 0 to 1.
        duration_s: length of each cut in seconds.

    Returns:
        The two files, cut A first.
    """
    loaded = {name: load_clip(clips[name]) for name in CLIP_NAMES}
    for cut, (name, joy_s) in enumerate(JOY_S.items()):
        tiles = list(_tiles(loaded, joy_s))
        write_wall(
            folder / name,
            tiles,
            duration_s,
            lambda share, cut=cut: progress((cut + share) / len(JOY_S)),  # type: ignore[misc]
        )
    return [folder / name for name in JOY_S]


def _tiles(clips: Mapping[str, Clip], joy_s: float) -> Iterator[Tile]:
    for place, (name, later_s) in enumerate(zip(_WALL, _SPREAD_S, strict=True)):
        yield _tile(clips[name], _MOODS[name], joy_s + later_s, mirrored=place % 2 == 1)


def _tile(clip: Clip, mood: _Mood, turn_s: float, *, mirrored: bool) -> Tile:
    return Tile(clip, lambda time_s: mood.position_s(time_s, turn_s), mirrored)


def _swing(time_s: float, length_s: float) -> float:
    """Go from 0 to `length_s` and back, for ever, one second per second."""
    phase_s = time_s % (2 * length_s)
    return min(phase_s, 2 * length_s - phase_s)
