"""How commands talk to a person: progress on the error stream, results on the output."""

from __future__ import annotations

import asyncio
import signal
import sys
from collections.abc import Callable, Coroutine
from typing import Any

import msgspec
from rich.console import Console
from rich.progress import (
    BarColumn,
    Progress,
    SpinnerColumn,
    TaskID,
    TaskProgressColumn,
    TextColumn,
    TimeElapsedColumn,
)

from runtime.errors import Cancelled, HPipeError
from runtime.snapshots import (
    Event,
    JobChanged,
    JobSnapshot,
    JobState,
    LogWritten,
    MachineState,
    PoolChanged,
    TransferMoved,
)

INTERRUPTED = 130

# Progress and messages go here, so that the output holds the answer alone.
messages = Console(stderr=True, highlight=False)


def run_command(main: Callable[[], Coroutine[Any, Any, int]]) -> int:
    """Run a command's coroutine; errors become a sentence and an exit code that is not 0."""
    try:
        return asyncio.run(_until_terminated(main))
    except KeyboardInterrupt:
        messages.print("Stopped.")
        return INTERRUPTED
    except Cancelled as problem:
        messages.print(str(problem))
        return INTERRUPTED
    except HPipeError as problem:
        messages.print(f"[bold red]{_plain(problem.message)}[/]")
        if problem.hint:
            messages.print(_plain(problem.hint))
        return 1


async def _until_terminated(main: Callable[[], Coroutine[Any, Any, int]]) -> int:
    """A polite kill ends the command like Ctrl-C, so that nothing is left running."""
    task = asyncio.current_task()
    if task is not None and sys.platform != "win32":
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)
    try:
        return await main()
    except asyncio.CancelledError:
        raise KeyboardInterrupt from None


def print_json(value: Any) -> None:
    """One JSON object on the output."""
    sys.stdout.write(msgspec.json.format(msgspec.json.encode(value), indent=2).decode() + "\n")
    sys.stdout.flush()


def _plain(text: str) -> str:
    """Square brackets in a message are text, not colours."""
    return text.replace("[", "\\[")


class EventPrinter:
    """Shows a pool at work: one bar at a time for what is being done, the answer as it comes."""

    def __init__(self, *, stream_answer: bool) -> None:
        self._stream_answer = stream_answer
        self._progress = Progress(
            SpinnerColumn(),
            TextColumn("{task.description}"),
            BarColumn(bar_width=30),
            TaskProgressColumn(),
            TimeElapsedColumn(),
            console=messages,
            transient=True,
        )
        self._bars: dict[str, TaskID] = {}
        self._shown = 0
        self._announced_plan = False

    def __enter__(self) -> EventPrinter:
        self._progress.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._progress.stop()

    def __call__(self, event: Event) -> None:
        match event:
            case JobChanged(job):
                self._job(job)
            case TransferMoved(transfer):
                share = transfer.bytes_done / max(1, transfer.bytes_total)
                self._bar(transfer.name, share, finished=transfer.finished)
            case PoolChanged(pool):
                for machine in pool.machines:
                    key = f"Measuring {machine.name}"
                    if machine.state is MachineState.MEASURING:
                        self._bar(key, machine.progress or 0.0)
                    elif key in self._bars:
                        self._bar(key, 1.0, finished=True)
            case LogWritten(level, text, _):
                if level != "info":
                    messages.print(_plain(text))

    def _job(self, job: JobSnapshot) -> None:
        match job.state:
            case JobState.LOADING:
                self._plan(job)
            case JobState.READING:
                left = f", {job.seconds_left:.0f} s left" if job.seconds_left is not None else ""
                text = (
                    f"Reading {job.tokens_read:,} of {job.prompt_tokens:,} tokens, "
                    f"{job.tokens_per_second:,.0f} tokens/s{left}"
                )
                self._bar("reading", job.tokens_read / max(1, job.prompt_tokens), text=text)
            case JobState.ANSWERING:
                self._bar("reading", 1.0, finished=True)
                self._answer(job.answer)
            case JobState.DONE | JobState.CANCELLED | JobState.FAILED:
                self._bar("reading", 1.0, finished=True)
                self._answer(job.answer)

    def _plan(self, job: JobSnapshot) -> None:
        if self._announced_plan or job.plan is None:
            return
        self._announced_plan = True
        shares = ", ".join(
            f"{stage.first_layer} to {stage.last_layer - 1}" for stage in job.plan.stages
        )
        messages.print(
            f"Layers {shares} on {len(job.plan.stages)} stage(s); "
            f"the first word is expected {job.plan.prediction.ttft_seconds:.1f} s after reading "
            f"starts. {_plain(job.plan.reason)}"
        )

    def _answer(self, answer: str) -> None:
        if self._stream_answer and len(answer) > self._shown:
            if not self._shown:
                self._progress.stop()
            sys.stdout.write(answer[self._shown :])
            sys.stdout.flush()
            self._shown = len(answer)

    def _bar(self, key: str, share: float, *, text: str = "", finished: bool = False) -> None:
        if finished:
            if key in self._bars:
                self._progress.remove_task(self._bars.pop(key))
            return
        if key not in self._bars:
            self._bars[key] = self._progress.add_task(text or key, total=1.0)
        self._progress.update(self._bars[key], completed=share, description=text or key)
