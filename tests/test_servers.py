"""The servers that tests stand on do what they promise."""

import socket
import socketserver
import threading
import time
from collections.abc import Iterator
from contextlib import closing, suppress

import psutil
import pytest

from tests.servers.proxy import Proxy
from tests.waiting import wait_until


class Echo(socketserver.StreamRequestHandler):
    def handle(self) -> None:
        with suppress(ConnectionError):
            while received := self.request.recv(4096):
                self.request.sendall(received)


@pytest.fixture
def echo() -> Iterator[int]:
    """Port of a server that sends back what it gets."""
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Echo) as server:
        serving = threading.Thread(target=server.serve_forever, args=(0.05,))
        serving.start()
        yield server.server_address[1]
        server.shutdown()
        serving.join()


def client_of(proxy: Proxy) -> socket.socket:
    return socket.create_connection(("127.0.0.1", proxy.port), timeout=5)


def test_a_proxy_passes_both_ways_and_counts(echo: int) -> None:
    with Proxy(echo) as proxy, closing(client_of(proxy)) as client:
        client.sendall(b"hello")
        assert client.recv(5) == b"hello"
        assert proxy.connections == 1


def test_a_reset_ends_connections_that_stand_and_new_ones(echo: int) -> None:
    with Proxy(echo) as proxy, closing(client_of(proxy)) as client:
        client.sendall(b"hello")
        client.recv(5)
        proxy.switch("reset")
        with pytest.raises(ConnectionResetError):
            client.recv(1)
        with pytest.raises(ConnectionResetError), closing(client_of(proxy)) as later:
            later.recv(1)


def test_who_is_refused_can_come_back_later(echo: int) -> None:
    with Proxy(echo) as proxy:
        proxy.switch("refuse")
        with pytest.raises(ConnectionRefusedError):
            client_of(proxy)
        proxy.switch("pass")
        with closing(client_of(proxy)) as client:
            client.sendall(b"hello")
            assert client.recv(5) == b"hello"


def test_a_black_hole_loses_nothing(echo: int) -> None:
    with Proxy(echo) as proxy, closing(client_of(proxy)) as client:
        proxy.switch("blackhole")
        client.sendall(b"hello")
        client.settimeout(0.3)
        with pytest.raises(TimeoutError):
            client.recv(5)
        proxy.switch("pass")
        client.settimeout(5)
        assert client.recv(5) == b"hello"


def test_a_throttled_connection_is_as_slow_as_asked(echo: int) -> None:
    with Proxy(echo) as proxy, closing(client_of(proxy)) as client:
        proxy.switch("pass", bytes_per_s=20_000)
        started_s = time.monotonic()
        client.sendall(bytes(20_000))
        received = 0
        while received < 20_000:
            received += len(client.recv(4096))
        assert 0.9 < time.monotonic() - started_s < 3


def test_a_proxy_leaves_no_thread_and_no_file_open() -> None:
    this = psutil.Process()
    before = (this.num_fds(), this.num_threads())
    with socket.create_server(("127.0.0.1", 0)) as server, Proxy(server.getsockname()[1]) as proxy:
        clients = [client_of(proxy) for _ in range(3)]
        proxy.switch("reset")
    for client in clients:
        client.close()
    wait_until(lambda: (this.num_fds(), this.num_threads()) == before)


def test_a_server_that_went_away_is_a_reset_to_clients() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    with (
        Proxy(port) as proxy,
        pytest.raises(ConnectionResetError),  # maybe while it still connects
        closing(client_of(proxy)) as client,
    ):
        client.recv(1)
