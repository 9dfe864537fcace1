"""Runs the Serve application until it is told to end, and says how many replicas answer."""

import logging
import time
import uuid
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from threading import Event
from typing import Final

from moodtrace.commands.orphans import without_orphans
from moodtrace.commands.serve_watch import ServeWatch
from moodtrace.commands.service import told_to_end
from moodtrace.health import Health, Watched, served
from workers.deployments import (
    agreement,
    application,
    cluster,
    deploy,
    gpus,
    owner,
    parts,
    replicas_running,
    undeploy,
)
from workers.ray_access import announcing, require_free
from workers.serve_options import ServeOptions

logger = logging.getLogger(__name__)

LOOK_S: Final = 1.0
ASK_S: Final = 5.0
"""How often a replica is asked whether it is still ours."""
PREDECESSOR_S: Final = 30.0


def run(
    options: ServeOptions,
    address: str | None,
    data_dir: Path,
    health_port: int,
    started: Callable[[int, str], None],
) -> None:
    """Serve until SIGTERM or Ctrl-C, or until another one took over; then end what was started.

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
        BusyError: another `moodtrace serve` runs on the data directory.
        CannotWriteError: the port is taken, or the data directory can't be written.
    """
    watch = ServeWatch(options.replicas, agreement if options.shadow else None)
    health = Health(Watched(unready=watch.unready))
    health.registry.register(watch)
    with ExitStack() as stack:
        port = stack.enter_context(served(health, health_port))
        announce = None if address else stack.enter_context(announcing(data_dir))
        stack.enter_context(without_orphans())
        found = stack.enter_context(cluster(address, data_dir))
        stop = stack.enter_context(told_to_end("Ending …"))  # after Ray took over the signals
        options.require_room(gpus())
        if address:
            require_free(data_dir, found)
        us = uuid.uuid4().hex
        deploy(application(parts(options), options, us), stop)
        if address:
            stack.callback(_take_away, us)
        # Who served on this cluster before ends once it sees that we took over.
        announce = announce or stack.enter_context(announcing(data_dir, PREDECESSOR_S))
        announce(found)
        if not stop.is_set():
            watch.look(replicas_running(), time.monotonic())
            started(port, found)
        _look_after(us, watch, stop)
        if not address:
            stop.wait()  # the cluster is ours, whoever serves on it


def _look_after(us: str, watch: ServeWatch, stop: Event) -> None:
    """Look at the replicas until told to end, or until somebody else's take their place."""
    asked_s = time.monotonic()
    while not stop.wait(LOOK_S):
        watch.look(replicas_running(), time.monotonic())
        if time.monotonic() >= asked_s + ASK_S:
            asked_s = time.monotonic()
            if _is_taken_over(us):
                logger.info("another `moodtrace serve` has taken over")
                return


def _is_taken_over(us: str) -> bool:
    return owner() not in (us, None)


def _take_away(us: str) -> None:
    """Leave nothing of ours on a cluster that goes on."""
    if not _is_taken_over(us):
        undeploy()
