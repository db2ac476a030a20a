"""`main.py worker`: let this machine take part, without a window."""

from __future__ import annotations

import argparse
import asyncio
import platform
import re
import signal
import sys
from collections.abc import Callable
from pathlib import Path

from runtime.errors import HPipeError, PairingError
from runtime.event_loop import new_event_loop
from runtime.messages.spawn import WorkerConfig, WorkerReady
from runtime.paths import cache_directory, state_directory
from runtime.ports import CONTROL_PORT
from runtime.profiling.machine import system_name
from runtime.worker.logs import write_log
from runtime.worker.parent import Parent
from runtime.worker.worker import Worker

_LOOK_SECONDS = 1.0
_SIZE = re.compile(r"(?P<number>\d+(?:\.\d+)?)\s*(?P<unit>[kmgt]?)i?b?", re.IGNORECASE)
_UNITS = {"": 1, "k": 1024, "m": 1024**2, "g": 1024**3, "t": 1024**4}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--name", default="", help="what other machines call this one")
    parser.add_argument(
        "--port",
        type=_port,
        default=CONTROL_PORT,
        help=f"control port ({CONTROL_PORT}); pairing and the engines use the ports after it",
    )
    parser.add_argument(
        "--interface",
        action="append",
        default=[],
        metavar="NAME",
        help="listen on this network interface or address alone; may be repeated",
    )
    parser.add_argument("--threads", type=_positive, metavar="T", help="threads of each engine")
    parser.add_argument(
        "--memory-limit",
        type=_size,
        metavar="SIZE",
        help='most memory an engine may take, such as "8G"',
    )
    parser.add_argument(
        "--no-announce",
        action="store_true",
        help="do not announce this machine over mDNS; others add it by address",
    )
    parser.add_argument("--managed", action="store_true", help=argparse.SUPPRESS)
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Until Ctrl-C or a polite kill: 0. What keeps the worker from starting is said: 1."""
    with asyncio.Runner(loop_factory=new_event_loop) as runner:
        return runner.run(_run_managed() if arguments.managed else _run_alone(arguments))


async def _run_managed() -> int:
    # Ctrl-C reaches every process of a terminal; the parent decides when its worker ends.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    parent = Parent()
    try:
        config = parent.read_config()
        write_log(Path(config.state_directory))
        worker = Worker(config)
    except HPipeError as problem:
        parent.tell_failed(problem)
        return 1
    gone = asyncio.Event()
    loop = asyncio.get_running_loop()
    parent.on_gone(lambda: loop.call_soon_threadsafe(gone.set))
    stop_on_signals(gone.set, (signal.SIGTERM,))
    return await _serve(worker, gone, parent.tell, parent.tell_failed)


async def _run_alone(arguments: argparse.Namespace) -> int:
    config = WorkerConfig(
        name=arguments.name or platform.node() or "A machine without a name",
        state_directory=str(state_directory()),
        store_directory=str(cache_directory() / "models"),
        control_port=arguments.port,
        interfaces=tuple(arguments.interface),
        announce=not arguments.no_announce,
        threads=arguments.threads,
        memory_limit_bytes=arguments.memory_limit,
    )
    ended = asyncio.Event()
    stop_on_signals(ended.set, (signal.SIGINT, signal.SIGTERM))
    try:
        log_file = write_log(Path(config.state_directory))
        worker = Worker(config, _say)
    except HPipeError as problem:
        _complain(problem)
        return 1
    codes: list[asyncio.Task[None]] = []

    def welcome(ready: WorkerReady) -> None:
        _say(f"{ready.name} ({system_name()}) takes part. Ctrl-C ends it.")
        _say(f"Addresses: {', '.join(ready.addresses) or 'none'}; port {ready.control_port}.")
        _say(f"Log: {log_file}")
        codes.append(asyncio.create_task(_show_codes(worker)))

    code = await _serve(worker, ended, welcome, _complain)
    for task in codes:
        task.cancel()
    if code == 0:
        _say("Stopped.")
    return code


async def _serve(
    worker: Worker,
    ended: asyncio.Event,
    on_ready: Callable[[WorkerReady], None],
    on_failed: Callable[[HPipeError], None],
) -> int:
    starting = asyncio.create_task(worker.start())
    ending = asyncio.create_task(ended.wait())
    try:
        # Asking torch for GPUs can take seconds, in which a person may change their mind.
        await asyncio.wait((starting, ending), return_when=asyncio.FIRST_COMPLETED)
        if not ending.done():
            on_ready(starting.result())
            await ending
    except HPipeError as problem:
        on_failed(problem)
        return 1
    finally:
        starting.cancel()
        ending.cancel()
        await asyncio.gather(starting, ending, return_exceptions=True)
        await worker.stop()
    return 0


async def _show_codes(worker: Worker) -> None:
    """Say the pairing code, and each one that takes its place."""
    shown = ""
    while True:
        try:
            code = worker.guard.offer().code
            text = f"Pairing code: {code}"
        except PairingError as locked:
            code, text = "locked", str(locked)
        if code != shown:
            shown = code
            _say(text)
        await asyncio.sleep(_LOOK_SECONDS)


def stop_on_signals(stop: Callable[[], None], signals: tuple[signal.Signals, ...]) -> None:
    """Call stop on the running loop for these signals, also where the loop takes none itself."""
    loop = asyncio.get_running_loop()
    for number in signals:
        try:
            loop.add_signal_handler(number, stop)
        except NotImplementedError:  # Windows
            signal.signal(number, lambda *_: loop.call_soon_threadsafe(stop))


def _say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def _complain(problem: HPipeError) -> None:
    sys.stderr.write(f"{problem}\n")


def _port(text: str) -> int:
    value = int(text)
    if not 1 <= value <= 65_000:
        raise argparse.ArgumentTypeError("must be from 1 to 65000")
    return value


def _positive(text: str) -> int:
    value = int(text)
    if value < 1:
        raise argparse.ArgumentTypeError("must be 1 or more")
    return value


def _size(text: str) -> int:
    found = _SIZE.fullmatch(text.strip())
    if not found:
        raise argparse.ArgumentTypeError('must be a size such as "8G" or "1500M"')
    return int(float(found["number"]) * _UNITS[found["unit"].lower()])
