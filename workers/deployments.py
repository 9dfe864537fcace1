"""The Serve application, replicas of `FaceAnalyzer`, and how to reach it: all that knows Ray.

`workers/__init__.py` says what Ray is told before it is imported.
"""

import logging
import os
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from threading import Event
from typing import Final, NamedTuple

import ray
from ray import serve
from ray.exceptions import RayError
from ray.serve.config import AutoscalingConfig, AutoscalingPolicy
from ray.serve.exceptions import RayServeException
from ray.serve.handle import DeploymentHandle, DeploymentResponse
from ray.serve.schema import ApplicationStatus

from workers import scaling
from workers.face_analyzer import FaceAnalyzer, Reply
from workers.identity import Identity
from workers.ray_access import (
    announced_address,
    cannot_start,
    gone,
    log_as_we_do,
    make_token,
    nobody_answers,
    not_joined,
    not_started,
    require_listener,
    show_token,
)
from workers.replica_networks import Parts, described
from workers.scaling import Waiting
from workers.serve_client import BatchLostError, Call
from workers.serve_options import APPLICATION, ServeOptions
from workers.shadow import Agreement, Shadow

OBJECT_STORE_BYTES: Final = 256 << 20
"""Ten batches of 16 raw frames at the analysis size."""
CPU_SHARE: Final = 0.1
"""What a replica reserves, so that none is put on a machine that offers no CPU. It is by their
threads, not by what they reserve, that replicas leave each other room."""
START_S: Final = 120.0
SHADOW_S: Final = 10.0
"""So long the shadow may take for a batch; meanwhile it misses others."""
ANSWER_S: Final = 2.0
RECORDED_S: Final = 30.0
"""So long a replica may take for recorded frames, which a busy machine must not make poison; Serve
has replaced one that hangs by then."""
POLL_S: Final = 0.2


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
    return application(parts(options), options)


def parts(options: ServeOptions) -> Parts:
    """Say what the options mean in this cluster; raises as `build` does."""
    cpus = int(ray.cluster_resources().get("CPU", 1))
    return described(options, threads=max(1, cpus // options.most_replicas))


def application(parts: Parts, options: ServeOptions, owner: str = "") -> serve.Application:
    """Describe the application of any analyzer.

    A replica has one batch at a time, so that what is lost with it is known; the next one comes
    within milliseconds. The shadow has one process for all replicas.

    Args:
        parts: what replicas are made of.
        options: how many, on what.
        owner: who deploys them; see `owner`.
    """
    deployment = serve.deployment(
        name=FaceAnalyzer.__name__,
        num_replicas=options.replicas if options.max_replicas is None else None,
        autoscaling_config=None if options.max_replicas is None else _by_queue_age(options),
        ray_actor_options={"num_cpus": CPU_SHARE, "num_gpus": options.gpus},
        max_ongoing_requests=1,
        max_constructor_retry_count=3,
        health_check_period_s=2,
        health_check_timeout_s=5,
        graceful_shutdown_timeout_s=1,
    )
    shown = None
    if parts.open_shadow:
        shadow = serve.deployment(
            name=Shadow.__name__,
            ray_actor_options={"num_cpus": CPU_SHARE},
            max_ongoing_requests=1,
        )
        # Serve puts a handle in the place of what is bound, as deep as it lies.
        shown = partial(_show, shadow(Shadow).bind(parts.open_shadow))  # type: ignore[arg-type]
    return deployment(FaceAnalyzer).bind(
        parts.open_analyzer, parts.identity, parts.max_frames, shown, owner
    )


def _by_queue_age(options: ServeOptions) -> AutoscalingConfig:
    """Let `workers.scaling` decide, by what Serve saw in the last quarter of a minute."""
    return AutoscalingConfig(
        min_replicas=options.replicas,
        max_replicas=options.most_replicas,
        policy=AutoscalingPolicy(policy_function=scaling.policy),
        look_back_period_s=15,  # Serve hears from replicas every ten
        upscale_delay_s=5,
        downscale_delay_s=60,
    )


def _show(
    shadow: DeploymentHandle[None], frames: Sequence[bytes], scored: Sequence[bytes], missed: int
) -> None:
    """Have the shadow look at a batch; see `workers.shadow.Show`."""
    shadow.remote(frames, scored, missed).result(timeout_s=SHADOW_S)


@contextmanager
def cluster(address: str | None, data_dir: Path) -> Iterator[str]:
    """Start Ray on this machine, or join it where it runs; Ray takes over SIGTERM.

    Args:
        address: of the cluster to join, `HOST:PORT`; None starts one.
        data_dir: where the token lies: see `workers.ray_access`.

    Yields:
        The address.

    Raises:
        ServerAwayError: the cluster does not answer, or Ray does not start.
        NotAllowedError: there is no token, or it is refused.
        CannotWriteError: the data directory can't be written.
    """
    with joined(address, data_dir) if address else _started(data_dir):
        yield ray.get_runtime_context().gcs_address


@contextmanager
def joined(address: str | None, data_dir: Path) -> Iterator[None]:
    """Be part of a cluster while the block runs; Ray takes over SIGTERM.

    Args:
        address: `HOST:PORT`; None for that of the `moodtrace serve` of this data directory.
        data_dir: see `cluster`, as for what is raised.
    """
    log_as_we_do()
    show_token(data_dir)
    address = address or announced_address(data_dir)
    # Ray tries 20 times, which whoever is refused need not wait for.
    os.environ.setdefault("RAY_gcs_server_port_wait_time_s", "2")
    try:
        require_listener(address)
        ray.init(address=address, log_to_driver=False, logging_level=logging.ERROR)
    except (OSError, ValueError) as error:
        ray.shutdown()
        raise not_joined(error, address) from error
    try:
        yield
    finally:
        ray.shutdown()


def gpus() -> int:
    """Return how many the cluster has."""
    return int(ray.cluster_resources().get("GPU", 0))


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
            said = [state.message, *(found.message for found in state.deployments.values())]
            raise cannot_start(name, "".join(said))
        if time.monotonic() > deadline_s:
            raise not_started(name, START_S, state.message or state.status.value)
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
        raise gone(name) from error
    return sum(n for state, n in deployment.replica_states.items() if state == "RUNNING")


def owner(name: str = APPLICATION) -> str | None:
    """Return who deployed the replicas; None if none says so now."""
    try:
        found: str = serve.get_app_handle(name).owner.remote().result(timeout_s=ANSWER_S)
    except (RayError, RayServeException, TimeoutError):
        return None
    return found


def agreement(name: str = APPLICATION) -> Agreement | None:
    """Return how far the shadow agrees; None if it can't say so now, or there is none."""
    try:
        shadow = serve.get_deployment_handle(Shadow.__name__, name)
        found: Agreement = shadow.agreement.remote().result(timeout_s=ANSWER_S)
    except (RayError, RayServeException, TimeoutError):
        return None
    return found


def service(*, deadline_s: float, patience_s: float, name: str = APPLICATION) -> Service:
    """Return what asks the replicas of a cluster that this process has joined.

    Args:
        deadline_s: how long one replica may take for a batch before another is asked; of recorded
            frames no less than `RECORDED_S`.
        patience_s: how long to wait for a replica that is free.
        name: of the application.

    Raises:
        ServerAwayError: the application does not run, or no replica of it.
    """
    try:
        handle = serve.get_app_handle(name)
        identity: Identity = handle.identity.remote().result(timeout_s=patience_s)
    except (RayError, RayServeException, TimeoutError) as error:
        raise nobody_answers(name) from error
    return Service(_Caller(handle, deadline_s, patience_s, name), identity)


@dataclass(frozen=True)
class _Caller:
    """Has batches analysed; see `workers.serve_client.Call` and `service`."""

    handle: DeploymentHandle[Reply]
    deadline_s: float
    patience_s: float
    name: str

    def __call__(self, frames: Sequence[bytes], waiting: Waiting | None) -> Reply:
        """Ask one replica; one that is not done in time is not told, lest it seem free."""
        is_recorded = waiting is not None and not waiting.is_live
        deadline_s = max(self.deadline_s, RECORDED_S) if is_recorded else self.deadline_s
        try:
            return ray.get(self._assigned(frames, waiting), timeout=deadline_s)
        except RayError as error:
            raise BatchLostError(f"{type(error).__name__}: {error}".splitlines()[0]) from error

    def _assigned(self, frames: Sequence[bytes], waiting: Waiting | None) -> ray.ObjectRef[Reply]:
        """Wait for a replica that takes the batch.

        One that is stopped neither takes nor refuses it, so after a while another is asked.
        """
        until_s = time.monotonic() + self.patience_s
        while True:
            response = self.handle.remote(frames, waiting)
            assert isinstance(response, DeploymentResponse)
            try:
                return response._to_object_ref_sync(self.deadline_s)
            except TimeoutError:
                response.cancel()
                if time.monotonic() > until_s:
                    raise nobody_answers(self.name) from None
            except RayServeException as error:
                raise nobody_answers(self.name) from error


@contextmanager
def _started(data_dir: Path) -> Iterator[None]:
    """Run a cluster of this machine alone, which never spills a picture to disk."""
    log_as_we_do()
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
