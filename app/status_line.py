"""The line at the bottom: the pool in a sentence, the running job, and what is being fetched."""

from __future__ import annotations

from PySide6.QtWidgets import QStatusBar, QWidget

from app.format import duration, memory, percent
from app.said import said
from app.state import AppState
from app.theme import GAP, GAP_SMALL
from app.widgets.basics import row
from app.widgets.elided import ElidedLabel
from app.widgets.icon_label import IconLabel
from runtime.snapshots import JobSnapshot, JobState, MachineState


class StatusLine(QStatusBar):
    """Thin over the state; says nothing it does not know."""

    def __init__(self, state: AppState, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._state = state
        self.setSizeGripEnabled(False)
        self._icon = IconLabel("waiting", "text_muted", 16)
        self._pool = ElidedLabel()
        self._job = ElidedLabel()
        self._transfer = ElidedLabel()
        holder = QWidget()
        layout = row(self._icon, self._pool, self._job, self._transfer, spacing=GAP)
        layout.setContentsMargins(GAP, GAP_SMALL - 2, GAP, GAP_SMALL - 2)
        holder.setLayout(layout)
        self.addWidget(holder, 1)
        state.pool_changed.connect(self._show_pool)
        state.job_changed.connect(self._show_job)
        state.transfers_changed.connect(self._show_transfer)
        self._show_pool()
        self._show_job()
        self._show_transfer()

    def _show_pool(self) -> None:
        if self._state.pool is None:
            if self._state.start_error is not None:
                self._pool.setText(self.tr("Not connected"))
                self._icon.show_icon("lost", "danger")
            else:
                self._pool.setText(self.tr("Looking for machines …"))
                self._icon.show_icon("waiting", "text_muted")
            return
        members = self._state.members
        lost = [m for m in self._state.machines if m.is_paired and m.state is MachineState.LOST]
        free = sum(m.free_memory_bytes for m in members)
        text = self.tr("%n machine(s) in the pool", "", len(members))
        if members:
            text += self.tr(", {free} free").format(free=memory(free))
        if lost:
            text += self.tr(", %n lost", "", len(lost))
        self._pool.setText(text)
        if lost:
            self._icon.show_icon("lost", "danger")
        elif members:
            self._icon.show_icon("ready", "good")
        else:
            self._icon.show_icon("waiting", "text_muted")

    def _show_job(self) -> None:
        self._job.setText(self._running())

    def _running(self) -> str:
        """The job that is read or answered, and how many go on beside it."""
        jobs = self._state.running_jobs
        if not jobs:
            return ""
        text = self._describe(jobs[0])
        if len(jobs) > 1:
            text += self.tr(", %n more at work", "", len(jobs) - 1)
        return text

    def _describe(self, job: JobSnapshot) -> str:
        if job.state is JobState.READING and job.prompt_tokens:
            text = self.tr("Reading {title}: {part}").format(
                title=job.title, part=percent(job.tokens_read / job.prompt_tokens)
            )
            if job.seconds_left is not None:
                text += self.tr(", {time} left").format(time=duration(max(1.0, job.seconds_left)))
            return text
        if job.state is JobState.ANSWERING:
            return self.tr("Answering about {title}").format(title=job.title)
        return self.tr("Preparing {title}").format(title=job.title)

    def _show_transfer(self) -> None:
        transfer = next(iter(self._state.transfers.values()), None)
        if transfer is None:
            self._transfer.setText("")
            return
        text = name = said(transfer.name)
        if transfer.bytes_total:
            text = self.tr("{name}: {part} of {size}").format(
                name=name,
                part=percent(transfer.bytes_done / transfer.bytes_total),
                size=memory(transfer.bytes_total),
            )
        self._transfer.setText(text)
