"""What `moodtrace serve` says of its replicas and their shadow: in its log and in its metrics."""

import logging
from collections.abc import Callable, Iterator
from typing import Final

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from workers.shadow import Agreement

logger = logging.getLogger(__name__)

ASK_S: Final = 10.0
"""How often the shadow is asked."""
LOG_S: Final = 60.0
"""How often what it said is logged."""


class ServeWatch(Collector):
    """How many replicas answered, and how far the shadow agreed, when we looked last."""

    def __init__(self, wanted: int, agreement: Callable[[], Agreement | None] | None) -> None:
        """Look at nothing yet.

        Args:
            wanted: replicas there shall be.
            agreement: asks the shadow; None if there is none.
        """
        self._wanted = wanted
        self._ask = agreement
        self._running = 0
        self._agreement = Agreement()
        self._logged = Agreement()
        self._ask_s = self._log_s = 0.0

    def look(self, running: int, now_s: float) -> None:
        """Take note of how many replicas run, ask the shadow if it is time, and log what changed.

        Args:
            running: replicas that can be asked.
            now_s: on a clock that never goes back.
        """
        if running != self._running:
            fields = {"running": running, "before": self._running, "wanted": self._wanted}
            logger.info("replicas changed", extra={"fields": fields})
        self._running = running
        if self._ask and now_s >= self._ask_s + ASK_S:
            self._ask_s = now_s
            self._agreement = self._ask() or self._agreement
        if now_s >= self._log_s + LOG_S and self._agreement != self._logged:
            self._log_s = now_s
            self._log_agreement()

    def unready(self) -> str:
        """Say what is missing."""
        if self._running >= self._wanted:
            return ""
        return f"{self._running} of {self._wanted} replicas run"

    def collect(self) -> Iterator[Metric]:
        """Give out what was seen last."""
        yield GaugeMetricFamily(
            "moodtrace_replicas", "Copies of the networks that answer.", value=self._running
        )
        if not self._ask:
            return
        faces = CounterMetricFamily(
            "moodtrace_shadow_faces", "Faces that the shadow has read too.", labels=["verdict"]
        )
        faces.add_metric(["same"], self._agreement.agreed)
        faces.add_metric(["other"], self._agreement.faces - self._agreement.agreed)
        yield faces
        yield GaugeMetricFamily(
            "moodtrace_shadow_kappa_ratio",
            "Agreement of the shadow beyond chance (Cohen).",
            value=self._agreement.kappa,
        )
        yield CounterMetricFamily(
            "moodtrace_shadow_missed_frames",
            "Frames that the shadow had no time for.",
            value=self._agreement.missed_frames,
        )

    def _log_agreement(self) -> None:
        found = self._logged = self._agreement
        fields = {
            "faces": found.faces,
            "same": round(found.agreed / max(1, found.faces), 3),
            "kappa": round(found.kappa, 3),
            "missed_frames": found.missed_frames,
        }
        logger.info("shadow agrees", extra={"fields": fields})
