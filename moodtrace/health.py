"""How a process fares, over HTTP on loopback: `/metrics`, `/healthz`, `/readyz`, and its controls.

Metrics are named `moodtrace_…` with a unit, and have no labels but camera, outcome, stage and
reason, so that there is a bounded number of them. What is counted elsewhere is read when it is
asked for.
"""

import hmac
import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Final
from urllib.parse import unquote

from prometheus_client import CollectorRegistry, Histogram, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from moodtrace.cameras import CameraStatus
from moodtrace.errors import CannotWriteError, MoodtraceError
from moodtrace.ledger import Ledger

LATENCIES_S: Final = (0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10)
MAX_BODY_BYTES: Final = 4096

Control = Callable[[str, str, Mapping[str, str]], None]
"""Screening id, verb and options; raises what is wrong with them."""


@dataclass(frozen=True)
class Watched:
    """What a process shows of itself; each is asked for when somebody looks."""

    ledger: Callable[[], Ledger] = dict
    """Frames by camera, over all screenings of this process."""
    beside: Callable[[], Mapping[str, Mapping[str, int]]] = dict
    """Frames by camera and outcome that are in no ledger."""
    cameras: Callable[[], Iterable[CameraStatus]] = tuple
    queues: Callable[[], Mapping[str, int]] = dict
    """Items that wait, by stage."""
    batches: Callable[[], int | None] = lambda: None
    """Batches that are being analysed; None where none ever is."""
    dead_letters: Callable[[], Mapping[str, int]] = dict
    """Messages that were put aside, by reason."""
    freshness_s: Callable[[], float | None] = lambda: None
    """Age of the newest row; None while nothing is shown."""
    unreadable: Callable[[], int] = lambda: 0
    """Records in the store that could not be read, and were left out."""
    unready: Callable[[], str] = lambda: ""
    """Why the process can't do its work now; empty if it can."""


@dataclass(frozen=True)
class Health:
    """The metrics of one process."""

    watched: Watched
    registry: CollectorRegistry = field(default_factory=CollectorRegistry)
    latency: Histogram = field(init=False)
    """Seconds that a stage took for a batch, by stage; `age` is of a frame since its capture."""

    def __post_init__(self) -> None:
        latency = Histogram(
            "moodtrace_stage_latency_seconds",
            "Time that a stage took for a batch.",
            ["stage"],
            buckets=LATENCIES_S,
            registry=self.registry,
        )
        object.__setattr__(self, "latency", latency)
        self.registry.register(_Snapshot(self.watched))


class _Snapshot(Collector):
    """Turns what is watched into metrics at the moment of asking."""

    def __init__(self, watched: Watched) -> None:
        self._watched = watched
        self._known: Ledger = {}

    def collect(self) -> Iterator[Metric]:
        yield _frames(self._ledger(), self._watched.beside())
        yield from _cameras(list(self._watched.cameras()))
        depth = GaugeMetricFamily(
            "moodtrace_queue_depth", "Items that wait for a stage.", labels=["stage"]
        )
        for stage, items in self._watched.queues().items():
            depth.add_metric([stage], items)
        yield depth
        batches = self._watched.batches()
        if batches is not None:
            yield GaugeMetricFamily(
                "moodtrace_batches_in_flight", "Batches being analysed.", value=batches
            )
        letters = CounterMetricFamily(
            "moodtrace_dead_letters", "Messages put aside, by reason.", labels=["reason"]
        )
        for reason, number in self._watched.dead_letters().items():
            letters.add_metric([reason], number)
        yield letters
        yield GaugeMetricFamily(
            "moodtrace_unreadable_records",
            "Records in the store that can't be read.",
            value=self._watched.unreadable(),
        )
        with suppress(MoodtraceError):
            freshness_s = self._watched.freshness_s()
            if freshness_s is not None:
                yield GaugeMetricFamily(
                    "moodtrace_freshness_seconds", "Age of the newest row.", value=freshness_s
                )

    def _ledger(self) -> Ledger:
        """Return the newest that is known: while the store is away, that of before."""
        with suppress(MoodtraceError):
            self._known = self._watched.ledger()
        return self._known


def _frames(ledger: Ledger, beside: Mapping[str, Mapping[str, int]]) -> Metric:
    frames = CounterMetricFamily(
        "moodtrace_frames", "Frames by what became of them.", labels=["camera", "outcome"]
    )
    for camera, counts in ledger.items():
        outcomes = {"captured": counts.captured, "analysed": counts.analysed}
        outcomes |= {f"dropped:{reason}": number for reason, number in counts.dropped.items()}
        outcomes |= {f"failed:{reason}": number for reason, number in counts.failed.items()}
        for outcome, number in outcomes.items():
            frames.add_metric([camera, outcome], number)
    for camera, others in beside.items():
        for outcome, number in others.items():
            frames.add_metric([camera, outcome], number)
    return frames


def _cameras(statuses: list[CameraStatus]) -> Iterator[Metric]:
    up = GaugeMetricFamily("moodtrace_camera_up", "1 if frames come.", labels=["camera"])
    again = GaugeMetricFamily(
        "moodtrace_reconnects_per_hour", "Reconnects in the last hour.", labels=["camera"]
    )
    for status in statuses:
        up.add_metric([status.name], status.state == "live")
        again.add_metric([status.name], status.reconnects_per_hour)
    yield up
    yield again


@contextmanager
def served(
    health: Health, port: int, *, control: Control | None = None, token: str = ""
) -> Iterator[int]:
    """Serve on loopback while the block runs.

    Args:
        health: what to show.
        port: 0 for any that is free.
        control: carries out `POST /screenings/ID/VERB`; None: nothing can be posted.
        token: what a caller has to send as `Authorization: Bearer …`.

    Yields:
        The port.

    Raises:
        CannotWriteError: the port is taken.
    """
    known = {"health": health, "control": control and staticmethod(control), "token": token}
    handler = type("Handler", (_Handler,), known)
    try:
        server = ThreadingHTTPServer(("127.0.0.1", port), handler)
    except OSError as error:
        raise CannotWriteError(
            f"the health port can't be used: {error.strerror}",
            where=f"127.0.0.1:{port}",
            try_this="is it running already? else name another with --health-port",
        ) from error
    server.daemon_threads = True
    thread = Thread(target=server.serve_forever, args=(0.1,), name="health", daemon=True)
    thread.start()
    try:
        yield server.server_address[1]
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class _Handler(BaseHTTPRequestHandler):
    """Answers one request; `served` gives it what it needs."""

    health: Health
    control: Control | None
    token: str
    timeout = 5

    def do_GET(self) -> None:
        """Answer `/metrics`, `/healthz` and `/readyz`."""
        unready = self.health.watched.unready()
        match self.path:
            case "/metrics":
                self._answer(HTTPStatus.OK, generate_latest(self.health.registry).decode())
            case "/healthz":
                self._answer(HTTPStatus.OK, "ok\n")
            case "/readyz" if unready:
                self._answer(HTTPStatus.SERVICE_UNAVAILABLE, f"{unready}\n")
            case "/readyz":
                self._answer(HTTPStatus.OK, "ok\n")
            case _:
                self._answer(HTTPStatus.NOT_FOUND, "there is /metrics, /healthz and /readyz\n")

    def do_POST(self) -> None:
        """Carry out `/screenings/ID/VERB`, with options as a JSON object of strings."""
        if not self._is_allowed():
            self._answer(HTTPStatus.UNAUTHORIZED, "a bearer token is needed\n")
            return
        parts = [unquote(part) for part in self.path.strip("/").split("/")]
        if self.control is None or len(parts) != 3 or parts[0] != "screenings":
            self._answer(HTTPStatus.NOT_FOUND, "there is POST /screenings/ID/play|pause|seek\n")
            return
        try:
            self.control(parts[1], parts[2], self._options())
        except MoodtraceError as error:
            self._answer(HTTPStatus.BAD_REQUEST, "\n".join(error.lines()) + "\n")
        except ValueError as error:
            self._answer(HTTPStatus.BAD_REQUEST, f"{error}\n")
        else:
            self._answer(HTTPStatus.OK, "ok\n")

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Log nothing: who asks how a process fares is no event."""

    def _is_allowed(self) -> bool:
        given = self.headers.get("Authorization", "")
        return bool(self.token) and hmac.compare_digest(
            given.encode("latin-1", "replace"), f"Bearer {self.token}".encode()
        )

    def _options(self) -> Mapping[str, str]:
        length = int(self.headers.get("Content-Length") or 0)
        if not length:
            return {}
        if not 0 < length <= MAX_BODY_BYTES:
            raise ValueError(f"at most {MAX_BODY_BYTES} bytes of options")
        options = json.loads(self.rfile.read(length))
        if not isinstance(options, dict):
            raise ValueError("options are a JSON object")
        return {str(name): str(value) for name, value in options.items()}

    def _answer(self, status: HTTPStatus, text: str) -> None:
        body = text.encode()
        self.send_response(status)
        self.send_header("Content-Type", "text/plain; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
