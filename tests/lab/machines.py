"""Several machines on one: network namespaces on a bridge, with limited links and processors.

Needs root on Linux with `ip`, `tc` and `nsenter`. Everything that is made here is removed again,
also after a failure, and nothing else is touched.
"""

from __future__ import annotations

import contextlib
import functools
import itertools
import json
import os
import queue
import secrets
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from tests.lab.shares import Processors, Share, wait_until

PROGRAM = Path(__file__).parents[2] / "main.py"
WINDOW = Path(__file__).parent / "window.py"


@functools.cache
def why_not() -> str:
    """Why there can be no lab here, "" where there can."""
    if sys.platform != "linux":
        return "network namespaces are a thing of Linux"
    if os.geteuid() != 0:
        return "network namespaces need root"
    tools = ("ip", "tc", "nsenter", "taskset", "chrt")
    missing = [tool for tool in tools if shutil.which(tool) is None]
    if missing:
        return f"{', '.join(missing)} is missing"
    name = f"hpipe-{secrets.token_hex(3)}"
    if not _try("ip", "netns", "add", name):
        return "this system does not let root make network namespaces"
    _try("ip", "netns", "delete", name)
    return ""


class Process:
    """A program inside a machine. Its lines are kept, so that a failed test can show them."""

    def __init__(self, popen: subprocess.Popen[str], name: str) -> None:
        self.popen = popen
        self.name = name
        self.lines: list[str] = []
        self._arrived: queue.Queue[str | None] = queue.Queue()
        self._reader = threading.Thread(target=self._read, name=f"read {name}")
        self._reader.start()

    def line(self, wanted: Callable[[str], object], seconds: float = 20.0) -> str:
        """The next line that is wanted; lines before it are passed over."""
        deadline = time.monotonic() + seconds
        while True:
            try:
                line = self._arrived.get(timeout=max(0.0, deadline - time.monotonic()))
            except queue.Empty:
                raise AssertionError(
                    f"{self.name} did not say it in {seconds} s:\n{self._last_words()}"
                ) from None
            if line is None:
                raise AssertionError(f"{self.name} ended:\n{self._last_words()}")
            if wanted(line):
                return line

    def write(self, line: str) -> None:
        assert self.popen.stdin is not None
        self.popen.stdin.write(line + "\n")
        self.popen.stdin.flush()

    def wait(self, seconds: float = 60.0) -> int:
        """The exit code, once the program has ended by itself and all its words are read."""
        code = self.popen.wait(seconds)
        self._reader.join(5.0)
        return code

    def stop(self, how: int = signal.SIGTERM, seconds: float = 10.0) -> int:
        """End it with a signal, harder when it does not listen."""
        if self.popen.poll() is None:
            self.popen.send_signal(how)
        try:
            return self.wait(seconds)
        except subprocess.TimeoutExpired:
            self.popen.kill()
            return self.wait()

    def _last_words(self) -> str:
        return "\n".join(line[:1_000] for line in self.lines[-12:])

    def _read(self) -> None:
        assert self.popen.stdout is not None
        with self.popen.stdout as output:
            for line in output:
                self.lines.append(line.rstrip("\n"))
                self._arrived.put(self.lines[-1])
        self._arrived.put(None)


class Machine:
    """A namespace with an address, a state and a cache of its own."""

    def __init__(self, name: str, namespace: str, address: str, folder: Path) -> None:
        self.name = name
        self.namespace = namespace
        self.address = address
        self.folder = folder
        self.link = ""
        self.share: Share | None = None
        self.environment: dict[str, str] = {}
        self._processes: list[Process] = []

    def start(self, *command: str, **environment: str) -> Process:
        """Run a command inside; standard error is mixed into its lines."""
        popen = subprocess.Popen(
            [
                *("nsenter", f"--net=/var/run/netns/{self.namespace}"),
                *(() if self.share is None else self.share.entering()),
                *command,
            ],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            env=os.environ
            | {
                "HPIPE_STATE": str(self.folder / "state"),
                "HPIPE_CACHE": str(self.folder / "cache"),
                "PYTHONUNBUFFERED": "1",
            }
            | self.environment
            | environment,
        )
        process = Process(popen, f"{Path(command[-1]).name} on {self.name}")
        self._processes.append(process)
        return process

    def main(self, *arguments: str) -> Process:
        """Run `main.py ...` inside."""
        return self.start(sys.executable, str(PROGRAM), *arguments)

    def worker(self, *arguments: str) -> Process:
        return self.main("worker", "--name", self.name, *arguments)

    def window(self) -> Window:
        """What the window is, without its screen: a service that hears and tells."""
        return Window(self.start(sys.executable, str(WINDOW), self.name))

    def unplug(self) -> None:
        """Pull the cable: nothing is told to anybody."""
        _run("ip", "link", "set", self.link, "down")

    def plug_in(self) -> None:
        _run("ip", "link", "set", self.link, "up")

    def processes(self) -> set[int]:
        """Every process inside, started by us or by what we started."""
        listed = subprocess.run(
            ["ip", "netns", "pids", self.namespace], capture_output=True, text=True, check=False
        )
        return {int(number) for number in listed.stdout.split()}

    def close(self) -> None:
        for process in self._processes:
            process.stop()
        for number in self.processes():
            with contextlib.suppress(ProcessLookupError):
                os.kill(number, signal.SIGKILL)
        wait_until(lambda: not self.processes())
        for process in self._processes:
            if process.popen.stdin is not None:
                with contextlib.suppress(OSError):
                    process.popen.stdin.close()


class Window:
    """The service of a machine, driven by lines; see tests/lab/window.py."""

    def __init__(self, process: Process) -> None:
        self.process = process
        self._numbers = itertools.count(1)
        self.machines: dict[str, dict[str, Any]] = {}
        self.process.line(lambda line: self.take(line).get("started"), 30.0)

    def ask(self, request: str, *arguments: object, seconds: float = 60.0) -> Any:
        """Call a coroutine of the service; its result, or an AssertionError with its sentence."""
        number = next(self._numbers)
        self.process.write(json.dumps([number, request, *arguments]))
        answer: dict[str, Any] = {}

        def is_answer(line: str) -> bool:
            answer.update(self.take(line))
            return answer.get("answer") == number

        self.process.line(is_answer, seconds)
        if "error" in answer:
            raise RefusedByService(answer["error"])
        return answer.get("result")

    def until(
        self, wanted: Callable[[dict[str, Any] | None], object], name: str, seconds: float
    ) -> float:
        """Wait until a machine (None: not listed) is as wanted; the seconds it took."""
        started = time.monotonic()
        if not wanted(self.machines.get(name)):

            def is_wanted(line: str) -> object:
                self.take(line)
                return wanted(self.machines.get(name))

            self.process.line(is_wanted, seconds)
        return time.monotonic() - started

    def take(self, line: str) -> dict[str, Any]:
        try:
            told = json.loads(line)
        except json.JSONDecodeError:
            return {}
        if not isinstance(told, dict):
            return {}
        if "machines" in told:
            self.machines = {machine["name"]: machine for machine in told["machines"]}
        return told


class RefusedByService(Exception):
    """What the service answered instead of a result, in its own words."""


class Lab:
    """A bridge and the machines on it; use as a context manager."""

    def __init__(self, folder: Path, environment: Mapping[str, str] | None = None) -> None:
        self._folder = folder
        self._environment = dict(environment or {})
        self._name = f"hpl{secrets.token_hex(3)}"
        self._subnet = f"10.77.{secrets.randbelow(250) + 1}"
        self._processors = Processors(self._name)
        self._machines: list[Machine] = []
        self._cleanup = contextlib.ExitStack()

    def __enter__(self) -> Lab:
        with contextlib.ExitStack() as cleanup:
            _run("ip", "link", "add", self._name, "type", "bridge", "mcast_snooping", "0")
            cleanup.callback(_try, "ip", "link", "delete", self._name)
            _run("ip", "link", "set", self._name, "up")
            cleanup.callback(self._processors.close)
            self._cleanup = cleanup.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        self._cleanup.close()

    def machine(
        self,
        name: str,
        *,
        rate: str = "",
        cores: float | None = None,
    ) -> Machine:
        """One more machine. rate as tc writes it ("1gbit", "100mbit"), cores such as 0.5.

        cores is a processor of that speed, at most 1, whatever the others do; without it, a
        machine has all processors, like any process.
        """
        number = len(self._machines) + 1
        namespace = f"{self._name}-{number}"
        machine = Machine(name, namespace, f"{self._subnet}.{number}", self._folder / name)
        machine.link = f"{self._name}v{number}"
        machine.environment = self._environment
        self._machines.append(machine)
        _run("ip", "netns", "add", namespace)
        self._cleanup.callback(_try, "ip", "netns", "delete", namespace)
        self._cleanup.callback(machine.close)
        _run(
            *("ip", "link", "add", machine.link, "type", "veth"),
            *("peer", "name", "eth0", "netns", namespace),
        )
        self._cleanup.callback(_try, "ip", "link", "delete", machine.link)
        _run("ip", "link", "set", machine.link, "master", self._name, "up")
        for change in (
            ("addr", "add", f"{machine.address}/24", "dev", "eth0"),
            ("link", "set", "lo", "up"),
            ("link", "set", "eth0", "up"),
        ):
            _run("ip", "-n", namespace, *change)
        if rate:
            shape = ("root", "tbf", "rate", rate, "burst", "256kb", "latency", "50ms")
            _run("tc", "qdisc", "add", "dev", machine.link, *shape)
            _run("tc", "-n", namespace, "qdisc", "add", "dev", "eth0", *shape)
        if cores is not None:
            machine.share = self._processors.share(namespace, cores)
        return machine


def _run(*command: str) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise OSError(f"{' '.join(command)}: {done.stderr.strip()}")


def _try(*command: str) -> bool:
    return subprocess.run(command, capture_output=True, check=False).returncode == 0
