"""A small object store that speaks what a broker needs of S3; it lives as long as the test.

A broker with its data here can be killed at any moment and started again: it has acknowledged
nothing that is not stored. Requests are not authenticated.
"""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Lock, Thread
from typing import NamedTuple
from urllib.parse import parse_qs, unquote, urlsplit
from xml.sax.saxutils import escape


class _Object(NamedTuple):
    body: bytes
    etag: str


class ObjectStore(ThreadingHTTPServer):
    """All objects of all buckets, by path."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.objects: dict[str, _Object] = {}
        self.lock = Lock()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

    def handle_error(self, request: object, client_address: object) -> None:
        """Say nothing: a killed broker resets its connections."""


@contextmanager
def object_store() -> Iterator[ObjectStore]:
    """An empty store on a free port."""
    with ObjectStore() as store:
        thread = Thread(target=store.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        try:
            yield store
        finally:
            store.shutdown()
            thread.join()


class _Handler(BaseHTTPRequestHandler):
    server: ObjectStore
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # else every answer waits 40 ms for an acknowledgement
    wbufsize = -1

    def do_PUT(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        new = _Object(body, f'"{hashlib.md5(body, usedforsecurity=False).hexdigest()}"')
        with self.server.lock:
            old = self.server.objects.get(self.name)
            wanted = self.headers["If-Match"]
            if (wanted and (old is None or old.etag != wanted)) or (
                old and self.headers["If-None-Match"] == "*"
            ):
                return self._answer(HTTPStatus.PRECONDITION_FAILED)
            self.server.objects[self.name] = new
        return self._answer(HTTPStatus.OK, etag=new.etag)

    def do_GET(self) -> None:
        query = parse_qs(urlsplit(self.path).query)
        if "list-type" in query:
            return self._list(*query.get("prefix", [""]), *query.get("delimiter", [""]))
        with self.server.lock:
            found = self.server.objects.get(self.name)
        if found is None:
            return self._answer(HTTPStatus.NOT_FOUND, b"<Error><Code>NoSuchKey</Code></Error>")
        if self.headers["If-None-Match"] == found.etag:
            return self._answer(HTTPStatus.NOT_MODIFIED, etag=found.etag)
        return self._answer(HTTPStatus.OK, found.body, found.etag)

    def do_DELETE(self) -> None:
        with self.server.lock:
            self.server.objects.pop(self.name, None)
        self._answer(HTTPStatus.NO_CONTENT)

    do_HEAD = do_GET  # noqa: N815 (named by http.server)

    def log_message(self, format: str, *values: object) -> None:  # noqa: A002 (named by http.server)
        """Say nothing."""

    @property
    def name(self) -> str:
        return unquote(urlsplit(self.path).path)

    def _list(self, prefix: str, delimiter: str) -> None:
        start = f"{self.name.rstrip('/')}/"
        with self.server.lock:
            found = sorted(
                (name.removeprefix(start), stored)
                for name, stored in self.server.objects.items()
                if name.startswith(start + prefix)
            )
        entries, folders = [], set[str]()
        for name, stored in found:
            head, mark, _ = name[len(prefix) :].partition(delimiter or "\0")
            if mark:
                folders.add(prefix + head + mark)
                continue
            entries.append(
                f"<Contents><Key>{escape(name)}</Key><Size>{len(stored.body)}</Size>"
                f"<LastModified>2026-01-01T00:00:00Z</LastModified>"
                f"<ETag>{escape(stored.etag)}</ETag></Contents>"
            )
        for folder in sorted(folders):
            entries.append(f"<CommonPrefixes><Prefix>{escape(folder)}</Prefix></CommonPrefixes>")
        listing = "".join(entries)
        body = f"<ListBucketResult><IsTruncated>false</IsTruncated>{listing}</ListBucketResult>"
        self._answer(HTTPStatus.OK, body.encode())

    def _answer(self, status: HTTPStatus, body: bytes = b"", etag: str = "") -> None:
        self.send_response(status)
        if etag:
            self.send_header("ETag", etag)
            self.send_header("Last-Modified", "Thu, 01 Jan 2026 00:00:00 GMT")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)
