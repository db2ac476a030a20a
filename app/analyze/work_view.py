"""The open documents at work: the text at the left, questions and answers at the right."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QSplitter, QStackedWidget, QVBoxLayout, QWidget

from app.analyze.conversation_view import ConversationView
from app.analyze.desk import Desk
from app.analyze.document_list import DocumentList
from app.analyze.document_pane import DocumentPane
from app.analyze.open_document import OpenDocument, Turn
from app.analyze.question_box import QuestionBox
from app.analyze.too_long import TooLong
from app.state import AppState
from app.theme import GAP
from app.widgets.empty_state import EmptyState
from app.widgets.note import Note


class WorkView(QSplitter):
    """Thin over the desk: shows what is on it and passes on what a person wants."""

    export_wanted = Signal(object)  # Turn
    model_wanted = Signal()

    def __init__(self, desk: Desk, state: AppState, parent: QWidget | None = None) -> None:
        super().__init__(Qt.Orientation.Horizontal, parent)
        self._desk = desk
        self._state = state
        self._conversations: dict[OpenDocument, ConversationView] = {}
        self.setChildrenCollapsible(False)
        self.setHandleWidth(GAP)
        self.documents = DocumentList(desk)
        self.pane = DocumentPane()
        self._stack = QStackedWidget()
        self._ready = EmptyState(
            "analyze",
            self.tr("Ask something"),
            self.tr(
                "Choose a ready-made question below or write your own. The answer names the "
                "pages it rests on."
            ),
        )
        self._unread = EmptyState(
            "error",
            self.tr("This document cannot be asked"),
            self.tr("It could not be read. Why, and what would help, is said at the left."),
        )
        self._stack.addWidget(self._ready)
        self._stack.addWidget(self._unread)
        self.too_long = TooLong(desk, state)
        self._no_model = Note()
        self.box = QuestionBox(desk.output_tokens, desk.temperature)
        left, right = QWidget(), QWidget()
        for side, widgets in (
            (left, (self.documents, self.pane)),
            (right, (self._stack, self.too_long, self._no_model, self.box)),
        ):
            layout = QVBoxLayout(side)
            layout.setContentsMargins(0, 0, 0, 0)
            layout.setSpacing(GAP)
            for widget in widgets:
                layout.addWidget(widget, 1 if widget in (self.pane, self._stack) else 0)
            self.addWidget(side)
        left.setMinimumWidth(260)
        right.setMinimumWidth(320)
        self.setStretchFactor(0, 5)
        self.setStretchFactor(1, 6)
        self._connect()

    def _connect(self) -> None:
        desk = self._desk
        desk.selected.connect(self._show_current)
        desk.changed.connect(self._on_changed)
        desk.removed.connect(self._on_removed)
        desk.turn_added.connect(self._on_turn_added)
        desk.turn_changed.connect(self._on_turn_changed)
        self.documents.stop_all_wanted.connect(desk.cancel_all)
        self.pane.read_again_wanted.connect(desk.read_again)
        self.too_long.parts_wanted.connect(self._open_parts)
        self.too_long.model_wanted.connect(self._state.choose_model)
        self.box.asked.connect(self._ask)
        self.box.asked_of_all.connect(desk.ask_all)
        self.box.compare_wanted.connect(self._compare)
        self.box.options_changed.connect(self._set_options)
        self._state.models_changed.connect(self._show_question)
        self._state.model_chosen.connect(self._show_question)
        self._state.pool_changed.connect(self._machines_changed)

    @property
    def conversation(self) -> ConversationView | None:
        """The conversation that is shown, if anything was asked yet."""
        current = self._desk.current
        return self._conversations.get(current) if current is not None else None

    def show_place(self, start: int, end: int) -> None:
        """Open the document's text at a place and light it up."""
        if self.pane.text is not None:
            self.pane.text.show_place(start, end)

    # What a person wants

    def _ask(self, question: str) -> None:
        if self._desk.current is not None:
            self._desk.ask(self._desk.current, question)

    def _compare(self, question: str) -> None:
        if self._desk.open_together(self.tr("All documents together")) is not None:
            self.box.set_question(question)

    def _open_parts(self, first_only: bool) -> None:
        if self._desk.current is not None:
            self._desk.open_parts(self._desk.current, first_only=first_only)

    def _set_options(self, output_tokens: int, temperature: float) -> None:
        self._desk.output_tokens = output_tokens
        self._desk.temperature = temperature
        self._show_question()

    # What happened

    def _show_current(self) -> None:
        current = self._desk.current
        self.pane.show_document(current)
        if current is not None and current.turns and current not in self._conversations:
            self._conversations[current] = self._make_conversation(current)
        self._show_question()

    def _make_conversation(self, opened: OpenDocument) -> ConversationView:
        view = ConversationView(opened, self._state)
        view.cancel_wanted.connect(lambda turn: self._desk.cancel(opened, turn))
        view.retry_wanted.connect(lambda turn: self._ask_again(opened, turn))
        view.export_wanted.connect(self.export_wanted)
        view.place_chosen.connect(self.show_place)
        self._stack.addWidget(view)
        return view

    def _ask_again(self, opened: OpenDocument, turn: Turn) -> None:
        # The button that was pressed goes away; the focus with it would go anywhere.
        self.box.input.setFocus(Qt.FocusReason.OtherFocusReason)
        self._desk.ask_again(opened, turn)

    def _on_changed(self, opened: OpenDocument) -> None:
        if opened is self._desk.current:
            self.pane.show_document(opened)
        self._show_question()

    def _on_removed(self, opened: OpenDocument) -> None:
        self.pane.forget(opened)
        view = self._conversations.pop(opened, None)
        if view is not None:
            self._stack.removeWidget(view)
            view.deleteLater()
        self._show_question()

    def _on_turn_added(self, opened: OpenDocument, turn: Turn) -> None:
        view = self._conversations.get(opened)
        if view is not None:
            view.add(turn)
        elif opened is self._desk.current:
            self._show_current()

    def _on_turn_changed(self, opened: OpenDocument, turn: Turn) -> None:
        view = self._conversations.get(opened)
        if view is not None:
            view.refresh(turn)

    def _machines_changed(self) -> None:
        for view in self._conversations.values():
            view.machines_changed()

    def _show_question(self) -> None:
        current = self._desk.current
        is_unread = current is not None and current.error is not None
        self._stack.setCurrentWidget(
            self.conversation or (self._unread if is_unread else self._ready)
        )
        askable = sum(1 for opened in self._desk.documents if opened.document is not None)
        reason = ""
        if self._state.models is not None and self._state.model is None:
            reason = self.tr("No model is chosen.")
            self._no_model.say(
                "warning",
                reason,
                self.tr("HPipe needs a language model to read documents with."),
                action=self.tr("Get a model"),
                on_action=self.model_wanted.emit,
                closable=False,
            )
        else:
            self._no_model.clear()
        self.too_long.show_document(current)
        self.box.show_state(askable, can_ask=self._desk.can_ask(current), reason=reason)
