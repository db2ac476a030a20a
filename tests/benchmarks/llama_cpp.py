"""llama.cpp beside us: its RPC servers and its own benchmark, given as programs by path."""

from __future__ import annotations

import json
import socket
import subprocess
import time
from collections.abc import Sequence
from pathlib import Path

START_SECONDS = 20.0
RUN_SECONDS = 1_200.0


class LlamaCpp:
    """Servers of one thread each; ends with the `with` block."""

    def __init__(self, bench: Path, rpc_server: Path, model: Path, servers: int) -> None:
        self._bench = bench
        self._rpc_server = rpc_server
        self._model = model
        self._count = servers
        self._servers: list[subprocess.Popen[bytes]] = []
        self._addresses: list[str] = []

    def __enter__(self) -> LlamaCpp:
        for _ in range(self._count):
            port = free_port()
            command = [str(self._rpc_server), "-H", "127.0.0.1", "-p", str(port), "-t", "1"]
            self._servers.append(
                subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            )
            self._addresses.append(f"127.0.0.1:{port}")
        for address in self._addresses:
            wait_until_open(address)
        return self

    def __exit__(self, *_: object) -> None:
        for server in self._servers:
            server.terminate()
        for server in self._servers:
            server.wait()

    def run(self, prompt_tokens: int, output_tokens: int) -> tuple[float, float]:
        """One run over the servers: prefill and decode tokens per second.

        Decode starts where the prompt ends, as ours does; by default it would at no context.
        """
        prefill = self._speed(["-p", str(prompt_tokens), "-n", "0"])
        decode = self._speed(["-p", "0", "-n", str(output_tokens), "-d", str(prompt_tokens)])
        return prefill, decode

    def _speed(self, options: Sequence[str]) -> float:
        """Tokens per second of its one test with these options."""
        command = [str(self._bench), "-m", str(self._model), *options, "-ngl", "99"]
        command += ["--rpc", ",".join(self._addresses), "-r", "1", "-t", "1", "-o", "json"]
        printed = subprocess.run(
            command, capture_output=True, text=True, check=True, timeout=RUN_SECONDS
        ).stdout
        (row,) = json.loads(printed)
        return float(row["avg_ts"])


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_until_open(address: str) -> None:
    """Until something listens there; TimeoutError when nothing does."""
    host, _, port = address.rpartition(":")
    deadline = time.monotonic() + START_SECONDS
    while True:
        try:
            socket.create_connection((host, int(port)), timeout=1.0).close()
        except OSError:
            if time.monotonic() > deadline:
                raise TimeoutError(f"nothing listens at {address}") from None
            time.sleep(0.05)
        else:
            return
