"""Connections told apart by their descriptors, which the system uses again."""

from __future__ import annotations

import socket

from runtime.worker.visitors import Origin, Visitor, Visitors


def origin(connection: bytes, descriptor: int) -> Origin:
    return Origin(connection=connection, public_key="key", host="host", descriptor=descriptor)


def test_a_closed_descriptor_ends_its_visitor_once() -> None:
    """Defect: what a connection vouched for lasts after its end."""
    left: list[bytes] = []
    visitors = Visitors(lambda visitor: left.append(visitor.connection))
    one = visitors.arrived(origin(b"1", 990))
    assert visitors.arrived(origin(b"1", 990)) is one
    visitors.closed(991)
    assert left == []
    visitors.closed(990)
    visitors.closed(990)
    assert left == [b"1"]
    assert not visitors.is_here(one)


def test_a_descriptor_that_is_used_again_early_ends_the_right_visitor() -> None:
    """Defect: the late news of an old connection's end ends the new one on its descriptor."""
    left: list[bytes] = []
    visitors = Visitors(lambda visitor: left.append(visitor.connection))
    visitors.arrived(origin(b"old", 990))
    new = visitors.arrived(origin(b"new", 990))
    assert left == [b"old"]
    visitors.closed(990)
    assert visitors.is_here(new)
    visitors.closed(990)
    assert left == [b"old", b"new"]


def test_cutting_harms_no_other_connection_on_the_same_descriptor() -> None:
    """Defect: forgetting one machine cuts off another that came after it."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        one = socket.create_connection(server.getsockname())
        there, _ = server.accept()
        descriptor = there.fileno()
        visitor = Visitor(origin(b"1", descriptor))
        there.close()
        one.close()
        with (
            socket.create_connection(server.getsockname()) as other,
            server.accept()[0] as reused,
        ):
            if reused.fileno() != descriptor:  # the system chose another: nothing to confuse
                return
            visitor.cut()
            other.sendall(b"still here")
            assert reused.recv(10) == b"still here"
