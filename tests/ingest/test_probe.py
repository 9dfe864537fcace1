import socket
import struct
import threading
import time

import pytest

from ingest.probe import address_of, is_reachable, probe
from tests.waiting import wait_until


@pytest.mark.parametrize(
    ("source", "address"),
    [
        ("rtsp://cam/1", ("cam", 554)),
        ("rtsps://cam:8322/1", ("cam", 8322)),
        ("rtsps://10.0.0.7", ("10.0.0.7", 322)),
        ("rtsp://[::1]:8554/1", ("::1", 8554)),
        ("https://cam/video", ("cam", 443)),
        ("file:/a.mp4", None),
        ("v4l2:/dev/video0", None),
    ],
)
def test_a_source_on_the_network_has_an_address(
    source: str, address: tuple[str, int] | None
) -> None:
    assert address_of(source) == address


def test_a_server_that_listens_is_reachable_though_it_says_nothing() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        assert is_reachable(server.getsockname())


def test_where_nobody_listens_nothing_is_reachable() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        address = server.getsockname()

    assert not is_reachable(address)
    assert not is_reachable(("no-such-host.invalid", 554))


@pytest.mark.parametrize("linger", [struct.pack("ii", 1, 0), struct.pack("ii", 0, 0)])
def test_whoever_hangs_up_at_once_only_forwards(linger: bytes) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:

        def hang_up() -> None:
            client, _ = server.accept()
            client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
            client.close()

        thread = threading.Thread(target=hang_up)
        thread.start()

        assert not is_reachable(server.getsockname())
        thread.join()


def test_nobody_waits_for_the_answer() -> None:
    answers: list[bool] = []
    with socket.create_server(("127.0.0.1", 0)) as server:
        start_s = time.monotonic()
        probe(server.getsockname(), answers.append)
        assert time.monotonic() - start_s < 0.1
        wait_until(lambda: answers == [True], 3)
