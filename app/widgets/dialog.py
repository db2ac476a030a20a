"""What every dialog has: a heading, a sentence, a place for errors, a body and buttons."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QHBoxLayout, QVBoxLayout, QWidget

from app.theme import GAP, GAP_LARGE, GAP_PAGE, GAP_SMALL, GAP_TINY, heading_font
from app.widgets.basics import label
from app.widgets.note import Note


class Dialog(QDialog):
    """Fill `body`, `buttons` (right-aligned) and, on failure, `note`. Deleted once it is closed."""

    def __init__(self, parent: QWidget, width: int = 460) -> None:
        super().__init__(parent)
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
        layout.setContentsMargins(GAP_PAGE, GAP_PAGE, GAP_PAGE, GAP_LARGE)
        layout.setSpacing(GAP_LARGE)
        layout.addLayout(words)
        layout.addWidget(self.note)
        layout.addLayout(self.body, 1)
        layout.addLayout(self.buttons)

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
    layout = QVBoxLayout(holder)
    layout.setContentsMargins(0, 0, 0, 0)
    layout.setSpacing(GAP_TINY)
    layout.addWidget(title)
    layout.addWidget(field)
    return holder
