"""Walls of small pictures written as video; knows nothing of what is on them."""

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Final

import av
import numpy as np
import numpy.typing as npt
from av.container import OutputContainer
from av.video.reformatter import VideoReformatter
from av.video.stream import VideoStream

from ingest.opening import best_video_stream, open_container, open_file
from moodtrace.part_file import becoming

Picture = npt.NDArray[np.uint8]
"""`(h, w, 3)` RGB."""

WALL_WIDTH_PX: Final = 1280
WALL_HEIGHT_PX: Final = 720
WALL_FPS: Final = 25
COLUMNS: Final = 3
ROWS: Final = 3
TILE_WIDTH_PX: Final = 424
TILE_HEIGHT_PX: Final = 240

_ENCODER_OPTIONS: Final = {"preset": "ultrafast", "crf": "27", "bf": "0"}
_ENCODER_THREADS: Final = 2
"""Fixed, for the bytes that x264 writes depend on it."""


@dataclass(frozen=True)
class Clip:
    """A short recording, decoded and scaled to a tile."""

    pictures: Sequence[Picture]
    fps: Fraction

    def at(self, time_s: float) -> Picture:
        """Return what is shown at a time; the ends stand still."""
        index = int(time_s * self.fps)
        return self.pictures[min(max(index, 0), len(self.pictures) - 1)]


@dataclass(frozen=True)
class Tile:
    """One place on the wall: which clip plays there, and when what part of it."""

    clip: Clip
    position_s: Callable[[float], float]
    """From a time on the wall to a time in the clip, both in seconds."""
    mirrored: bool = False

    def at(self, time_s: float) -> Picture:
        """Return the tile's picture at a time on the wall."""
        picture = self.clip.at(self.position_s(time_s))
        return picture[:, ::-1] if self.mirrored else picture


def load_clip(path: Path) -> Clip:
    """Decode a short recording at the size of a tile.

    Raises:
        SourceError: it can't be read.
    """
    with open_file(os.fsencode(path)) as file, open_container(file, str(path)) as container:
        video = best_video_stream(container, str(path))
        scaler = VideoReformatter()
        pictures = [
            np.asarray(
                scaler.reformat(frame, TILE_WIDTH_PX, TILE_HEIGHT_PX, "rgb24").to_ndarray(),
                dtype=np.uint8,
            )
            for frame in container.decode(video)
        ]
        return Clip(pictures, Fraction(video.average_rate or WALL_FPS))


def write_wall(
    path: Path, tiles: Sequence[Tile], duration_s: float, progress: Callable[[float], None]
) -> None:
    """Write an H.264 video of up to `ROWS x COLUMNS` tiles; the same tiles give the same file.

    Args:
        path: where to; an older file there is replaced once the new one is whole.
        tiles: row by row.
        duration_s: length of the video in seconds.
        progress: is called with the share that is done, 0 to 1.
    """
    frames = round(duration_s * WALL_FPS)
    with becoming(path) as unfinished, av.open(unfinished, "w", format="mp4") as container:
        stream = _video_stream(container)
        for number in range(frames):
            frame = av.VideoFrame.from_ndarray(_wall_at(tiles, number / WALL_FPS), format="rgb24")
            frame.pts, frame.time_base = number, Fraction(1, WALL_FPS)
            container.mux(stream.encode(frame))
            progress((number + 1) / frames)
        container.mux(stream.encode(None))


def _video_stream(container: OutputContainer) -> VideoStream:
    stream = container.add_stream("libx264", rate=WALL_FPS, options=_ENCODER_OPTIONS)
    stream.width, stream.height, stream.pix_fmt = WALL_WIDTH_PX, WALL_HEIGHT_PX, "yuv420p"
    stream.thread_count = _ENCODER_THREADS
    return stream


def _wall_at(tiles: Sequence[Tile], time_s: float) -> Picture:
    wall: Picture = np.zeros((WALL_HEIGHT_PX, WALL_WIDTH_PX, 3), dtype=np.uint8)
    gap_px = (WALL_WIDTH_PX - COLUMNS * TILE_WIDTH_PX) // (COLUMNS - 1)
    for place, tile in enumerate(tiles[: ROWS * COLUMNS]):
        row, column = divmod(place, COLUMNS)
        top, left = row * TILE_HEIGHT_PX, column * (TILE_WIDTH_PX + gap_px)
        wall[top : top + TILE_HEIGHT_PX, left : left + TILE_WIDTH_PX] = tile.at(time_s)
    return wall
