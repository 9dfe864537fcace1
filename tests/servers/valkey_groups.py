"""Several Valkeys that act as one: a primary that a Sentinel watches, and a cluster."""

import subprocess
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import NamedTuple

import redis

from moodtrace.embedded import server_binary
from tests.servers.valkey import Valkey, free_port, valkey
from tests.waiting import wait_until

SLOTS = 16384


class Watched(NamedTuple):
    """A primary, its replica, and how clients find whichever is the primary."""

    primary: Valkey
    replica: Valkey
    url: str


@contextmanager
def watched(folder: Path) -> Iterator[Watched]:
    """Run a primary, a replica and a Sentinel."""
    port = free_port()
    with ExitStack() as stack:
        primary = stack.enter_context(valkey(folder / "primary"))
        replica = stack.enter_context(
            valkey(folder / "replica", "--replicaof", "127.0.0.1", str(primary.port))
        )
        wait_until(lambda: replica.client.info("replication")["master_link_status"] == "up")
        stack.enter_context(_sentinel(folder, port, primary))
        yield Watched(primary, replica, f"redis+sentinel://127.0.0.1:{port}/moodtrace/0")


@contextmanager
def _sentinel(folder: Path, port: int, primary: Valkey) -> Iterator[None]:
    file = folder / "sentinel.conf"
    file.write_text(
        f"port {port}\nbind 127.0.0.1\ndir {folder}\nlogfile sentinel.log\n"
        f"sentinel monitor moodtrace 127.0.0.1 {primary.port} 1\n"
        "sentinel down-after-milliseconds moodtrace 500\n"
        "sentinel failover-timeout moodtrace 3000\n"
    )
    process = subprocess.Popen([server_binary(), str(file), "--sentinel"])
    try:
        with redis.Redis(port=port) as client:
            wait_until(lambda: _knows_the_replica(client))
        yield
    finally:
        process.kill()
        process.wait()


def _knows_the_replica(client: redis.Redis) -> bool:
    try:
        return bool(client.sentinel_slaves("moodtrace"))
    except redis.RedisError:
        return False


class Cluster(NamedTuple):
    """Nodes without replicas, each with a part of the slots."""

    nodes: list[Valkey]
    url: str

    def owner_of(self, key: str) -> Valkey:
        """Return the node that a key lies on."""
        slot = int(self.nodes[0].command("CLUSTER", "KEYSLOT", key))
        return self.nodes[slot * len(self.nodes) // SLOTS]


@contextmanager
def cluster(folder: Path, size: int) -> Iterator[Cluster]:
    """Run a cluster that keeps its data."""
    options = ("--cluster-enabled", "yes", "--cluster-node-timeout", "1000", "--appendonly", "yes")
    ports = [str(free_port()) for _ in range(size)]
    with ExitStack() as stack:
        nodes = [
            stack.enter_context(valkey(folder / f"node-{port}", *options, "--cluster-port", port))
            for port in ports
        ]
        for number, node in enumerate(nodes):
            first, end = (-(-SLOTS * n // size) for n in (number, number + 1))
            node.command("CLUSTER", "ADDSLOTSRANGE", first, end - 1)
            node.command("CLUSTER", "MEET", "127.0.0.1", nodes[0].port, ports[0])
        wait_until(lambda: all(_is_whole(node, size) for node in nodes), 20)
        yield Cluster(
            nodes, f"redis+cluster://127.0.0.1:{nodes[0].port},127.0.0.1:{nodes[-1].port}"
        )


def _is_whole(node: Valkey, size: int) -> bool:
    said = node.command("CLUSTER", "INFO")
    return b"cluster_state:ok" in said and f"cluster_known_nodes:{size}".encode() in said
