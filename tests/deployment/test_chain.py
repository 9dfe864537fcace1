"""The commands of docker-compose.yml as plain processes, with a real broker, store and camera."""

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from itertools import permutations
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import psutil
import pytest

from moodtrace.commands.dashboard import EVERYWHERE
from tests.deployment.containers import Containers, containers
from tests.deployment.prepared import Host, StoreServer, free_port
from tests.servers.brokers import Broker, tansu
from tests.servers.clips import encoded
from tests.servers.rtsp import Mount, RtspServer
from tests.waiting import wait_until

READY_S = 60
WAYS = [
    pytest.param(("infer",), id="small"),
    pytest.param(("ray", "analyser", "infer-served"), id="cpu", marks=pytest.mark.slow),
]
PARTS = ("kafka", "redis", "ingest", "workers")
SOME = {("ingest", "kafka", "workers", "redis")}
"""The test of a screening has another."""


class World:
    """A host with a broker, a store and a room with a camera, none of which runs yet."""

    def __init__(self, host: Host, broker: Broker, store: StoreServer, made: Containers) -> None:
        self.host = host
        self.broker = broker
        self.store = store
        self.containers = made

    def start(self, part: str) -> None:
        starts: dict[str, Callable[[], None]] = {
            "kafka": self.broker.start,
            "redis": self.store.start,
            "ingest": lambda: self.containers.start("ingest"),
            "workers": lambda: self.containers.start("infer", "aggregate"),
        }
        starts[part]()


@pytest.fixture
def world(
    host: Host,
    tmp_path: Path,
    cli_environment: Mapping[str, str],
    rtsp_server: type[RtspServer],
    footage: Callable[[str], Path],
) -> Iterator[World]:
    face = encoded(footage("WolfgangLanger_Pexels.mp4"), width=640, height=360, start_s=12)
    with ExitStack() as stack:
        camera = stack.enter_context(rtsp_server({"room": Mount(face)}))
        broker = stack.enter_context(tansu(tmp_path))
        broker.kill()
        store = StoreServer(host, tmp_path / "store")
        stack.callback(store.stop)
        config = host.folder / "deploy" / "config"
        file = config / "moodtrace.yaml"
        file.write_text(file.read_text().replace("camera:8554", f"127.0.0.1:{camera.port}"))
        weights = cli_environment["MOODTRACE_DATA_DIR"] + "/weights"
        here = {
            "kafka:19092": broker.servers,
            "redis:6379": f"127.0.0.1:{store.port}",
            "ray:6379": f"127.0.0.1:{(ray := free_port())}",
            "--port=6379": f"--port={ray}",
            "('127.0.0.1', 6379)": f"('127.0.0.1', {ray})",
            "/run/secrets": str(host.secrets),
            "/etc/moodtrace": str(config),
            "/opt/weights": cli_environment.get("MOODTRACE_WEIGHTS_DIR", weights),
        }
        sockets = stack.enter_context(TemporaryDirectory(prefix="mt-"))  # their paths must be short
        extra = {"MOODTRACE_CAMERA_NETWORKS": '["127.0.0.0/8"]', "RAY_TMPDIR": sockets}
        made = stack.enter_context(containers(tmp_path / "containers", here, extra))
        yield World(host, broker, store, made)


def listening(running: Containers) -> dict[str, set[str]]:
    """The addresses on which each service and its children listen."""
    found: dict[str, set[str]] = {}
    for name, one in running.running.items():
        top = psutil.Process(one.process.pid)
        found[name] = {
            connection.laddr.ip
            for process in (top, *top.children(recursive=True))
            for connection in process.net_connections(kind="inet")
            if connection.status == psutil.CONN_LISTEN
        }
    return found


def told(running: Containers) -> str:
    """All that others on this machine may see of the services."""
    processes = [
        process
        for one in running.running.values()
        for top in [psutil.Process(one.process.pid)]
        for process in (top, *top.children(recursive=True))
    ]
    lines = [" ".join(process.cmdline()) for process in processes]
    return "\n".join(lines + [one.said for one in running.running.values()])


@pytest.mark.parametrize("networks", WAYS)
def test_a_screening_is_written_by_the_commands_of_the_compose_file(
    networks: tuple[str, ...], world: World
) -> None:
    services = world.containers
    services.start(*networks, "aggregate", "ingest", "dashboard")
    services.wait_until_tried("aggregate", "ingest")  # the servers last: the worst order
    world.start("redis")
    world.start("kafka")
    topics = services.run("topics", "topics")
    assert topics.returncode == 0, topics.stderr
    services.wait_until_healthy(READY_S if networks == ("infer",) else 3 * READY_S)
    assert services.restarts["ingest"] and services.restarts["aggregate"]

    def moodtrace(*words: str) -> str:
        done = services.run("ingest", *words)
        assert done.returncode == 0, done.stderr
        return done.stdout

    ingest = services.running["ingest"]
    captured = 'moodtrace_frames_total{camera="room",outcome="captured"}'
    start = ("screening", "start", "--content", "spring", "--audience", "panel", "--k", "1")
    name = moodtrace(*start).strip()
    wait_until(lambda: ingest.metrics().get(captured, 0) >= 30, 60, "30 frames")
    seen, addresses = told(services), listening(services)
    moodtrace("screening", "stop", name)
    wait_until(lambda: states(moodtrace)[name] == "finished", 60, "the end of the screening")

    content = json.loads(moodtrace("export", name, "--format", "json"))
    counts = content["ledger"]["room"]
    assert counts["in_flight"] == 0
    assert counts["captured"] == counts["analysed"] + sum(counts["dropped"].values()), counts
    assert counts["captured"] >= 30
    assert counts["dropped"].keys() <= {"late", "stale"}  # of a slow machine, and counted
    whole = [second for second in content["seconds"] if second["status"] == "ok"]
    assert sum(second["usable"] >= 1 for second in whole) >= 3
    assert content["provenance"]["detector"] == "yunet"

    assert world.host.password not in seen
    assert addresses.pop("dashboard") == {EVERYWHERE}
    assert all(found <= {"127.0.0.1"} for part, found in addresses.items() if part not in networks)
    for part in ("ingest", "aggregate", "dashboard", *networks[::-1]):
        services.stop(part)


def states(moodtrace: Callable[..., str]) -> dict[str, Any]:
    return {one["id"]: one["state"] for one in json.loads(moodtrace("screening", "list", "--json"))}


@pytest.mark.parametrize(
    "order",
    [
        pytest.param(order, id=" ".join(order), marks=() if order in SOME else pytest.mark.slow)
        for order in permutations(PARTS)
    ],
)
def test_parts_may_start_in_any_order(order: tuple[str, ...], world: World) -> None:
    for part in order:
        world.containers.wait_until_tried(*world.containers.running)
        world.start(part)

    took_s = world.containers.wait_until_healthy(READY_S)
    print(f"ready after {took_s:.1f} s, started again: {dict(world.containers.restarts)}")
