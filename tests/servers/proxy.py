"""A TCP proxy on loopback that can cut, hold or slow what goes through it while it runs."""

import select
import socket
import struct
import threading
import time
from contextlib import suppress
from pathlib import Path
from typing import Literal, Self

Mode = Literal["pass", "reset", "refuse", "blackhole"]
_TURN_S = 0.05
_READ_BYTES = 65536
_RESET_ON_CLOSE = struct.pack("ii", 1, 0)


class Proxy:
    """Stands between one server and its clients; use it inside a `with` block.

    - `pass`: forwards, at most `bytes_per_s` per connection if that is set.
    - `reset`: resets all connections, and new ones at once.
    - `refuse`: resets all connections and does not listen any more.
    - `blackhole`: forwards nothing and closes nothing; `pass` later goes on where it stopped.
    """

    def __init__(self, target: int | Path) -> None:
        """Begin to listen on a free port for clients of the server at this port or socket."""
        self._target = target
        self._mode: Mode = "pass"
        self._bytes_per_s: float | None = None
        self._is_open = True
        self._served: list[threading.Thread] = []
        self.port = 0
        self.connections = 0
        """Accepted so far."""
        self._listener: socket.socket | None = self._listening()
        self._acceptor = threading.Thread(target=self._accept, daemon=True)
        self._acceptor.start()

    def switch(self, mode: Mode, *, bytes_per_s: float | None = None) -> None:
        """Change what happens to all connections, within a twentieth of a second."""
        self._mode, self._bytes_per_s = mode, bytes_per_s
        if mode == "refuse":
            self._unlisten()
        elif self._listener is None:
            self._listener = self._listening()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._is_open = False
        self._acceptor.join()
        self._unlisten()
        for thread in self._served:
            thread.join()

    def _listening(self) -> socket.socket:
        listener = socket.create_server(("127.0.0.1", self.port))
        listener.settimeout(_TURN_S)
        self.port = listener.getsockname()[1]
        return listener

    def _unlisten(self) -> None:
        listener, self._listener = self._listener, None
        if listener is not None:
            with suppress(OSError):  # or it would listen on until `accept` returns
                listener.shutdown(socket.SHUT_RDWR)
            listener.close()

    def _accept(self) -> None:
        while self._is_open:
            listener = self._listener
            if listener is None or self._mode == "blackhole":
                time.sleep(_TURN_S)
                continue
            try:
                client, _ = listener.accept()
            except OSError:  # nobody came, or it was closed meanwhile
                continue
            self.connections += 1
            self._served.append(threading.Thread(target=self._serve, args=(client,), daemon=True))
            self._served[-1].start()

    def _serve(self, client: socket.socket) -> None:
        ends = [client]
        try:
            ends.append(self._connected())
            self._forward_all(*ends)
        except OSError:  # one of them went away: so does the other
            self._close(ends, reset=True)
        else:
            self._close(ends, reset=self._is_cut)

    def _connected(self) -> socket.socket:
        if isinstance(self._target, int):
            return socket.create_connection(("127.0.0.1", self._target))
        server = socket.socket(socket.AF_UNIX)
        server.connect(str(self._target))
        return server

    @property
    def _is_cut(self) -> bool:
        return self._mode in ("reset", "refuse")

    def _forward_all(self, client: socket.socket, server: socket.socket) -> None:
        """Forward both ways until one side is done or the connection is cut."""
        for end in (client, server):
            end.settimeout(_TURN_S)
        while self._is_open and not self._is_cut:
            if self._mode == "blackhole":
                time.sleep(_TURN_S)
                continue
            readable, _, _ = select.select((client, server), (), (), _TURN_S)
            for source in readable:
                received = source.recv(self._most_bytes())
                if not received:
                    return
                self._send(server if source is client else client, received)

    def _most_bytes(self) -> int:
        return (
            _READ_BYTES if self._bytes_per_s is None else max(1, int(self._bytes_per_s * _TURN_S))
        )

    def _send(self, sink: socket.socket, received: bytes) -> None:
        while received and self._is_open and not self._is_cut:
            if self._mode == "blackhole":
                time.sleep(_TURN_S)
                continue
            if self._bytes_per_s is not None:
                time.sleep(_TURN_S)
            try:
                received = received[sink.send(received) :]
            except TimeoutError:  # its buffer is full
                continue

    @staticmethod
    def _close(ends: list[socket.socket], *, reset: bool) -> None:
        for end in ends:
            if reset:
                end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET_ON_CLOSE)
            end.close()
