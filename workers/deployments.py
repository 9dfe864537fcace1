"""The Serve application, replicas of `FaceAnalyzer`, and how to reach it: all that knows Ray.

`workers/__init__.py` says what Ray is told before it is imported.
"""

import logging
import os
import socket
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from threading import Event
from typing import Final, NamedTuple

import cv2
import ray
from pydantic import BaseModel, ConfigDict, Field
from ray import serve
from ray.exceptions import AuthenticationError, RayError
from ray.serve.config import AutoscalingConfig
from ray.serve.exceptions import RayServeException
from ray.serve.handle import DeploymentHandle, DeploymentResponse
from ray.serve.schema import ApplicationStatus

from models.registry import YUNET
from models.weights import folders_of
from moodtrace.errors import ConfigurationError, MoodtraceError, NotAllowedError, ServerAwayError
from moodtrace.settings import AnalysisSettings, load_analysis_settings, load_settings
from workers.analyzer import Analyzer, Timed
from workers.face_analyzer import FaceAnalyzer, OpenAnalyzer, Reply
from workers.infer import MAX_BATCH_FRAMES, batch_frames
from workers.networks import Identity, pulled, pulled_detector
from workers.ray_access import announced_address, announcing, make_token, show_token
from workers.serve_client import BatchLostError, Call

APPLICATION: Final = "moodtrace"
OBJECT_STORE_BYTES: Final = 256 << 20
"""Ten batches of 16 raw frames at the analysis size."""
CPU_SHARE: Final = 0.1
"""What a replica reserves, so that none is put on a machine that offers no CPU. It is by their
threads, not by what they reserve, that replicas leave each other room."""
START_S: Final = 120.0
JOIN_S: Final = 5
POLL_S: Final = 0.2


class ServeOptions(BaseModel):
    """What the application is made of; in a `serve.yaml` these are its `args`."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    detector: str = YUNET.id
    replicas: int = Field(default=1, ge=1)
    max_replicas: int | None = Field(
        default=None, ge=1, description="more replicas while batches wait"
    )
    gpus: float = Field(default=0, ge=0, description="share of a GPU that each replica runs on")

    @property
    def most_replicas(self) -> int:
        """How many replicas there may be."""
        return max(self.replicas, self.max_replicas or 0)


class Service(NamedTuple):
    """An application that answers."""

    call: Call
    identity: Identity


def build(options: ServeOptions) -> serve.Application:
    """Describe the application, for `moodtrace serve` and `serve run workers.deployments:build`.

    Raises:
        ConfigurationError: a setting or the weights are wrong.
        ServerAwayError: weights are missing and can't be fetched.
    """
    settings, analysis = load_settings(), load_analysis_settings().with_gpu(options.gpus)
    folders = folders_of(settings.weights_dir, settings.data_dir)
    networks = pulled(pulled_detector(options.detector, folders), analysis, folders)
    threads = max(1, int(ray.cluster_resources().get("CPU", 1)) // options.most_replicas)
    opened = partial(open_analyzer, options.detector, analysis, threads)
    identity = networks.identity(analysis)
    return application(opened, identity, options, max_frames=batch_frames(analysis.tiles))


def open_analyzer(
    detector: str, analysis: AnalysisSettings, threads: int, timed: Timed
) -> Analyzer:
    """Load the networks in a replica, from the weights of the machine that it runs on."""
    cv2.setNumThreads(threads)
    settings = load_settings()
    folders = folders_of(settings.weights_dir, settings.data_dir)
    networks = pulled(pulled_detector(detector, folders), analysis, folders)
    return networks.analyzer(analysis, threads=threads, timed=timed)


def application(
    open_analyzer: OpenAnalyzer,
    identity: Identity,
    options: ServeOptions,
    *,
    max_frames: int = MAX_BATCH_FRAMES,
) -> serve.Application:
    """Describe the application of any analyzer.

    A replica has one batch at a time, so that what is lost with it is known; the next one comes
    within milliseconds.
    """
    scaling = AutoscalingConfig(
        min_replicas=options.replicas,
        max_replicas=options.most_replicas,
        target_ongoing_requests=1,
        upscale_delay_s=5,
        downscale_delay_s=60,
    )
    deployment = serve.deployment(
        name=FaceAnalyzer.__name__,
        num_replicas=options.replicas if options.max_replicas is None else None,
        autoscaling_config=None if options.max_replicas is None else scaling,
        ray_actor_options={"num_cpus": CPU_SHARE, "num_gpus": options.gpus},
        max_ongoing_requests=1,
        max_constructor_retry_count=3,
        health_check_period_s=2,
        health_check_timeout_s=5,
        graceful_shutdown_timeout_s=1,
    )
    return deployment(FaceAnalyzer).bind(open_analyzer, identity, max_frames)


@contextmanager
def cluster(address: str | None, data_dir: Path) -> Iterator[str]:
    """Start Ray on this machine, or join it where it runs; Ray takes over SIGTERM.

    Args:
        address: of the cluster to join, `HOST:PORT`; None starts one.
        data_dir: where the token lies, and meanwhile the address: see `workers.ray_access`.

    Yields:
        The address.

    Raises:
        ServerAwayError: the cluster does not answer, or Ray does not start.
        NotAllowedError: there is no token, or it is refused.
        BusyError: another `moodtrace serve` runs on the data directory.
        CannotWriteError: the data directory can't be written.
    """
    with (
        announcing(data_dir) as announce,
        joined(address, data_dir) if address else _started(data_dir),
    ):
        found = ray.get_runtime_context().gcs_address
        announce(found)
        yield found


@contextmanager
def joined(address: str | None, data_dir: Path) -> Iterator[None]:
    """Be part of a cluster while the block runs; Ray takes over SIGTERM.

    Args:
        address: `HOST:PORT`; None for that of the `moodtrace serve` of this data directory.
        data_dir: see `cluster`, as for what is raised.
    """
    _log_as_we_do()
    show_token(data_dir)
    address = address or announced_address(data_dir)
    # Ray tries 20 times, which whoever is refused need not wait for.
    os.environ.setdefault("RAY_gcs_server_port_wait_time_s", "2")
    try:
        _require_listener(address)
        ray.init(address=address, log_to_driver=False, logging_level=logging.ERROR)
    except (OSError, ValueError) as error:
        ray.shutdown()
        raise _not_joined(error, address) from error
    try:
        yield
    finally:
        ray.shutdown()


def require_room(options: ServeOptions) -> None:
    """Refuse shares of GPUs that the cluster does not have: Serve would wait for them for ever.

    Raises:
        ConfigurationError: there are too few GPUs.
    """
    gpus = int(ray.cluster_resources().get("GPU", 0))
    if not options.gpus:
        return
    room = gpus * int(1 / options.gpus) if options.gpus <= 1 else gpus // int(options.gpus)
    if room < options.most_replicas:
        raise ConfigurationError(
            f"the cluster has too few GPUs: {gpus}",
            where=f"room for {room} of {options.most_replicas} replicas with {options.gpus:g} each",
            try_this="fewer --replicas, a smaller share of --gpus, or none",
        )


def deploy(application: serve.Application, stop: Event, name: str = APPLICATION) -> None:
    """Run an application, and wait until its replicas answer or `stop` is set.

    Raises:
        ConfigurationError: the replicas can't start.
        ServerAwayError: they don't, in two minutes.
    """
    serve.start(proxy_location="Disabled")
    target = serve.RunTarget(application, name=name, route_prefix=None)
    serve.run_many([target], wait_for_applications_running=False)
    deadline_s = time.monotonic() + START_S
    while (state := serve.status().applications[name]).status != ApplicationStatus.RUNNING:
        if state.status in (ApplicationStatus.DEPLOY_FAILED, ApplicationStatus.UNHEALTHY):
            raise ConfigurationError(
                f"the replicas can't start: {state.message.strip().splitlines()[-1]}",
                where=f"Serve application {name!r}",
                try_this="run `moodtrace doctor` on the machines of the cluster",
            )
        if time.monotonic() > deadline_s:
            raise ServerAwayError(
                f"no replica runs after {START_S:.0f} s",
                where=f"Serve application {name!r}: {state.message or state.status.value}",
                try_this="see with `ray status` whether the cluster has room",
            )
        if stop.wait(POLL_S):
            return


def undeploy(name: str = APPLICATION) -> None:
    """Take an application from a cluster that goes on without it."""
    with suppress(RayError, RayServeException):
        serve.delete(name, _blocking=False)


def replicas_running(name: str = APPLICATION) -> int:
    """Return how many replicas can be asked.

    Raises:
        ServerAwayError: the cluster does not answer any more.
    """
    try:
        deployment = serve.status().applications[name].deployments[FaceAnalyzer.__name__]
    except (RayError, RayServeException, KeyError) as error:
        raise ServerAwayError(
            "Ray ended, or somebody deleted the application",
            where=f"Serve application {name!r}",
            try_this="start `moodtrace serve` again",
        ) from error
    return sum(n for state, n in deployment.replica_states.items() if state == "RUNNING")


def service(*, deadline_s: float, patience_s: float, name: str = APPLICATION) -> Service:
    """Return what asks the replicas of a cluster that this process has joined.

    Args:
        deadline_s: how long one replica may take for a batch before another is asked.
        patience_s: how long to wait for a replica that is free.
        name: of the application.

    Raises:
        ServerAwayError: the application does not run, or no replica of it.
    """
    try:
        handle = serve.get_app_handle(name)
        identity: Identity = handle.identity.remote().result(timeout_s=patience_s)
    except (RayError, RayServeException, TimeoutError) as error:
        raise _nobody(name) from error
    return Service(_Caller(handle, deadline_s, patience_s, name), identity)


@dataclass(frozen=True)
class _Caller:
    """Has batches analysed; see `workers.serve_client.Call` and `service`."""

    handle: DeploymentHandle[Reply]
    deadline_s: float
    patience_s: float
    name: str

    def __call__(self, frames: Sequence[bytes]) -> Reply:
        """Ask one replica; one that is not done in time is not told, lest it seem free."""
        try:
            return ray.get(self._assigned(frames), timeout=self.deadline_s)
        except RayError as error:
            raise BatchLostError(f"{type(error).__name__}: {error}".splitlines()[0]) from error

    def _assigned(self, frames: Sequence[bytes]) -> ray.ObjectRef[Reply]:
        """Wait for a replica that takes the batch.

        One that is stopped neither takes nor refuses it, so after a while another is asked.
        """
        until_s = time.monotonic() + self.patience_s
        while True:
            response = self.handle.remote(frames)
            assert isinstance(response, DeploymentResponse)
            try:
                return response._to_object_ref_sync(self.deadline_s)
            except TimeoutError:
                response.cancel()
                if time.monotonic() > until_s:
                    raise _nobody(self.name) from None
            except RayServeException as error:
                raise _nobody(self.name) from error


def _require_listener(address: str) -> None:
    """Raise what is wrong with an address that nobody answers at; Ray would take minutes for it."""
    host, _, port = address.rpartition(":")
    if not (host and port.isdecimal()):
        raise ValueError("an address is HOST:PORT")
    socket.create_connection((host, int(port)), JOIN_S).close()


def _log_as_we_do() -> None:
    """Have Serve log warnings through the root logger; it has set up a logger of its own."""
    its = logging.getLogger("ray.serve")
    its.handlers.clear()
    its.propagate = True
    its.setLevel(logging.WARNING)


def _nobody(name: str) -> ServerAwayError:
    return ServerAwayError(
        "no replica takes batches",
        where=f"Serve application {name!r}",
        try_this="start `moodtrace serve`, or see on its health port how it fares",
    )


@contextmanager
def _started(data_dir: Path) -> Iterator[None]:
    """Run a cluster of this machine alone, which never spills a picture to disk."""
    _log_as_we_do()
    make_token(data_dir)
    show_token(data_dir)
    with tempfile.TemporaryDirectory(prefix="mt-", ignore_cleanup_errors=True) as folder:
        try:
            ray.init(
                address="local",
                include_dashboard=False,
                log_to_driver=False,
                logging_level=logging.ERROR,
                object_store_memory=OBJECT_STORE_BYTES,
                _temp_dir=folder,  # of Ray's sockets, 66 bytes deeper in paths that end at 107
                _system_config={"automatic_object_spilling_enabled": False},
            )
            yield
        finally:
            ray.shutdown()


def _not_joined(error: Exception, address: str) -> MoodtraceError:
    if AuthenticationError.__name__ in str(error.__cause__):
        return NotAllowedError(
            "the Ray cluster refuses the token",
            where=address,
            try_this="copy the cluster's token: docs/how-to/scale-out.md",
        )
    return ServerAwayError(
        f"the Ray cluster can't be joined: {error}".splitlines()[0],
        where=address,
        try_this="check the address; a raylet of the cluster has to run on this machine, too",
    )
