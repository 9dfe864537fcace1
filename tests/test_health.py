import urllib.error
import urllib.request
from collections.abc import Mapping

import pytest

from moodtrace.cameras import CameraStatus
from moodtrace.errors import CannotWriteError, ServerAwayError, UnknownScreeningError
from moodtrace.health import Health, Watched, served
from moodtrace.ledger import CameraLedger, Ledger

LEDGER = {"front": CameraLedger(captured=7, analysed=5, dropped={"overload": 2})}
FRONT = CameraStatus(name="front", state="live", since_ms=0, reconnects_per_hour=3)


def ask(port: int, path: str, token: str = "", body: str | None = None) -> tuple[int, str]:
    request = urllib.request.Request(
        f"http://127.0.0.1:{port}{path}",
        headers={"Authorization": f"Bearer {token}"} if token else {},
        data=None if body is None else body.encode(),
    )
    try:
        with urllib.request.urlopen(request, timeout=5) as answer:  # noqa: S310
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read().decode()


def test_metrics_are_read_when_they_are_asked_for() -> None:
    watched = Watched(
        ledger=lambda: LEDGER,
        beside=lambda: {"front": {"not_shown": 3}},
        cameras=lambda: [FRONT],
        queues=lambda: {"frames": 4},
    )
    health = Health(watched)
    health.latency.labels(stage="infer").observe(0.3)
    with served(health, 0) as port:
        status, text = ask(port, "/metrics")

    assert status == 200
    assert 'moodtrace_frames_total{camera="front",outcome="captured"} 7.0' in text
    assert 'moodtrace_frames_total{camera="front",outcome="dropped:overload"} 2.0' in text
    assert 'moodtrace_frames_total{camera="front",outcome="not_shown"} 3.0' in text
    assert 'moodtrace_camera_up{camera="front"} 1.0' in text
    assert 'moodtrace_queue_depth{stage="frames"} 4.0' in text
    assert 'moodtrace_stage_latency_seconds_count{stage="infer"} 1.0' in text
    assert "moodtrace_freshness_seconds" not in text  # nothing is shown


def test_while_the_store_is_away_the_ledger_stays_as_it_was() -> None:
    ledgers = iter([LEDGER])

    def ledger() -> Ledger:
        if found := next(ledgers, None):
            return found
        raise ServerAwayError("away", where="", try_this="")

    with served(Health(Watched(ledger=ledger)), 0) as port:
        for _ in range(2):
            text = ask(port, "/metrics")[1]
            assert 'moodtrace_frames_total{camera="front",outcome="captured"} 7.0' in text


def test_a_process_may_be_alive_and_not_ready() -> None:
    with served(Health(Watched(unready=lambda: "the store is away")), 0) as port:
        assert ask(port, "/healthz") == (200, "ok\n")
        assert ask(port, "/readyz") == (503, "the store is away\n")
        assert ask(port, "/else")[0] == 404


def test_controls_want_the_token() -> None:
    calls: list[tuple[str, str, Mapping[str, str]]] = []

    def control(screening_id: str, verb: str, options: Mapping[str, str]) -> None:
        if screening_id != "spring":
            raise UnknownScreeningError(screening_id)
        calls.append((screening_id, verb, options))

    with served(Health(Watched()), 0, control=control, token="t0ken") as port:  # noqa: S106
        path = "/screenings/spring/seek"
        assert ask(port, path, body="{}")[0] == 401
        assert ask(port, path, "wrong", body="{}")[0] == 401
        assert ask(port, path, "t0ken", body='{"to": "0:30"}') == (200, "ok\n")
        assert ask(port, "/screenings/other/play", "t0ken", body="")[0] == 400
        assert ask(port, path, "t0ken", body="[")[0] == 400
        assert ask(port, path, "t0ken", body=" " * 5000)[0] == 400

    assert calls == [("spring", "seek", {"to": "0:30"})]


def test_without_a_token_nothing_can_be_posted() -> None:
    with served(Health(Watched()), 0, control=lambda *_: None) as port:
        assert ask(port, "/screenings/spring/play", body="")[0] == 401


def test_a_port_that_is_taken_is_said() -> None:
    with (
        served(Health(Watched()), 0) as port,
        pytest.raises(CannotWriteError),
        served(Health(Watched()), port),
    ):
        pass
