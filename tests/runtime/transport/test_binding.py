"""One port on all chosen addresses, or on none of them."""

from __future__ import annotations

import socket
import sys
import time
from collections.abc import Iterator

import pytest
import zmq

from runtime.errors import NetworkError
from runtime.transport.binding import PortUnavailable, bind_first

BOTH = ("127.0.0.1", "127.0.0.2")


@pytest.fixture
def server() -> Iterator[zmq.Socket[bytes]]:
    context = zmq.Context()
    socket = context.socket(zmq.ROUTER)
    yield socket
    socket.close(linger=0)
    context.term()


def is_free(host: str, port: int) -> bool:
    try:
        socket.create_server((host, port)).close()
    except OSError:
        return False
    return True


@pytest.mark.skipif(sys.platform == "darwin", reason="has one loopback address")
def test_a_port_taken_on_one_address_is_left_on_all(server: zmq.Socket[bytes]) -> None:
    """Defect: a port is open on the loopback alone, and other machines find nobody there."""
    with socket.create_server((BOTH[1], 0)) as other:
        taken = other.getsockname()[1]
        with pytest.raises(PortUnavailable):
            bind_first(server, BOTH, (taken,))
        # ZeroMQ closes it in a thread of its own.
        given_back = time.monotonic() + 10.0
        while not is_free(BOTH[0], taken):
            assert time.monotonic() < given_back, "the first address was not given back"
            time.sleep(0.01)
        port = bind_first(server, BOTH, (taken, taken + 1, 0))
        assert port != taken
        assert not any(is_free(host, port) for host in BOTH)


def test_an_address_of_another_machine_is_named(server: zmq.Socket[bytes]) -> None:
    """Defect: a wrong --interface reads as a port in use, and every port is tried."""
    with pytest.raises(NetworkError, match=r"192\.0\.2\.1 is not an address of this machine"):
        bind_first(server, ("192.0.2.1",), (0,))


@pytest.mark.skipif(not socket.has_dualstack_ipv6(), reason="no IPv6 here")
def test_an_ipv6_address_is_bound(server: zmq.Socket[bytes]) -> None:
    """Defect: an address with colons is cut at the wrong one."""
    server.ipv6 = True
    assert bind_first(server, ("::1",), (0,)) > 0
