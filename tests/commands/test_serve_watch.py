import logging

import pytest
from prometheus_client import CollectorRegistry, generate_latest

from moodtrace.commands.serve_watch import ServeWatch
from workers.shadow import Agreement


def test_replicas_and_the_shadow_are_in_the_metrics_and_the_log(
    caplog: pytest.LogCaptureFixture,
) -> None:
    said = [Agreement(40, 30, 0.5, 7), None, Agreement(100, 80, 0.6, 9)]
    watch = ServeWatch(2, said.pop)
    registry = CollectorRegistry()
    registry.register(watch)

    with caplog.at_level(logging.INFO):
        watch.look(2, 1_000)
        watch.look(2, 1_005)  # too soon to ask the shadow again
        assert watch.unready() == ""
        watch.look(1, 1_012)  # and now it does not answer

    lines = generate_latest(registry).decode().splitlines()
    assert "moodtrace_replicas 1.0" in lines
    assert 'moodtrace_shadow_faces_total{verdict="same"} 80.0' in lines
    assert 'moodtrace_shadow_faces_total{verdict="other"} 20.0' in lines
    assert "moodtrace_shadow_kappa_ratio 0.6" in lines
    assert "moodtrace_shadow_missed_frames_total 9.0" in lines
    assert watch.unready() == "1 of 2 replicas run"
    agreed = [record for record in caplog.records if record.message == "shadow agrees"]
    assert [record.fields["same"] for record in agreed] == [0.8]  # type: ignore[attr-defined]


def test_without_a_shadow_nothing_is_said_of_one() -> None:
    watch = ServeWatch(1, None)
    registry = CollectorRegistry()
    registry.register(watch)
    watch.look(1, 1_000)

    assert b"shadow" not in generate_latest(registry)
