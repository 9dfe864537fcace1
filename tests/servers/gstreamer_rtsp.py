"""An RTSP server with cameras that play clips for ever; run by the system's Python, which has gi.

Reads its settings as JSON from stdin (see `tests/servers/rtsp.py`), says `ready PORT` on stdout;
with `--check` it only says by its exit code whether all that it needs is installed.
Nothing is encoded anew, so that a clip may hold whatever a test wants to send.
"""

import json
import signal
import struct
import sys
from typing import Any

import gi

for _name in ("Gst", "GstApp", "GstRtsp", "GstRtspServer"):
    gi.require_version(_name, "1.0")

from gi.repository import GLib, Gst, GstRtsp, GstRtspServer  # noqa: E402

UNIT = struct.Struct(">qqqBI")
"""Presentation, decoding and length in nanoseconds, whether it is a key frame, bytes to follow."""

PAYLOADERS = {"h264": "rtph264pay", "hevc": "rtph265pay"}
CAPS = {"h264": "video/x-h264", "hevc": "video/x-h265"}

Unit = tuple[int, int, int, bool, bytes]


def read_clip(path: str) -> list[Unit]:
    with open(path, "rb") as file:  # noqa: PTH123 (no more than a path here)
        content = file.read()
    units, position = [], 0
    while position < len(content):
        pts, dts, duration, is_key, size = UNIT.unpack_from(content, position)
        position += UNIT.size
        units.append((pts, dts, duration, bool(is_key), content[position : position + size]))
        position += size
    return units


class Player:
    """Feeds one pipeline with a clip."""

    def __init__(self, units: list[Unit], is_looped: bool) -> None:
        self.units = units
        self.is_looped = is_looped
        self.next = 0
        first_ns, (last_ns, _, duration_ns, _, _) = units[0][0], max(units)
        self.length_ns = last_ns + duration_ns - first_ns

    def push(self, source: Any, _wanted: int) -> None:
        loop, index = divmod(self.next, len(self.units))
        if loop and not self.is_looped:
            source.emit("end-of-stream")
            return
        self.next += 1
        pts, dts, duration, is_key, data = self.units[index]
        buffer = Gst.Buffer.new_wrapped(data)
        buffer.pts = pts + loop * self.length_ns
        buffer.dts = max(0, dts + loop * self.length_ns)
        buffer.duration = duration
        if not is_key:
            buffer.set_flags(Gst.BufferFlags.DELTA_UNIT)
        source.emit("push-buffer", buffer)


def factory(mount: dict[str, Any]) -> Any:
    units, codec = read_clip(mount["clip"]), mount["codec"]
    made = GstRtspServer.RTSPMediaFactory()
    made.set_shared(mount["shared"])
    made.set_launch(
        f"( appsrc name=source format=time block=true max-bytes=200000"
        f' caps="{CAPS[codec]},stream-format=byte-stream,alignment=au"'
        f" ! {PAYLOADERS[codec]} name=pay0 pt=96 )"
    )

    def configure(_factory: Any, media: Any) -> None:
        player = Player(units, mount["looped"])
        source = media.get_element().get_by_name("source")
        source.connect("need-data", player.push)

    made.connect("media-configure", configure)
    return made


def role(name: str, may_construct: bool) -> Any:
    # Who has no access gets 404 for an answer; who may not construct gets 401 and tries again.
    text = (
        f"{name},media.factory.access=(boolean)true,"
        f"media.factory.construct=(boolean){str(may_construct).lower()};"
    )
    made = Gst.Structure.new_from_string(text)
    return made[0] if isinstance(made, tuple) else made


def token(name: str) -> Any:
    made = GstRtspServer.RTSPToken()
    made.set_string("media.factory.role", name)
    return made


def protect(server: Any, factories: list[Any], settings: dict[str, Any]) -> None:
    auth = GstRtspServer.RTSPAuth()
    auth.set_default_token(token("anonymous"))
    user, password = settings["user"], settings["password"]
    if settings["digest"]:
        auth.set_supported_methods(GstRtsp.RTSPAuthMethod.DIGEST)
        auth.add_digest(user, password, token("user"))
    else:
        auth.add_basic(GstRtspServer.RTSPAuth.make_basic(user, password), token("user"))
    for made in factories:
        made.add_role_from_structure(role("user", may_construct=True))
        made.add_role_from_structure(role("anonymous", may_construct=False))
    server.set_auth(auth)


def main() -> None:
    Gst.init(None)
    if "--check" in sys.argv:
        needed = ["appsrc", *PAYLOADERS.values()]
        sys.exit(not all(Gst.ElementFactory.find(name) for name in needed))
    settings = json.load(sys.stdin)
    server = GstRtspServer.RTSPServer()
    server.set_address("127.0.0.1")
    server.set_service(str(settings["port"]))
    factories = {name: factory(mount) for name, mount in settings["mounts"].items()}
    for name, made in factories.items():
        server.get_mount_points().add_factory(f"/{name}", made)
    if settings["user"]:
        protect(server, list(factories.values()), settings)
    if not server.attach(None):
        sys.exit("the port is taken")
    loop = GLib.MainLoop()
    GLib.unix_signal_add(GLib.PRIORITY_DEFAULT, signal.SIGTERM, loop.quit)
    print(f"ready {server.get_bound_port()}", flush=True)
    loop.run()


if __name__ == "__main__":
    main()
