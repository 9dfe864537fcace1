"""A web server of motion JPEG and of files, on loopback."""

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

BOUNDARY = "frame"


class _Handler(SimpleHTTPRequestHandler):
    """Answers `/video.mjpg` with pictures, one every tenth of a second, anything else by files."""

    def __init__(self, *arguments: object, pictures: Sequence[bytes], directory: str) -> None:
        self._pictures = pictures
        super().__init__(*arguments, directory=directory)  # type: ignore[arg-type]

    def do_GET(self) -> None:
        if self.path != "/video.mjpg":
            super().do_GET()
            return
        self.send_response(200)
        self.send_header("Content-Type", f"multipart/x-mixed-replace; boundary={BOUNDARY}")
        self.end_headers()
        for picture in self._pictures:
            head = f"--{BOUNDARY}\r\nContent-Type: image/jpeg\r\nContent-Length: {len(picture)}"
            self.wfile.write(f"{head}\r\n\r\n".encode() + picture + b"\r\n")
            self._waited.wait(0.1)

    _waited = threading.Event()

    def log_message(self, *arguments: object) -> None:
        """Say nothing."""


@contextmanager
def http_server(folder: Path, pictures: Sequence[bytes] = ()) -> Iterator[str]:
    """Give the address of a server; the stream ends after the last of the JPEG pictures."""
    handler = partial(_Handler, pictures=pictures, directory=str(folder))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        serving = threading.Thread(target=server.serve_forever, args=(0.05,))
        serving.start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()
        serving.join()
