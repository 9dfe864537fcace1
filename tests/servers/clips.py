"""Clips as the RTSP server sends them: coded pictures with times, out of real footage."""

import struct
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path
from typing import Literal

import av
from av.bitstream import BitStreamFilterContext
from av.packet import Packet
from av.video.codeccontext import VideoCodecContext
from av.video.stream import VideoStream

Codec = Literal["h264", "hevc"]
UNIT = struct.Struct(">qqqBI")
"""As in `tests/servers/gstreamer_rtsp.py`."""
_NS = 1_000_000_000
_TO_ANNEX_B: dict[str, str] = {"h264": "h264_mp4toannexb", "hevc": "hevc_mp4toannexb"}
_ENCODERS: dict[Codec, tuple[str, dict[str, str]]] = {
    "h264": ("libx264", {"preset": "ultrafast", "crf": "23", "bf": "0", "g": "25", "slices": "1"}),
    "hevc": (
        "libx265",
        {
            "preset": "ultrafast",
            "crf": "25",
            "x265-params": "log-level=none:bframes=0:keyint=25:repeat-headers=1",
        },
    ),
}


@dataclass(frozen=True)
class Unit:
    """One coded picture, in Annex B."""

    pts_ns: int
    dts_ns: int
    duration_ns: int
    is_key: bool
    data: bytes


@dataclass(frozen=True)
class Clip:
    codec: Codec
    units: tuple[Unit, ...]

    def __add__(self, other: "Clip") -> "Clip":
        """Play one after the other."""
        last = self.units[-1]
        shift_ns = last.pts_ns + last.duration_ns
        moved = (
            replace(unit, pts_ns=unit.pts_ns + shift_ns, dts_ns=unit.dts_ns + shift_ns)
            for unit in other.units
        )
        return Clip(self.codec, self.units + tuple(moved))

    def write(self, path: Path) -> Path:
        with path.open("wb") as file:
            for unit in self.units:
                times = (unit.pts_ns, unit.dts_ns, unit.duration_ns)
                file.write(UNIT.pack(*times, unit.is_key, len(unit.data)) + unit.data)
        return path


def clip_of(path: Path) -> Clip:
    """Take the coded pictures out of a file as they are."""
    with av.open(path) as container:
        video = container.streams.video[0]
        codec: Codec = "hevc" if video.codec_context.name == "hevc" else "h264"
        filtering = BitStreamFilterContext(_TO_ANNEX_B[codec], video)
        packets = [
            packet for raw in container.demux(video) if raw.size for packet in filtering.filter(raw)
        ]
        return Clip(codec, _units(packets, Fraction(1) / Fraction(video.average_rate or 25)))


def encoded(
    path: Path,
    codec: Codec = "h264",
    *,
    width: int = 320,
    height: int = 180,
    fps: int = 25,
    seconds: float = 4,
    start_s: float = 0,
) -> Clip:
    """Code part of a file anew, without pictures that depend on later ones."""
    name, options = _ENCODERS[codec]
    encoder = av.CodecContext.create(name, "w")
    assert isinstance(encoder, VideoCodecContext)
    encoder.width, encoder.height, encoder.pix_fmt = width, height, "yuv420p"
    encoder.time_base, encoder.framerate = Fraction(1, fps), Fraction(fps)
    encoder.options = options
    packets: list[Packet[VideoStream]] = []
    for number, frame in enumerate(pictures(path, fps, seconds, start_s)):
        picture = frame.reformat(width, height, "yuv420p")
        picture.pts, picture.time_base = number, Fraction(1, fps)
        packets += encoder.encode(picture)
    packets += encoder.encode(None)
    return Clip(codec, _units(packets, Fraction(1, fps)))


def pictures(path: Path, fps: int, seconds: float, start_s: float = 0) -> Iterable[av.VideoFrame]:
    """Show a file at another rate."""
    with av.open(path) as container:
        due_s, shown = start_s, 0
        for frame in container.decode(video=0):
            while shown < seconds * fps and frame.time is not None and frame.time >= due_s:
                yield frame
                shown += 1
                due_s = start_s + shown / fps
            if shown >= seconds * fps:
                return


def _units(packets: Sequence["Packet[VideoStream]"], interval_s: Fraction) -> tuple[Unit, ...]:
    begin_ns = min(_ns(packet, packet.pts) for packet in packets)
    return tuple(
        Unit(
            _ns(packet, packet.pts) - begin_ns,
            _ns(packet, packet.dts) - begin_ns,
            int(interval_s * _NS),
            packet.is_keyframe,
            bytes(packet),
        )
        for packet in packets
    )


def _ns(packet: "Packet[VideoStream]", ticks: int | None) -> int:
    assert ticks is not None
    return int(ticks * packet.time_base * _NS)
