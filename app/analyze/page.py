"""The Analyze page: documents in, questions asked, answers with the places they rest on."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QCoreApplication, QMimeData, QStandardPaths, QUrl
from PySide6.QtGui import (
    QDragEnterEvent,
    QDragLeaveEvent,
    QDragMoveEvent,
    QDropEvent,
    QKeySequence,
    QShortcut,
)
from PySide6.QtWidgets import QFileDialog, QStackedWidget, QWidget

from app.analyze.desk import Desk
from app.analyze.export import file_name, write_answer
from app.analyze.files import FILTER, documents_in
from app.analyze.history_view import HistoryView
from app.analyze.open_document import OpenDocument, Turn
from app.analyze.start_view import StartView
from app.analyze.wording import tokens
from app.analyze.work_view import WorkView
from app.bridge import Bridge
from app.state import AppState
from app.widgets.basics import button
from app.widgets.page import Page
from app.widgets.save_dialog import ask_where_to_save
from runtime.errors import HPipeError
from runtime.service import Service
from runtime.snapshots import DocumentSnapshot, JobSnapshot, PageAnchor


class AnalyzePage(Page):
    """Three views: the invitation, the documents at work, and the history."""

    def __init__(self, bridge: Bridge, state: AppState, parent: QWidget | None = None) -> None:
        super().__init__(
            bridge, state, QCoreApplication.translate("AnalyzePage", "Analyze"), parent
        )
        self.setAcceptDrops(True)
        self.desk = Desk(bridge, state, self)
        # Where files are looked for and saved: the person's documents, then wherever they went.
        documents = QStandardPaths.StandardLocation.DocumentsLocation
        self._folder = Path(QStandardPaths.writableLocation(documents))
        self.start_view = StartView(state)
        self.work = WorkView(self.desk, state)
        self.history = HistoryView(bridge, state)
        self._stack = QStackedWidget()
        for view in (self.start_view, self.work, self.history):
            self._stack.addWidget(view)
        self.body.addWidget(self._stack)
        self.open_button = button(
            self.tr("Open …"), self.choose_files, icon="add",
            name=self.tr("Open documents"), tip=self.tr("Open documents (Ctrl+O)"),
        )  # fmt: skip
        self.history_button = button(
            self.tr("History"), self._toggle_history, icon="history",
            name=self.tr("Past answers"), tip=self.tr("Past answers (Ctrl+Shift+H)"),
        )  # fmt: skip
        self.actions.addWidget(self.open_button)
        self.actions.addWidget(self.history_button)
        self._make_commands()
        self._connect()
        self._show()

    def open_document(self, path: Path, question: str = "", start: bool = False) -> None:
        """Open a document with a question in the box; start asks it once the text is there."""
        opened = self.desk.open(path, question if start else "")
        self.desk.select(opened)
        self._stack.setCurrentWidget(self.work)
        self._show()
        if question and not start:
            self.work.box.set_question(question)
        self.work.box.input.setFocus()

    def open_documents(self, paths: Sequence[Path]) -> None:
        """Open files, and the documents in folders; the first of them is looked at."""
        found = documents_in(paths)
        if not found:
            self.note.say(
                "warning",
                self.tr("There is no document here that HPipe can read."),
                self.tr("It reads PDF, Word (.docx), Markdown, HTML and plain text."),
            )
            return
        self.note.clear()
        opened = [self.desk.open(path) for path in found]
        self.desk.select(opened[0])
        self._stack.setCurrentWidget(self.work)
        self._show()
        self.work.box.input.setFocus()

    # What a person can do

    def choose_files(self) -> None:
        names, _ = QFileDialog.getOpenFileNames(
            self,
            self.tr("Open documents"),
            str(self._folder),
            f"{self.tr('Documents')} ({FILTER})",
        )
        if names:
            self._folder = Path(names[0]).parent
            self.open_documents([Path(name) for name in names])

    def open_sample(self) -> None:
        """The shipped document with its question, ready to be asked."""
        from runtime.sample import sample_document, sample_question  # noqa: PLC0415 (reads assets)

        try:
            self.open_document(sample_document(), sample_question())
        except HPipeError as error:
            self.note.show_error(error)

    def show_history(self, job_id: str = "") -> None:
        self._stack.setCurrentWidget(self.history)
        self.history.load(job_id)
        self.history.focus_search()
        self._show()

    def stop_current(self) -> None:
        current = self.desk.current
        if current is not None and current.current is not None:
            self.desk.cancel(current, current.current)

    def find_in_text(self) -> None:
        if self._stack.currentWidget() is self.history:
            self.history.focus_search()
        else:
            self.work.pane.focus_search()

    def copy_answer(self) -> None:
        view = self.work.conversation
        answered = [v for v in view.views if v.turn.is_answered] if view is not None else []
        if answered:
            answered[-1].copy_answer()

    def save_conversation(self) -> None:
        current = self.desk.current
        if current is not None and current.answered_jobs:
            self._save(current.answered_jobs)

    def close_document(self) -> None:
        if self.desk.current is not None:
            self.desk.remove(self.desk.current)

    # Dropping files

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if local_files(event.mimeData()):
            event.acceptProposedAction()
            self.start_view.invite(True)

    def dragMoveEvent(self, event: QDragMoveEvent) -> None:
        event.acceptProposedAction()

    def dragLeaveEvent(self, event: QDragLeaveEvent) -> None:
        super().dragLeaveEvent(event)
        self.start_view.invite(False)

    def dropEvent(self, event: QDropEvent) -> None:
        self.start_view.invite(False)
        paths = local_files(event.mimeData())
        if paths:
            event.acceptProposedAction()
            self.open_documents(paths)

    # Inside

    def _make_commands(self) -> None:
        command = self.command
        command(self.tr("&Open documents …"), self.choose_files, shortcut="Ctrl+O", icon="folder")
        command(self.tr("Open the &sample"), self.open_sample, icon="play")
        self._close = command(
            self.tr("&Put this document away"), self.close_document, shortcut="Ctrl+W", icon="close"
        )
        self._ask = command(
            self.tr("&Write a question"), self._focus_question, shortcut="Ctrl+L",
            icon="edit", is_separated=True,
        )  # fmt: skip
        self._ask_all = command(
            self.tr("Ask &all documents"), self.work.box.send_to_all, shortcut="Ctrl+Shift+Return",
            icon="send",
        )  # fmt: skip
        self._stop = command(
            self.tr("S&top answering"), self.stop_current, shortcut="Ctrl+.", icon="stop"
        )
        self._find = command(
            self.tr("&Find in the text …"), self.find_in_text, shortcut="Ctrl+F", icon="search"
        )
        self._copy = command(
            self.tr("&Copy the answer"), self.copy_answer, shortcut="Ctrl+Shift+C", icon="copy",
            is_separated=True,
        )  # fmt: skip
        self._save_command = command(
            self.tr("Save as &Markdown …"), self.save_conversation, shortcut="Ctrl+S",
            icon="export",
        )  # fmt: skip
        command(
            self.tr("&History"), self.show_history, shortcut="Ctrl+Shift+H", icon="history",
            is_separated=True,
        )  # fmt: skip
        escape = QShortcut(QKeySequence("Esc"), self)
        escape.activated.connect(self._escape)

    def _connect(self) -> None:
        self.start_view.files_wanted.connect(self.choose_files)
        self.start_view.sample_wanted.connect(self.open_sample)
        self.start_view.past_wanted.connect(self._open_past)
        self.work.export_wanted.connect(self._save_turn)
        self.work.model_wanted.connect(lambda: self.page_wanted.emit("plan"))
        self.history.open_wanted.connect(self._open_past)
        self.history.export_wanted.connect(lambda job: self._save([job]))
        self.desk.selected.connect(self._show)
        self.desk.changed.connect(self._on_changed)
        self.desk.removed.connect(lambda _: self._show())
        self.desk.turn_changed.connect(lambda _opened, _turn: self._enable())

    def _on_changed(self, opened: OpenDocument) -> None:
        if opened is self.desk.current:
            self._show()

    def _show(self) -> None:
        """The right view, and what is looked at in the title."""
        current = self.desk.current
        in_history = self._stack.currentWidget() is self.history
        if not in_history:
            self._stack.setCurrentWidget(self.work if current is not None else self.start_view)
        self.history_button.setText(self.tr("Back") if in_history else self.tr("History"))
        self.open_button.setVisible(in_history or current is not None)
        if in_history:
            self.set_subtitle(self.tr("Past answers, kept on this machine"))
        else:
            self.set_subtitle(self._describe(current) if current is not None else "")
        self._enable()

    def _describe(self, opened: OpenDocument) -> str:
        parts = [opened.title]
        if opened.document is not None:
            parts.append(self._count_anchors(opened.document.anchors))
        if opened.tokens is not None:
            parts.append(tokens(opened.tokens))
        return "  ·  ".join(parts)

    def _count_anchors(self, anchors: Sequence[PageAnchor]) -> str:
        if all(anchor.label.startswith("Page ") for anchor in anchors):
            return self.tr("%n page(s)", "", len(anchors))
        return self.tr("%n section(s)", "", len(anchors))

    def _enable(self) -> None:
        current = self.desk.current
        is_at_work = current is not None
        running = current.current if current is not None else None
        self._close.setEnabled(is_at_work)
        self._ask.setEnabled(is_at_work)
        self._ask_all.setEnabled(len(self.desk.documents) > 1)
        self._find.setEnabled(is_at_work or self._stack.currentWidget() is self.history)
        self._stop.setEnabled(running is not None and running.is_running)
        has_answer = current is not None and bool(current.answered_jobs)
        self._copy.setEnabled(has_answer)
        self._save_command.setEnabled(has_answer)

    def _focus_question(self) -> None:
        self._leave_history()
        self.work.box.input.setFocus()

    def _toggle_history(self) -> None:
        if self._stack.currentWidget() is self.history:
            self._leave_history()
        else:
            self.show_history()

    def _leave_history(self) -> None:
        self._stack.setCurrentWidget(self.work if self.desk.current else self.start_view)
        self._show()

    def _escape(self) -> None:
        if self._stack.currentWidget() is self.history:
            self._leave_history()
        else:
            self.stop_current()

    def _open_past(self, job: JobSnapshot, place: tuple[int, int] | None = None) -> None:
        """An answer from the history beside its document, read from its file again."""
        if not job.document_path:
            self.show_history(job.job_id)
            return

        def take(document: DocumentSnapshot) -> None:
            self.desk.show_past(job, document)
            self._leave_history()
            if place is not None:
                self.work.show_place(*place)

        def fail(error: HPipeError) -> None:
            self.show_history(job.job_id)
            self.history.note.show_error(error)

        self.bridge.call(
            Service.read_document, Path(job.document_path), owner=self, on_done=take, on_error=fail
        )

    def _save_turn(self, turn: Turn) -> None:
        if turn.job is not None:
            self._save([turn.job])

    def _save(self, jobs: Sequence[JobSnapshot]) -> None:
        ask_where_to_save(
            self,
            self.tr("Save the answer"),
            self._folder / file_name(jobs[0]),
            self.tr("Markdown (*.md)"),
            lambda path: self._write(path, jobs),
        )

    def _write(self, path: Path, jobs: Sequence[JobSnapshot]) -> None:
        self._folder = path.parent
        try:
            write_answer(path, jobs)
        except HPipeError as error:
            self.note.show_error(error)
        else:
            self.note.say("good", self.tr("Saved to {path}.").format(path=path))


def local_files(data: QMimeData) -> list[Path]:
    """The files and folders of this machine that something dragged stands for."""
    return [Path(url.toLocalFile()) for url in data.urls() if QUrl(url).isLocalFile()]
