"""What the page shows before a document is open: where to drop one, and the latest answers."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QVBoxLayout, QWidget

from app.analyze.history_search import matching
from app.analyze.wording import date
from app.state import FINISHED, AppState
from app.theme import GAP, GAP_LARGE, GAP_SMALL, heading_font
from app.widgets.basics import button, label, row, set_property
from app.widgets.elided import ElidedLabel
from app.widgets.icon_label import IconLabel
from runtime.snapshots import JobSnapshot

RECENT = 3


class StartView(QWidget):
    """Invites; the page itself takes what is dropped, anywhere on it."""

    files_wanted = Signal()
    sample_wanted = Signal()
    past_wanted = Signal(object)  # JobSnapshot

    def __init__(self, state: AppState, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._state = state
        self._shown: tuple[JobSnapshot, ...] | None = None
        self.drop = QFrame()
        self.drop.setProperty("kind", "drop")
        title = label(self.tr("Drop documents here"))
        title.setFont(heading_font(self))
        text = label(
            self.tr(
                "PDF, Word, Markdown, HTML or plain text. Several are answered side by side. "
                "Nothing leaves your machines."
            ),
            muted=True,
            wrap=True,
        )
        for words in (title, text):
            words.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        text.setMaximumWidth(460)
        text.setMinimumWidth(300)
        self.choose = button(
            self.tr("Choose &documents …"), self.files_wanted.emit, kind="primary", icon="folder"
        )
        self.sample = button(self.tr("Try the &sample"), self.sample_wanted.emit, icon="play")
        inside = QVBoxLayout(self.drop)
        inside.setSpacing(GAP)
        inside.addStretch(1)
        inside.addWidget(IconLabel("document", "accent", 44), 0, Qt.AlignmentFlag.AlignHCenter)
        inside.addWidget(title)
        inside.addLayout(row(None, text, None))
        inside.addSpacing(GAP_SMALL)
        inside.addLayout(row(None, self.choose, self.sample, None))
        inside.addStretch(1)
        self._recent = QWidget()
        self._rows = QVBoxLayout(self._recent)
        self._rows.setContentsMargins(0, 0, 0, 0)
        self._rows.setSpacing(0)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(GAP_LARGE)
        layout.addWidget(self.drop, 1)
        layout.addWidget(self._recent)
        state.jobs_changed.connect(self._show_recent)
        self._show_recent()

    def invite(self, is_over: bool) -> None:
        """Something that can be dropped hangs over the page, or does no longer."""
        set_property(self.drop, "active", "true" if is_over else "false")

    def _show_recent(self) -> None:
        ended = (job for job in self._state.jobs.values() if job.state in FINISHED and job.answer)
        recent = matching(ended, "")[:RECENT]
        if recent == self._shown:
            return
        self._shown = recent
        while item := self._rows.takeAt(0):
            item.widget().deleteLater()
        self._recent.setVisible(bool(recent))
        if recent:
            self._rows.addWidget(label(self.tr("Latest answers"), muted=True))
        for job in recent:
            self._rows.addWidget(self._row(job))

    def _row(self, job: JobSnapshot) -> QWidget:
        name = self.tr("{question} ({title})").format(question=job.question, title=job.title)
        open_button = button("", lambda: self.past_wanted.emit(job), kind="quiet", name=name)
        question, title, day = ElidedLabel(job.question), ElidedLabel(job.title), label(muted=True)
        title.setProperty("muted", True)
        day.setText(date(job.started_at))
        inside = row(IconLabel("history", "text_muted"), question, title, day, spacing=GAP)
        inside.setContentsMargins(GAP_SMALL, 0, GAP_SMALL, 0)
        inside.setStretch(1, 3)
        inside.setStretch(2, 2)
        for part in (question, title, day):
            part.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        open_button.setLayout(inside)
        open_button.setMinimumHeight(36)
        return open_button
