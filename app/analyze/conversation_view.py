"""The questions and answers about one document, one below the other."""

from __future__ import annotations

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import QFrame, QScrollArea, QWidget

from app.analyze.column import Column
from app.analyze.open_document import OpenDocument, Turn
from app.analyze.references import PageReferences
from app.analyze.turn_view import TurnView
from app.state import AppState

NEAR_END = 48


class ConversationView(QScrollArea):
    """Stays at its end while an answer grows, unless a person scrolled up to read."""

    cancel_wanted = Signal(object)  # Turn
    retry_wanted = Signal(object)  # Turn
    export_wanted = Signal(object)  # Turn
    place_chosen = Signal(int, int)

    def __init__(
        self, opened: OpenDocument, state: AppState, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._opened = opened
        self._state = state
        self._views: dict[Turn, TurnView] = {}
        self._follows_end = True
        self._references: PageReferences | None = None
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setAccessibleName(self.tr("Questions and answers"))
        self._column = Column()
        self.setWidget(self._column)
        bar = self.verticalScrollBar()
        bar.rangeChanged.connect(self._keep_at_end)
        bar.actionTriggered.connect(lambda _: QTimer.singleShot(0, self, self._note_position))
        for turn in opened.turns:
            self.add(turn)

    @property
    def views(self) -> tuple[TurnView, ...]:
        return tuple(self._views.values())

    def add(self, turn: Turn) -> None:
        view = TurnView(turn, self._find_references(), self._state)
        view.cancel_wanted.connect(lambda: self.cancel_wanted.emit(turn))
        view.retry_wanted.connect(lambda: self.retry_wanted.emit(turn))
        view.export_wanted.connect(lambda: self.export_wanted.emit(turn))
        view.place_chosen.connect(self.place_chosen)
        self._views[turn] = view
        self._column.append(view)
        self._follows_end = True

    def refresh(self, turn: Turn) -> None:
        view = self._views.get(turn)
        if view is not None:
            view.refresh()

    def machines_changed(self) -> None:
        for view in self._views.values():
            view.machines_changed()

    def wheelEvent(self, event: QWheelEvent) -> None:
        super().wheelEvent(event)
        self._note_position()

    def _find_references(self) -> PageReferences:
        if self._references is None:
            document = self._opened.document
            self._references = PageReferences(document.anchors if document is not None else ())
        return self._references

    def _note_position(self) -> None:
        bar = self.verticalScrollBar()
        self._follows_end = bar.value() >= bar.maximum() - NEAR_END

    def _keep_at_end(self, _minimum: int, maximum: int) -> None:
        if self._follows_end:
            self.verticalScrollBar().setValue(maximum)
