"""Finds out whether somebody listens where a camera should be; says nothing to it."""

import select
import socket
from collections.abc import Callable
from threading import Thread
from typing import Final
from urllib.parse import urlsplit

CONNECT_S: Final = 1.0
KEPT_S: Final = 0.3

_PORTS: Final = {"rtsp": 554, "rtsps": 322, "http": 80, "https": 443}


def address_of(source: str) -> tuple[str, int] | None:
    """Return host and port of a camera's source, or None if it has none that could be probed."""
    parts = urlsplit(source)
    if parts.scheme not in _PORTS or not parts.hostname:
        return None
    return parts.hostname, parts.port or _PORTS[parts.scheme]


def is_reachable(address: tuple[str, int]) -> bool:
    """Tell whether somebody takes a connection and keeps it.

    What forwards ports takes connections for a camera that is away, and then cuts them. Takes
    little more than a second, and what the look-up of a name takes.
    """
    cut = select.poll()
    try:
        with socket.create_connection(address, timeout=CONNECT_S) as connection:
            cut.register(connection, select.POLLIN)
            return not cut.poll(KEPT_S * 1000)
    except OSError:
        return False


def probe(address: tuple[str, int], answer: Callable[[bool], None]) -> None:
    """Find out in a thread of its own: the look-up of a name can take long, and can't be stopped.

    Args:
        address: host and port.
        answer: told by that thread whether a connection could be made.
    """
    Thread(target=lambda: answer(is_reachable(address)), name="probe", daemon=True).start()
