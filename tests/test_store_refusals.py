"""What a server says when it takes no writes for now, each said by a real one."""

import resource
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from threading import Thread

import pytest
import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from moodtrace.errors import ConfigurationError, ServerAwayError, StoreRefusesError
from moodtrace.store import Store
from moodtrace.store_exact import ExactWriter
from tests.conftest import Cli
from tests.factories import face, row, scored, screening, viewer
from tests.servers.valkey import Valkey, valkey
from tests.waiting import wait_until

PART = "faces/0"
FACES = [face()] * 40


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Valkey]:
    with valkey(tmp_path / "valkey") as server:
        yield server


@contextmanager
def writing(server: Valkey) -> Iterator[tuple[Store, ExactWriter]]:
    """A screening of which one frame was taken."""
    with closing(Store(server.url)) as store, store.claim_exact("s1", "run-1") as writer:
        writer.begin(screening(), {}, fresh=True)
        writer.apply(PART, 0, [(0, scored(0, *FACES))], 1)
        yield store, writer


def refused(store: Store, writer: ExactWriter) -> str:
    """Try to write a frame and a row; nothing of either may be left. Return the reason."""
    with pytest.raises(StoreRefusesError) as caught:
        writer.apply(PART, 1, [(1, scored(200, *FACES)), (2, scored(1200, *FACES))], 3)
    with pytest.raises(StoreRefusesError, match="takes no writes now"):
        writer.close([row(0, viewer())], {})
    assert store.unready() == f"the store takes no writes: {caught.value.reason}"
    return caught.value.reason


def holds_only_the_first(store: Store, writer: ExactWriter) -> bool:
    return (
        [frame.pts_ms for frame in writer.open_frames(0)] == [0]
        and writer.open_frames(1) == []
        and writer.offsets() == {PART: 1}
        and store.next_second("s1") == 0
    )


def goes_on(store: Store, writer: ExactWriter) -> bool:
    try:
        writer.apply(PART, 1, [(1, scored(200, *FACES)), (2, scored(1200, *FACES))], 3)
        writer.close([row(0, viewer())], {})
    except StoreRefusesError:
        return False
    return store.next_second("s1") == 1 and writer.offsets() == {PART: 3} and not store.unready()


@pytest.mark.parametrize(
    ("option", "value", "usual", "reason"),
    [
        ("maxmemory", "1", "0", "out_of_memory"),
        ("min-replicas-to-write", "1", "0", "too_few_replicas"),
    ],
)
def test_what_is_refused_is_not_half_done_and_goes_on_by_itself(
    server: Valkey, option: str, value: str, usual: str, reason: str
) -> None:
    with writing(server) as (store, writer):
        server.client.config_set(option, value)

        assert refused(store, writer) == reason
        assert holds_only_the_first(store, writer)
        server.client.config_set(option, usual)
        assert goes_on(store, writer)


def test_a_replica_takes_no_writes(server: Valkey, tmp_path: Path) -> None:
    with valkey(tmp_path / "primary") as primary, writing(server) as (store, writer):
        server.client.config_set("replica-serve-stale-data", "no")
        primary.freeze()
        server.client.replicaof("127.0.0.1", primary.port)

        assert refused(store, writer) == "failing_over"  # it can't reach its primary
        server.client.config_set("replica-serve-stale-data", "yes")
        assert refused(store, writer) == "read_only"
        assert holds_only_the_first(store, writer)
        server.client.replicaof("NO", "ONE")
        assert goes_on(store, writer)


def test_a_full_disk_is_said_and_goes_on_when_there_is_room(tmp_path: Path) -> None:
    folder = tmp_path / "valkey"
    with (
        valkey(folder, "--appendonly", "yes") as server,
        writing(server) as (store, writer),
    ):
        size = max(file.stat().st_size for file in folder.rglob("*.aof"))
        resource.prlimit(server.pid, resource.RLIMIT_FSIZE, (size + 4096, resource.RLIM_INFINITY))
        server.client.set("filler", b"x" * 8192)

        wait_until(lambda: server.client.info("persistence")["aof_last_write_status"] == "err")
        assert refused(store, writer) == "disk_full"
        assert holds_only_the_first(store, writer)
        unlimited = (resource.RLIM_INFINITY, resource.RLIM_INFINITY)
        resource.prlimit(server.pid, resource.RLIMIT_FSIZE, unlimited)
        assert wait_until(lambda: goes_on(store, writer)) < 10


def test_a_server_that_is_held_up_by_a_script_is_waited_for(server: Valkey) -> None:
    server.client.config_set("busy-reply-threshold", "1")
    with writing(server) as (store, writer):
        held = Thread(target=run_for_ever, args=(server,))
        held.start()
        wait_until(lambda: is_busy(server))

        assert refused(store, writer) == "busy"
        server.client.script_kill()
        held.join()
        assert holds_only_the_first(store, writer)
        assert goes_on(store, writer)


def run_for_ever(server: Valkey) -> None:
    with pytest.raises(redis.ResponseError), closing(redis.Redis(port=server.port)) as client:
        client.eval("while true do end", 0)


def is_busy(server: Valkey) -> bool:
    try:
        server.client.ping()
    except redis.ResponseError as error:
        return str(error).startswith("BUSY")
    return False


def test_a_server_that_reads_its_file_is_waited_for(tmp_path: Path) -> None:
    server = Valkey(tmp_path / "valkey", "--appendonly", "yes")
    server.start()
    try:
        with writing(server) as (store, writer):
            server.client.eval("for i = 1, 3000 do redis.call('SET', 'filler' .. i, 'x') end", 0)
            server.client.bgrewriteaof()
            wait_until(lambda: not server.client.info("persistence")["aof_rewrite_in_progress"])
            server.kill()
            store._client.set_retry(Retry(NoBackoff(), 0))
            slowly = ("--key-load-delay", "300", "--loading-process-events-interval-bytes", "1024")
            server.start(*slowly, ready=False)

            wait_until(lambda: reason_of(writer) == "loading", 5)
            assert wait_until(lambda: goes_on(store, writer)) > 0.5
    finally:
        server.kill()


def reason_of(writer: ExactWriter) -> str:
    try:
        writer.apply(PART, 1, [], 1)
    except StoreRefusesError as error:
        return error.reason
    except ServerAwayError:
        return "away"
    return ""


def test_a_store_that_may_delete_what_it_was_given_is_refused(server: Valkey) -> None:
    with closing(Store(server.url)) as store:
        store.check_keeps_all()
        server.client.config_set("maxmemory-policy", "allkeys-lru")

        with pytest.raises(ConfigurationError, match="its policy is allkeys-lru") as caught:
            store.check_keeps_all()
        assert "noeviction" in caught.value.try_this


def test_a_command_that_writes_does_not_start_on_such_a_store(server: Valkey, cli: Cli) -> None:
    server.client.config_set("maxmemory-policy", "volatile-lru")

    ended = cli("ingest", "--kafka", "localhost:9", "--redis", server.url)

    assert ended.returncode == 78
    assert [line[:6] for line in ended.stderr.splitlines()] == ["Error:", "Where:", "Try:  "]
    assert "its policy is volatile-lru" in ended.stderr


@pytest.mark.parametrize(("rights", "is_known"), [("-config", True), ("-info", False)])
def test_the_policy_is_asked_for_without_config(
    server: Valkey, rights: str, is_known: bool, caplog: pytest.LogCaptureFixture
) -> None:
    server.client.config_set("maxmemory-policy", "allkeys-lru")
    server.client.acl_setuser(
        "writer", True, passwords=["+pw"], keys="*", commands=["+@all", rights]
    )

    with closing(Store(server.url.replace("//", "//writer:pw@"))) as store:
        if is_known:
            with pytest.raises(ConfigurationError):
                store.check_keeps_all()
        else:
            store.check_keeps_all()
            assert "may not ask" in caplog.text
