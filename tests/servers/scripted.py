"""An RTSP server that follows a script, for cameras that misbehave in ways no real one can be told.

It answers the methods that it knows and is silent after the first one that it does not know.
"""

import socket
import ssl
import threading
from collections.abc import Mapping
from typing import Self

_TURN_S = 0.05
_TLS_HANDSHAKE = b"\x16"

Answers = Mapping[str, tuple[str, str]]
"""For each RTSP method the status line and what follows it."""


def description(rtpmap: str = "H264/90000", media: str = "video") -> tuple[str, str]:
    """An answer to DESCRIBE."""
    session = "v=0\r\no=- 0 0 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\n"
    body = f"{session}m={media} 0 RTP/AVP 96\r\na=rtpmap:96 {rtpmap}\r\na=control:track\r\n"
    head = f"Content-Type: application/sdp\r\nContent-Length: {len(body)}\r\n"
    return "200 OK", f"{head}\r\n{body}"


OPTIONS = {"OPTIONS": ("200 OK", "Public: DESCRIBE, SETUP, PLAY\r\n\r\n")}
DESCRIBED: Answers = {**OPTIONS, "DESCRIBE": description()}
PLAYING: Answers = {
    **DESCRIBED,
    "SETUP": ("200 OK", "Transport: RTP/AVP/TCP;unicast;interleaved=0-1\r\nSession: 1\r\n\r\n"),
    "PLAY": ("200 OK", "Session: 1\r\n\r\n"),
}


class ScriptedServer:
    """Listens on a free port of loopback; use it inside a `with` block."""

    def __init__(
        self, answers: Answers, context: ssl.SSLContext | None = None, greeting: bytes = b""
    ) -> None:
        """Serve `answers`, over TLS if a context is given; say `greeting` before all else."""
        self._answers = answers
        self._greeting = greeting
        self._context = context
        self._is_open = True
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._listener.settimeout(_TURN_S)
        self.port: int = self._listener.getsockname()[1]
        self.connections = 0
        self.requests: list[str] = []
        """Methods, in order."""
        self._threads = [threading.Thread(target=self._accept, daemon=True)]
        self._threads[0].start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._is_open = False
        for thread in self._threads:
            thread.join()
        self._listener.close()

    def _accept(self) -> None:
        while self._is_open:
            try:
                client, _ = self._listener.accept()
            except TimeoutError:
                continue
            self.connections += 1
            self._threads.append(threading.Thread(target=self._serve, args=(client,), daemon=True))
            self._threads[-1].start()

    def _serve(self, plain: socket.socket) -> None:
        client = plain
        try:
            if self._context is not None:
                plain.settimeout(5)
                client = self._context.wrap_socket(plain, server_side=True)
            client.settimeout(_TURN_S)
            client.sendall(self._greeting)
            self._talk(client)
        except OSError:  # the client is gone, or does not trust us
            pass
        finally:
            client.close()

    def _talk(self, client: socket.socket) -> None:
        received = b""
        while self._is_open:
            try:
                came = client.recv(4096)
            except TimeoutError:
                continue
            if not came:
                return
            received += came
            if received.startswith(_TLS_HANDSHAKE):
                client.sendall(b"RTSP/1.0 400 Bad Request\r\n\r\n")
                return
            while b"\r\n\r\n" in received:
                request, _, received = received.partition(b"\r\n\r\n")
                self._answer(client, request.decode())

    def _answer(self, client: socket.socket, request: str) -> None:
        method = request.split()[0]
        self.requests.append(method)
        if method not in self._answers:
            return
        sequence = next(line for line in request.split("\r\n") if line.startswith("CSeq:"))
        status, rest = self._answers[method]
        client.sendall(f"RTSP/1.0 {status}\r\n{sequence}\r\n{rest}".encode())
