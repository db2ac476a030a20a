"""Past answers: searched, read, opened beside their document again, saved, deleted."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import (
    QFrame,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QScrollArea,
    QSplitter,
    QVBoxLayout,
    QWidget,
)

from app.analyze.column import Column
from app.analyze.history_search import matching
from app.analyze.open_document import Turn
from app.analyze.references import PageReferences
from app.analyze.rows import DETAIL, ICON, KEY, RowDelegate
from app.analyze.turn_view import TurnView
from app.analyze.wording import ICONS, date
from app.bridge import Bridge
from app.state import AppState
from app.theme import GAP, GAP_LARGE, GAP_SMALL
from app.widgets.basics import button, icon_button, label, row
from app.widgets.elided import ElidedLabel
from app.widgets.empty_state import EmptyState
from app.widgets.note import Note
from app.widgets.page import scrolling
from app.widgets.question import ask
from runtime.service import Service
from runtime.snapshots import JobSnapshot


class _List(QListWidget):
    delete_wanted = Signal()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace):
            self.delete_wanted.emit()
            return
        super().keyPressEvent(event)


class HistoryView(QWidget):
    """Asks the service for the history each time it is opened."""

    open_wanted = Signal(object, object)  # JobSnapshot, a Citation's (start, end) or None
    export_wanted = Signal(object)  # JobSnapshot

    def __init__(self, bridge: Bridge, state: AppState, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._bridge = bridge
        self._state = state
        self._jobs: dict[str, JobSnapshot] = {}
        self._shown_job: JobSnapshot | None = None
        self.search = QLineEdit()
        self.search.setAcceptDrops(False)  # a file is for the page
        self.search.setPlaceholderText(self.tr("Search questions, answers and documents"))
        self.search.setAccessibleName(self.tr("Search the history"))
        self.search.setClearButtonEnabled(True)
        self.search.textChanged.connect(self._list_jobs)
        self.list = _List()
        self.list.setAccessibleName(self.tr("Past answers"))
        self.list.setItemDelegate(RowDelegate(self.list, is_two_lines=True))
        self.list.setMouseTracking(True)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.currentItemChanged.connect(self._show_current)
        self.list.delete_wanted.connect(self._confirm_delete)
        self.list.itemActivated.connect(lambda _: self._open())
        self._nothing = label(self.tr("Nothing holds these words."), muted=True, wrap=True)
        self._nothing.hide()
        self.note = Note()
        left = QWidget()
        left_layout = QVBoxLayout(left)
        left_layout.setContentsMargins(0, 0, 0, 0)
        left_layout.setSpacing(GAP_SMALL)
        for widget in (self.search, self.note, self._nothing):
            left_layout.addWidget(widget)
        left_layout.addWidget(self.list, 1)
        self._split = QSplitter(Qt.Orientation.Horizontal)
        self._split.setChildrenCollapsible(False)
        self._split.setHandleWidth(GAP)
        self._split.addWidget(left)
        self._split.addWidget(self._make_preview())
        left.setMinimumWidth(240)
        self._split.setSizes([360, 540])
        self._split.setStretchFactor(0, 2)
        self._split.setStretchFactor(1, 3)
        self._empty = EmptyState(
            "history",
            self.tr("No answers yet"),
            self.tr("Every answer is kept here, on this machine only, until you delete it."),
        )
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._split)
        layout.addWidget(self._empty)
        self._split.hide()

    def load(self, selected: str = "") -> None:
        """Fetch the history and show it, with one job chosen."""

        self.note.clear()

        def take(jobs: tuple[JobSnapshot, ...]) -> None:
            self._jobs = {job.job_id: job for job in jobs}
            self._list_jobs(keep=selected)

        self._bridge.call(
            Service.history, owner=self, on_done=take, on_error=self.note.show_error
        )  # fmt: skip

    def focus_search(self) -> None:
        self.search.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.search.selectAll()

    def _make_preview(self) -> QWidget:
        self._title = ElidedLabel()
        self._meta = ElidedLabel()
        self._meta.setProperty("muted", True)
        self.open = button(self.tr("O&pen document"), self._open, icon="document")
        self.delete = icon_button(
            "delete", self.tr("Delete this answer (Delete)"), self._confirm_delete
        )
        titles = QVBoxLayout()
        titles.setSpacing(2)
        titles.addWidget(self._title)
        titles.addWidget(self._meta)
        header = row(spacing=GAP_SMALL)
        header.addLayout(titles, 1)
        header.addWidget(self.open)
        header.addWidget(self.delete)
        self._column = Column()
        self._scroll: QScrollArea = scrolling(self._column, self.tr("Past answer"))
        self._scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._preview = QFrame()
        layout = QVBoxLayout(self._preview)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(GAP_LARGE)
        layout.addLayout(header)
        layout.addWidget(self._scroll, 1)
        return self._preview

    def _list_jobs(self, _words: str = "", *, keep: str = "") -> None:
        keep = keep or (self._shown_job.job_id if self._shown_job is not None else "")
        found = matching(self._jobs.values(), self.search.text())
        self.list.blockSignals(True)
        self.list.clear()
        for job in found:
            item = QListWidgetItem(job.question)
            detail = f"{date(job.started_at)}  ·  {job.title}"
            item.setData(KEY, job.job_id)
            item.setData(DETAIL, detail)
            item.setData(ICON, ICONS[job.state])
            item.setToolTip(job.question)
            item.setData(Qt.ItemDataRole.AccessibleTextRole, f"{job.question}, {detail}")
            self.list.addItem(item)
            if job.job_id == keep:
                self.list.setCurrentItem(item)
        if self.list.currentItem() is None and found:
            self.list.setCurrentRow(0)
        self.list.blockSignals(False)
        self._empty.setVisible(not self._jobs)
        self._split.setVisible(bool(self._jobs))
        self._nothing.setVisible(bool(self._jobs) and not found)
        self._show_current()

    def _show_current(self) -> None:
        item = self.list.currentItem()
        job = self._jobs.get(item.data(KEY)) if item is not None else None
        if job == self._shown_job:
            return
        self._shown_job = job
        self._column.clear()
        self._preview.setVisible(job is not None)
        if job is None:
            return
        self._title.setText(job.title)
        self._meta.setText(f"{job.model_name}  ·  {date(job.started_at)}")
        self.open.setEnabled(bool(job.document_path))
        self.open.setToolTip(job.document_path)
        turn = Turn(job.question, job_id=job.job_id, job=job)
        view = TurnView(turn, PageReferences(()), self._state)
        view.place_chosen.connect(lambda start, end: self._open((start, end)))
        view.export_wanted.connect(lambda: self.export_wanted.emit(job))
        self._column.append(view)

    def _open(self, place: tuple[int, int] | None = None) -> None:
        if self._shown_job is not None and self._shown_job.document_path:
            self.open_wanted.emit(self._shown_job, place)

    def _confirm_delete(self) -> None:
        job = self._shown_job
        if job is None:
            return
        ask(
            self,
            self.tr("Delete this answer?"),
            self.tr("“{question}” about {title} is deleted for good.").format(
                question=job.question, title=job.title
            ),
            self.tr("Delete"),
            lambda: self._delete(job),
        )

    def _delete(self, job: JobSnapshot) -> None:
        def done(_: object) -> None:
            self._state.forget_job(job.job_id)
            self._jobs.pop(job.job_id, None)
            self._list_jobs()

        self._bridge.call(
            Service.delete_history,
            job.job_id,
            owner=self,
            on_done=done,
            on_error=self.note.show_error,
        )
