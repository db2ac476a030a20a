"""What every dialog has: a heading, a sentence, a place for errors, a body and buttons."""

from __future__ import annotations

from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QDialog, QHBoxLayout, QLayout, QSizePolicy, QVBoxLayout, QWidget

from app.theme import GAP, GAP_LARGE, GAP_PAGE, GAP_SMALL, GAP_TINY, heading_font
from app.widgets.basics import label
from app.widgets.note import Note


class Dialog(QDialog):
    """Fill `body`, `buttons` (right-aligned) and, on failure, `note`. Deleted once it is closed.

    height 0: as tall as what is in it.
    """

    def __init__(self, parent: QWidget, width: int = 460, height: int = 0) -> None:
        super().__init__(parent)
        self._height = height
        self.resize(width, height or 100)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setMinimumWidth(width)
        self.heading = label(wrap=True)
        self.heading.setFont(heading_font(self))
        self.text = label(muted=True, wrap=True)
        self.text.hide()
        words = QVBoxLayout()
        words.setSpacing(GAP_TINY)
        words.addWidget(self.heading)
        words.addWidget(self.text)
        self.note = Note()
        self.body = QVBoxLayout()
        self.body.setSpacing(GAP)
        self.buttons = QHBoxLayout()
        self.buttons.setSpacing(GAP_SMALL)
        self.buttons.addStretch(1)
        layout = QVBoxLayout(self)
        layout.setSizeConstraint(QLayout.SizeConstraint.SetNoConstraint)
        layout.setContentsMargins(GAP_PAGE, GAP_PAGE, GAP_PAGE, GAP_LARGE)
        layout.setSpacing(GAP_LARGE)
        layout.addLayout(words)
        layout.addWidget(self.note)
        layout.addLayout(self.body, 1)
        layout.addStretch()  # takes what a body of fixed height leaves over
        layout.addLayout(self.buttons)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._fit()

    def event(self, event: QEvent) -> bool:
        done = super().event(event)
        if event.type() == QEvent.Type.LayoutRequest and self.isVisible():
            self._fit()
        return done

    def _fit(self) -> None:
        """Follow what is in it: Qt by itself reckons with wrapped texts at their narrowest."""
        self.layout().activate()
        needed = self.layout().totalHeightForWidth(self.width())
        if needed < 0:
            needed = self.layout().totalSizeHint().height()
        if needed > self.height() or not self._height:
            self.resize(self.width(), max(needed, self._height))

    def set_title(self, title: str, text: str = "") -> None:
        self.setWindowTitle(title)
        self.heading.setText(title)
        self.text.setText(text)
        self.text.setVisible(bool(text))


def caption(text: str, field: QWidget) -> QWidget:
    """A small label above a field that a mnemonic in the text leads to."""
    title = label(text, muted=True)
    title.setBuddy(field)
    if not field.accessibleName():
        field.setAccessibleName(text.replace("&", ""))
    holder = QWidget()
    holder.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
    layout = QVBoxLayout(holder)
    layout.setContentsMargins(0, 0, 0, 0)
    layout.setSpacing(GAP_TINY)
    layout.addWidget(title)
    layout.addWidget(field)
    return holder
