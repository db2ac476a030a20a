"""One question and its answer: progress while it runs, then the answer, its places and figures."""

from __future__ import annotations

from PySide6.QtCore import QElapsedTimer, Qt, QTimer, Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QFrame, QVBoxLayout, QWidget

from app.analyze.answer_text import AnswerText
from app.analyze.open_document import Turn
from app.analyze.references import PageReferences
from app.analyze.sources import Sources
from app.analyze.turn_progress import TurnProgress
from app.analyze.wording import figures, reused
from app.state import AppState
from app.theme import GAP, GAP_LARGE, GAP_SMALL, GAP_TINY, small_font
from app.widgets.basics import icon_button, label, row
from app.widgets.note import Note
from runtime.snapshots import JobSnapshot, JobState, MachineState

# An answer is written at most ten times a second, and at most a fifth of the time goes into it.
MILLISECONDS_BETWEEN = 100
SHARE = 5


class TurnView(QFrame):
    """Shows a turn as it changes; `refresh` may be called as often as anything happens."""

    cancel_wanted = Signal()
    retry_wanted = Signal()
    export_wanted = Signal()
    place_chosen = Signal(int, int)
    grown = Signal()

    def __init__(
        self,
        turn: Turn,
        references: PageReferences,
        state: AppState,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.turn = turn
        self._state = state
        self._shown_state: tuple[object, ...] = ()
        self.setProperty("kind", "card")
        self.setAccessibleName(turn.question)
        question = label(turn.question, wrap=True)
        font = question.font()
        font.setWeight(font.Weight.DemiBold)
        question.setFont(font)
        question.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        question.setAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        self.copy = icon_button("copy", self.tr("Copy the answer"), self.copy_answer)
        self.export = icon_button(
            "export", self.tr("Save the answer as Markdown"), self.export_wanted.emit
        )
        self.progress = TurnProgress()
        self.progress.cancel_wanted.connect(self.cancel_wanted)
        self.note = Note()
        self.answer = AnswerText(references)
        self.answer.place_chosen.connect(self.place_chosen)
        self.sources = Sources()
        self.sources.place_chosen.connect(self.place_chosen)
        self._reused = label(level="info", wrap=True)
        self._figures = label(muted=True, wrap=True)
        for text in (self._reused, self._figures):
            text.setFont(small_font(self))
            text.hide()
        top = row(question, self.copy, self.export, spacing=GAP_TINY)
        top.setAlignment(self.copy, Qt.AlignmentFlag.AlignTop)
        top.setAlignment(self.export, Qt.AlignmentFlag.AlignTop)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(GAP_LARGE, GAP, GAP, GAP)
        layout.setSpacing(GAP_SMALL)
        layout.addLayout(top)
        for widget in (
            self.progress, self.note, self.answer, self.sources, self._reused, self._figures,
        ):  # fmt: skip
            layout.addWidget(widget)
        self._pause = QTimer(self, singleShot=True, interval=MILLISECONDS_BETWEEN)
        self._pause.timeout.connect(self._write)
        self.refresh()

    @property
    def job(self) -> JobSnapshot | None:
        return self.turn.job

    def refresh(self) -> None:
        """Something about the turn changed: show it, soon or at once when a step is done."""
        job = self.turn.job
        now = (job.state if job else None, self.turn.is_cancelling, self.turn.error)
        if now != self._shown_state:
            self._shown_state = now
            self._pause.stop()
            self._write()
        elif not self._pause.isActive():
            self._pause.start()

    def copy_answer(self) -> None:
        """The answer as it was written, in Markdown, to the clipboard."""
        if self.turn.job is not None:
            QGuiApplication.clipboard().setText(self.turn.job.answer)

    def machines_changed(self) -> None:
        """Show how far measuring is, and at once when a machine this question runs on is gone."""
        if self.turn.job is not None and self.turn.job.state is JobState.PLANNING:
            self.refresh()
        self._check_machines()

    def _check_machines(self) -> None:
        job = self.turn.job
        if job is None or job.plan is None or not self.turn.is_running:
            return
        used = dict.fromkeys(stage.machine_id for stage in job.plan.stages)
        lost = [
            machine
            for machine_id in used
            if (machine := self._state.machine(machine_id)) is not None
            and machine.state is MachineState.LOST
        ]
        if lost:
            self.note.say(
                "warning",
                self.tr("{name} stopped answering.").format(name=", ".join(m.name for m in lost)),
                lost[0].detail,
                closable=False,
            )

    def _write(self) -> None:
        took = QElapsedTimer()
        took.start()
        turn, job = self.turn, self.turn.job
        has_stopped = self.progress.cancel.hasFocus() and not turn.is_running
        self.progress.setVisible(turn.is_running)
        if turn.is_running:
            self.progress.show_turn(turn, self._state.measured_share)
            self._check_machines()
        answer = job.answer if job is not None else ""
        self.answer.setVisible(bool(answer))
        self.answer.set_answer(answer)
        has_answer = bool(answer) and not turn.is_running
        self.copy.setVisible(has_answer)
        self.export.setVisible(has_answer)
        self._show_ending()
        if has_stopped:
            self.note.focus_action()
        self._pause.setInterval(max(MILLISECONDS_BETWEEN, SHARE * took.elapsed()))
        self.grown.emit()

    def _show_ending(self) -> None:
        turn, job = self.turn, self.turn.job
        is_done = job is not None and turn.is_answered
        self.sources.show_citations(job.citations if is_done and job is not None else ())
        again = reused(job) if job is not None and job.state is not JobState.FAILED else ""
        numbers = figures(job) if is_done and job is not None else ""
        for widget, text in ((self._reused, again), (self._figures, numbers)):
            widget.setText(text)
            widget.setVisible(bool(text))
        if turn.is_running:
            if job is None or job.state is JobState.WAITING:
                self.note.clear()
        elif turn.error is not None:
            self._offer_again("error", turn.error.message, turn.error.hint)
        elif job is not None and job.state is JobState.FAILED:
            self._offer_again("error", job.error, job.hint)
        elif job is not None and job.state is JobState.CANCELLED:
            self._offer_again("info", self.tr("Stopped before the answer was complete."), "")
        elif is_done and job is not None and not job.answer:
            self._offer_again("info", self.tr("The model gave no answer."), "")
        else:
            self.note.clear()

    def _offer_again(self, level: str, text: str, hint: str) -> None:
        action = ""
        if self.turn.request is not None:
            lacks_machine = level == "error" and self._state.lacks_machine_of_plan
            action = self.tr("Let HPipe decide") if lacks_machine else self.tr("Try again")
        self.note.say(
            level,  # type: ignore[arg-type]
            text,
            hint,
            action=action,
            on_action=self.retry_wanted.emit,
            closable=False,
        )
