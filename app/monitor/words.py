"""What the Monitor page says of a stage, of a job and of what it did."""

from __future__ import annotations

from PySide6.QtCore import QObject

from app.format import bandwidth, duration, memory, number, percent, token_rate
from app.monitor.history import Shares
from app.monitor.run import Run
from app.monitor.stage_graph import StageFacts
from app.said import said
from app.state import AppState
from app.theme import machine_color
from app.widgets.timeline import TimelineRow, TimelineSpan
from runtime.snapshots import JobSnapshot, JobState, LogWritten, MachineState

BEFORE_WORK = {JobState.WAITING, JobState.PLANNING, JobState.LOADING}


class MonitorWords(QObject):
    """Sentences and figures in the window's language."""

    def __init__(self, state: AppState, parent: QObject) -> None:
        super().__init__(parent)
        self._state = state

    def facts(self, run: Run, place: int, tokens: float, sent: float) -> StageFacts:
        """What stands beside a stage's graph; tokens and sent are per second."""
        stage, planned = run.stages[place], run.planned(place)
        machine = self._state.machine(stage.machine_id)
        is_lost = machine is not None and machine.state is MachineState.LOST
        doing = self.tr("lost") if is_lost else token_rate(tokens) if tokens else ""
        held, limit = "", ""
        if stage.latest is not None and stage.latest.memory_bytes:
            held = memory(stage.latest.memory_bytes)
            limit = memory(planned.memory_limit_bytes) if planned is not None else ""
        full = self.tr("{needed} of {limit}").format(needed=held, limit=limit) if limit else held
        network = bandwidth(sent) if sent else ""
        warmth = ""
        if machine is not None and machine.temperature_celsius is not None:
            warmth = self.tr("{n} °C").format(n=number(machine.temperature_celsius))
        layers = run.layers(place)
        spelled = self._spelled(layers)
        return StageFacts(
            name=self._state.machine_name(stage.machine_id),
            color=machine_color(self._state.color_index(stage.machine_id)),
            first_line=(joined(spelled, doing), joined(layers, doing)),
            second_line=(joined(full, network, warmth), joined(held, network, warmth)),
            level="error" if is_lost else "",
        )

    def _spelled(self, layers: str) -> str:
        if not layers:
            return ""
        if layers.isdigit():
            return self.tr("layer {number}").format(number=layers)
        return self.tr("layers {range}").format(range=layers)

    def row(self, run: Run, place: int) -> TimelineRow:
        machine_id = run.stages[place].machine_id
        layers = run.layers(place)
        return TimelineRow(
            name=self._state.machine_name(machine_id),
            detail=self._spelled(layers),
            color=machine_color(self._state.color_index(machine_id)),
            short=layers,
        )

    def shares(self, run: Run, place: int, shares: Shares) -> str:
        """A whole graph in a sentence."""
        parts = {
            self.tr("computing"): shares.computing,
            self.tr("sending"): shares.sending,
            self.tr("waiting"): shares.waiting,
            self.tr("idle"): shares.idle,
        }
        known = max(1e-9, sum(float(part.sum()) for part in parts.values()))
        text = ", ".join(f"{n} {percent(float(part.sum()) / known)}" for n, part in parts.items())
        return self.tr("{name}, stage {place}: {parts} of the time shown").format(
            name=self._state.machine_name(run.stages[place].machine_id),
            place=place + 1,
            parts=text,
        )

    def span(self, span: TimelineSpan) -> str:
        what = {
            "computing": self.tr("computing chunk {number}"),
            "waiting": self.tr("waiting for chunk {number}"),
            "sending": self.tr("sending chunk {number}"),
        }.get(span.kind, "")
        return f"{what.format(number=span.number + 1)}: {duration(span.end - span.start)}"

    def job(self, job: JobSnapshot) -> str:
        """Where a job stands, and how many go on beside it."""
        text = self._standing(job)
        others = sum(1 for one in self._state.running_jobs if one.job_id != job.job_id)
        return joined(text, self.tr("%n more at work", "", others)) if others else text

    def _standing(self, job: JobSnapshot) -> str:
        if job.state in BEFORE_WORK:
            return self.tr("{title}: getting ready").format(title=job.title)
        if job.state is JobState.READING:
            part = percent(job.tokens_read / max(1, job.prompt_tokens))
            return self.tr("{title}: {part} read").format(title=job.title, part=part)
        if job.state is JobState.ANSWERING:
            return self.tr("{title}: answering").format(title=job.title)
        return self.tr("{title}: ended").format(title=job.title)

    def event(self, job: JobSnapshot, at: float) -> LogWritten | None:
        """A line for the log about the state a job has just come to; None: not worth one."""
        level, text = "info", ""
        if job.state is JobState.LOADING and job.plan is not None:
            text = self.tr("Preparing %n stage(s) for {title}.", "", len(job.plan.stages))
        elif job.state is JobState.READING and job.tokens_reused:
            text = self.tr("Reading what is new about {title}: {new} of {tokens} tokens.")
        elif job.state is JobState.READING and job.plan is not None:
            text = self.tr("Reading {title}: {tokens} tokens, {time} predicted.")
        elif job.state is JobState.ANSWERING and job.ttft_seconds is not None:
            text = self.tr("The answer about {title} begins after {time}.")
        elif job.state is JobState.DONE:
            text = self.tr("The answer about {title} is complete.")
        elif job.state is JobState.CANCELLED:
            text = self.tr("The work on {title} was cancelled.")
        elif job.state is JobState.FAILED:
            level, text = "error", self.tr("The work on {title} failed: {error} {hint}")
        if not text:
            return None
        predicted = job.plan.prediction.ttft_seconds if job.plan is not None else 0.0
        words = text.format(
            title=job.title,
            tokens=number(job.prompt_tokens),
            new=number(job.prompt_tokens - job.tokens_reused),
            time=duration(predicted if job.ttft_seconds is None else job.ttft_seconds),
            error=said(job.error),
            hint=said(job.hint),
        )
        return LogWritten(level, words.strip(), at)


def joined(*parts: str) -> str:
    return " · ".join(part for part in parts if part)
