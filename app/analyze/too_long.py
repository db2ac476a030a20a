"""Says by how much a document is too long for the model, and offers what can be done."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame, QPushButton, QVBoxLayout, QWidget

from app.analyze.desk import Desk
from app.analyze.lengths import parts_that_fit
from app.analyze.open_document import OpenDocument
from app.analyze.wording import too_long
from app.format import number
from app.state import AppState
from app.theme import GAP, GAP_SMALL
from app.widgets.basics import button, label, row
from app.widgets.flow import FlowLayout
from app.widgets.icon_label import IconLabel

MODELS_OFFERED = 2


class TooLong(QFrame):
    """Nothing is ever cut silently: a person chooses what is read. Hidden while all fits."""

    parts_wanted = Signal(bool)  # True: the first part only
    model_wanted = Signal(str)

    def __init__(self, desk: Desk, state: AppState, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._desk = desk
        self._state = state
        self._shown: tuple[object, ...] = ()
        self.setProperty("kind", "note")
        self.setProperty("level", "warning")
        self._text = label(wrap=True)
        self._buttons = QWidget()
        self._flow = FlowLayout(self._buttons)
        words = QVBoxLayout()
        words.setSpacing(GAP_SMALL)
        words.addWidget(self._text)
        words.addWidget(self._buttons)
        layout = row(IconLabel("warning", "warning"), spacing=GAP)
        layout.setContentsMargins(GAP, GAP_SMALL, GAP_SMALL, GAP_SMALL)
        layout.addLayout(words, 1)
        self.setLayout(layout)
        self.hide()

    def show_document(self, opened: OpenDocument | None) -> None:
        length = self._desk.length(opened)
        model = self._state.model
        if opened is None or opened.document is None or length is None or model is None:
            self.hide()
            return
        models = self._desk.larger_models(opened)[:MODELS_OFFERED]
        now = (opened, length, models)
        if now != self._shown:
            self._shown = now
            self._clear()
            if length.is_too_long:
                parts = parts_that_fit(opened.document, length)
                text = too_long(length, opened.title, model.name)
                self._text.setText(text)
                self.setAccessibleName(text)
                for larger in models:
                    self._offer(
                        self.tr("Use {model} ({n} tokens)").format(
                            model=larger.name, n=number(larger.context_tokens)
                        ),
                        lambda model_id=larger.model_id: self.model_wanted.emit(model_id),
                    )
                self._offer(
                    self.tr("Read it in {n} parts").format(n=number(len(parts))),
                    lambda: self.parts_wanted.emit(False),
                )
                self._offer(
                    self.tr("Read the first part only"), lambda: self.parts_wanted.emit(True)
                )
        self.setVisible(length.is_too_long)

    def _offer(self, text: str, act) -> QPushButton:  # type: ignore[no-untyped-def]
        result = button(text.replace("&", "&&"), act, name=text)
        self._flow.addWidget(result)
        return result

    def _clear(self) -> None:
        while item := self._flow.takeAt(0):
            item.widget().deleteLater()
