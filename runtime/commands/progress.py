"""Shows a pool at work in a terminal, or in plain lines where the output goes to a file."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager

from rich.progress import (
    BarColumn,
    Progress,
    SpinnerColumn,
    TaskID,
    TaskProgressColumn,
    TextColumn,
    TimeElapsedColumn,
)

from runtime.commands.terminal import messages, tell
from runtime.planner.values import Plan
from runtime.snapshots import (
    Event,
    JobChanged,
    JobSnapshot,
    JobState,
    LogWritten,
    MachineState,
    PoolChanged,
    PoolSnapshot,
    TransferMoved,
    TransferSnapshot,
)

LOADING = "Loading the layers"
READING = "Reading"
ANSWERING = "Answering"


class EventPrinter:
    """Listens to a service: a bar for whatever is being done, the answer word by word.

    names_documents: several are read at once, so that each has a bar with its name.
    """

    def __init__(self, *, stream_answer: bool, names_documents: bool = False) -> None:
        self._stream_answer = stream_answer
        self._names_documents = names_documents
        self._bars = _Bars()
        self._names: dict[str, str] = {}
        self._told: set[str] = set()
        self._told_split = False
        self._step = ""
        self._shown = 0

    def __enter__(self) -> EventPrinter:
        self._bars.open()
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Take the bars away and end the line of the answer. Safe to call twice."""
        self._bars.close()
        if self._shown:
            self._shown = 0
            sys.stdout.write("\n")
            sys.stdout.flush()

    @contextmanager
    def doing(self, what: str) -> Iterator[None]:
        """Show that something is being done whose end nobody can foresee."""
        self._bars.show(what, None)
        try:
            yield
        finally:
            self._bars.end(what)

    def __call__(self, event: Event) -> None:
        match event:
            case JobChanged(job):
                self._job(job)
            case TransferMoved(transfer):
                self._transfer(transfer)
            case PoolChanged(pool):
                self._pool(pool)
            case LogWritten(level, text, _) if level != "info":
                self._once(text)

    def _transfer(self, transfer: TransferSnapshot) -> None:
        """One thing at a time is brought in, in several steps."""
        if transfer.finished or transfer.name != self._step:
            self._bars.end(self._step)
        if not transfer.finished:
            self._step = transfer.name
            self._bars.show(transfer.name, _share(transfer.bytes_done, transfer.bytes_total))

    def _pool(self, pool: PoolSnapshot) -> None:
        self._once(pool.notice)
        for machine in pool.machines:
            self._names[machine.machine_id] = machine.name
            if machine.state is MachineState.MEASURING:
                self._bars.show(f"Measuring {machine.name}", machine.progress or 0.0)
            else:
                self._bars.end(f"Measuring {machine.name}")

    def _job(self, job: JobSnapshot) -> None:
        match job.state:
            case JobState.LOADING:
                if job.plan is not None and not (self._names_documents and self._told_split):
                    self._told_split = True
                    self._once(self._split(job.plan))
                if job.bytes_to_load:
                    self._bars.show(LOADING, _share(job.bytes_loaded, job.bytes_to_load))
            case JobState.READING:
                self._bars.end(LOADING)
                self._bars.show(
                    self._key(job), _share(job.tokens_read, job.prompt_tokens), text=self._text(job)
                )
            case JobState.ANSWERING if self._names_documents:
                self._bars.show(self._key(job), None, text=f"{job.title}: {ANSWERING}")
            case JobState.DONE | JobState.CANCELLED | JobState.FAILED if self._names_documents:
                self._bars.end(self._key(job))
            case JobState.ANSWERING | JobState.DONE | JobState.CANCELLED | JobState.FAILED:
                self._bars.end_all()
                self._answer(job.answer)

    def _key(self, job: JobSnapshot) -> str:
        return f"{READING} {job.job_id}" if self._names_documents else READING

    def _text(self, job: JobSnapshot) -> str:
        return f"{job.title}: {_reading(job)}" if self._names_documents else _reading(job)

    def _split(self, plan: Plan) -> str:
        names = [self._names.get(stage.machine_id, stage.machine_id) for stage in plan.stages]
        layers = plan.stages[-1].last_layer
        first, *others = zip(names, plan.stages, strict=True)
        if others:
            shares = [f"{first[0]} takes {first[1].layer_count} of the {layers} layers"]
            shares += [f"{name} {stage.layer_count}" for name, stage in others]
        else:
            shares = [f"{first[0]} takes all {layers} layers"]
        return (
            f"{', '.join(shares)}. The first word is expected after "
            f"{plan.prediction.ttft_seconds:.1f} s of reading. {plan.reason}"
        ).strip()

    def _answer(self, answer: str) -> None:
        """What is new of it. Space around it is held back: at its ends it is no part of it."""
        answer = answer.strip()
        if self._stream_answer and len(answer) > self._shown:
            if not self._shown:
                self._bars.close()
            sys.stdout.write(answer[self._shown :])
            sys.stdout.flush()
            self._shown = len(answer)

    def _once(self, text: str) -> None:
        if text and text not in self._told:
            self._told.add(text)
            tell(text)


class _Bars:
    """Bars that move in a terminal; elsewhere a line for each thing that begins."""

    def __init__(self) -> None:
        self._progress = Progress(
            SpinnerColumn(),
            TextColumn("{task.description}", markup=False),
            BarColumn(bar_width=30),
            TaskProgressColumn(),
            TimeElapsedColumn(),
            console=messages,
            transient=True,
            disable=not messages.is_terminal,
        )
        self._tasks: dict[str, TaskID] = {}

    def open(self) -> None:
        self._progress.start()

    def close(self) -> None:
        self.end_all()
        self._progress.stop()

    def show(self, key: str, share: float | None, *, text: str = "") -> None:
        """How far something is, None: nobody knows; text may change while the key stays."""
        if key not in self._tasks:
            self._tasks[key] = self._progress.add_task(text or key, total=1.0)
            if not messages.is_terminal:
                tell(f"{text or key} …")
        total = 1.0 if share is not None else None
        self._progress.update(
            self._tasks[key], total=total, completed=share or 0.0, description=text or key
        )

    def end(self, key: str) -> None:
        if key in self._tasks:
            self._progress.remove_task(self._tasks.pop(key))

    def end_all(self) -> None:
        for key in tuple(self._tasks):
            self.end(key)


def _reading(job: JobSnapshot) -> str:
    if not job.tokens_read:
        return f"{READING} {job.prompt_tokens:,} tokens"
    left = f", {job.seconds_left:.0f} s left" if job.seconds_left is not None else ""
    return (
        f"{READING} {job.tokens_read:,} of {job.prompt_tokens:,} tokens, "
        f"{job.tokens_per_second:,.0f} tokens/s{left}"
    )


def _share(done: int, total: int) -> float | None:
    return done / total if total else None
