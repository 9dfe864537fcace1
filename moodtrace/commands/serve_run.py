"""Runs the Serve application until it is told to end, and says how many replicas answer."""

import logging
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Final

from moodtrace.commands.orphans import without_orphans
from moodtrace.commands.service import told_to_end
from moodtrace.health import Health, Watched, served
from workers.deployments import (
    ServeOptions,
    build,
    cluster,
    deploy,
    replicas_running,
    require_room,
    undeploy,
)

logger = logging.getLogger(__name__)

LOOK_S: Final = 1.0


class _Replicas:
    """How many replicas answered when we looked last."""

    def __init__(self, wanted: int) -> None:
        self._wanted = wanted
        self._running = 0

    def look(self) -> None:
        """Ask again, and log what changed."""
        running = replicas_running()
        if running != self._running:
            fields = {"running": running, "before": self._running, "wanted": self._wanted}
            logger.info("replicas changed", extra={"fields": fields})
        self._running = running

    def unready(self) -> str:
        """Say what is missing."""
        if self._running >= self._wanted:
            return ""
        return f"{self._running} of {self._wanted} replicas run"


def run(
    options: ServeOptions,
    address: str | None,
    data_dir: Path,
    health_port: int,
    started: Callable[[int, str], None],
) -> None:
    """Serve until SIGTERM or Ctrl-C; then end what was started.

    Args:
        options: of the application.
        address: of a cluster to join; None starts one.
        data_dir: where the token and the address lie.
        health_port: for health, ready when all replicas run.
        started: called with the port of health and the cluster's address once they do.

    Raises:
        ConfigurationError: the cluster has too few GPUs, or the replicas can't start.
        ServerAwayError: the cluster does not answer, or ended.
        NotAllowedError: it refuses the token, or there is none.
        CannotWriteError: the port is taken, or the data directory can't be written.
    """
    replicas = _Replicas(options.replicas)
    with ExitStack() as stack:
        port = stack.enter_context(served(Health(Watched(unready=replicas.unready)), health_port))
        stack.enter_context(without_orphans())
        found = stack.enter_context(cluster(address, data_dir))
        stop = stack.enter_context(told_to_end("Ending …"))  # after Ray took over the signals
        require_room(options)
        if address:
            stack.callback(undeploy)
        deploy(build(options), stop)
        if not stop.is_set():
            replicas.look()
            started(port, found)
        while not stop.wait(LOOK_S):
            replicas.look()
