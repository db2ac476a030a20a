"""`main.py worker`: what it says, and that it leaves when it is told to."""

from __future__ import annotations

import socket
import sys

import pytest

from tests.whole.programs import Home, Start

pytestmark = pytest.mark.skipif(
    sys.platform == "win32", reason="a console's Ctrl-C cannot be sent from a test on Windows"
)


def free_port() -> int:
    """A port whose neighbour, for pairing, is free as well."""
    while True:
        with socket.create_server(("127.0.0.1", 0)) as one:
            port: int = one.getsockname()[1]
            try:
                socket.create_server(("127.0.0.1", port + 1)).close()
            except OSError:
                continue
            return port


def test_it_says_its_name_its_port_and_its_code_and_ends_with_ctrl_c(
    start: Start, home: Home
) -> None:
    port = free_port()
    options = ("--name", "Attic", "--port", port, "--interface", "127.0.0.1", "--no-announce")
    first = start("worker", *options)
    first.until(r"Pairing code: \d{6}\n", stream="out")
    assert first.out.startswith("Attic (")
    assert f"port {port}." in first.out
    first.interrupt()
    assert first.wait(10.0) == 0
    assert first.out.endswith("Stopped.\n")
    assert first.err == ""

    # The same machine comes back: its identity is what others paired with.
    identity = {path: path.read_bytes() for path in home.state.glob("*") if path.is_file()}
    again = start("worker", *options)
    again.until(r"Pairing code: \d{6}\n", stream="out")
    again.process.terminate()
    assert again.wait(10.0) == 0
    assert identity
    for path, data in identity.items():
        assert path.read_bytes() == data
