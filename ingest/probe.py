"""Finds out whether somebody listens where a camera should be; says nothing to it."""

import socket
from collections.abc import Callable
from threading import Thread
from typing import Final
from urllib.parse import urlsplit

PROBE_TIMEOUT_S: Final = 1.0

_PORTS: Final = {"rtsp": 554, "rtsps": 322, "http": 80, "https": 443}


def address_of(source: str) -> tuple[str, int] | None:
    """Return host and port of a camera's source, or None if it has none that could be probed."""
    parts = urlsplit(source)
    if parts.scheme not in _PORTS or not parts.hostname:
        return None
    return parts.hostname, parts.port or _PORTS[parts.scheme]


def is_reachable(address: tuple[str, int]) -> bool:
    """Tell within about a second, and what the look-up of a name takes."""
    try:
        socket.create_connection(address, timeout=PROBE_TIMEOUT_S).close()
    except OSError:
        return False
    return True


def probe(address: tuple[str, int], answer: Callable[[bool], None]) -> None:
    """Find out in a thread of its own: the look-up of a name can take long, and can't be stopped.

    Args:
        address: host and port.
        answer: told by that thread whether a connection could be made.
    """
    Thread(target=lambda: answer(is_reachable(address)), name="probe", daemon=True).start()
