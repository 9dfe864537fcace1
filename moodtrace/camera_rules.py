"""What a camera's settings may be; the one gate for the command line, files and pages.

It resolves names, for an address decides whether a camera may be called, and opens nothing.
"""

import ipaddress
import re
import socket
from collections.abc import Callable, Iterable, Iterator
from typing import Final, NamedTuple
from urllib.parse import SplitResult, urlsplit

from moodtrace.cameras import Camera, Polygon
from moodtrace.screening import NAME

Network = ipaddress.IPv4Network | ipaddress.IPv6Network
Resolve = Callable[[str, int], Iterable[str]]
"""Host and port to all addresses; raises OSError if there are none."""

PRIVATE: Final = tuple(
    ipaddress.ip_network(network)
    for network in ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7")
)
"""Where cameras usually are."""
HTTP: Final = frozenset({"http", "https"})
URLS: Final = frozenset({"rtsp", "rtsps"}) | HTTP
LOCAL: Final = frozenset({"file", "v4l2"})
MAX_FPS: Final = 60.0
_VARIABLE: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_UNSEEN: Final = re.compile(r"[\x00-\x20\x7f]")


class Complaint(NamedTuple):
    """What is wrong with one setting."""

    field: str
    what: str
    try_this: str


def complaints(
    camera: Camera, networks: Iterable[Network], resolve: Resolve | None = None
) -> Iterator[Complaint]:
    """Say what is wrong with a camera; nothing if it may be used.

    Args:
        camera: as somebody wants it.
        networks: where cameras may be.
        resolve: looks names up; None for the machine's own way.
    """
    if not NAME.fullmatch(camera.name):
        yield Complaint(
            "name", "it may have 1 to 64 letters, digits, spaces and -_.()", "rename it"
        )
    if not NAME.fullmatch(camera.audience):
        yield Complaint(
            "audience", "it may have 1 to 64 letters, digits, spaces and -_.()", "rename it"
        )
    if not 0.1 <= camera.fps <= MAX_FPS:
        yield Complaint(
            "fps", f"it is not between 0.1 and {MAX_FPS:g}", "5 does for most audiences"
        )
    if camera.password_env and camera.password_file:
        yield Complaint("password_file", "the password is said twice", "name one of the two")
    if camera.password_env and not _VARIABLE.fullmatch(camera.password_env):
        yield Complaint(
            "password_env",
            "this is no name of an environment variable",
            "name the variable, never the password itself",
        )
    for polygons in (camera.masks, camera.zones.values(), camera.seats.values()):
        yield from (found for polygon in polygons if (found := _misdrawn(polygon)))
    yield from _source_complaints(camera, tuple(networks), resolve or _addresses)


def _misdrawn(polygon: Polygon) -> Complaint | None:
    inside = all(0 <= part <= 1 for corner in polygon for part in corner)
    if len(polygon) >= 3 and inside:
        return None
    return Complaint(
        "polygon", "it wants three corners or more, each 0 to 1", "write 0,0 0.2,0 0.2,1 0,1"
    )


def _source_complaints(
    camera: Camera, networks: tuple[Network, ...], resolve: Resolve
) -> Iterator[Complaint]:
    if camera.source.partition(":")[0] in LOCAL:
        return
    try:
        parts = urlsplit(camera.source)
        host, port = parts.hostname, parts.port
    except ValueError:
        parts, host, port = SplitResult("", "", "", "", ""), None, None
    if parts.scheme not in URLS or not host or _UNSEEN.search(camera.source):
        yield Complaint(
            "source", "this is no source", "write rtsp://HOST/PATH, file:PATH or v4l2:/dev/video0"
        )
        return
    if parts.username is not None or parts.password is not None:
        yield Complaint(
            "source",
            "a URL with a user or password would be seen by everybody",
            "leave them out; name the user by username, the password by password_env or _file",
        )
    if parts.scheme in HTTP and not camera.allow_http:
        yield Complaint("source", "reading over HTTP is switched off", "use RTSP, or allow_http")
    yield from _address_complaints(host, port or 554, networks, resolve)


def _address_complaints(
    host: str, port: int, networks: tuple[Network, ...], resolve: Resolve
) -> Iterator[Complaint]:
    try:
        addresses = sorted(set(resolve(host, port)))
    except (OSError, UnicodeError):
        yield Complaint(
            "source", f"nobody knows the host {host!r}", "check its name, or use its IP"
        )
        return
    for text in addresses:
        address = ipaddress.ip_address(text.partition("%")[0])
        address = getattr(address, "ipv4_mapped", None) or address
        if not any(address in network for network in networks):
            yield Complaint(
                "source",
                f"{address} is outside the networks of cameras",
                f"add it: MOODTRACE_CAMERA_NETWORKS='[…, \"{address}\"]'",
            )


def _addresses(host: str, port: int) -> list[str]:
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [str(entry[4][0]) for entry in found]
