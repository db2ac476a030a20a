"""Asks before something that cannot be undone."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QVBoxLayout, QWidget

from app.theme import GAP, GAP_LARGE, GAP_PAGE, heading_font
from app.widgets.basics import button, label, row
from app.widgets.icon_label import IconLabel


class Question(QDialog):
    """A sentence, what follows from it, and two buttons. Use `ask`."""

    def __init__(self, title: str, text: str, action: str, keep: str, parent: QWidget) -> None:
        super().__init__(parent)
        self.setWindowTitle(title)
        heading = label(title, wrap=True)
        heading.setFont(heading_font(self))
        words = label(text, wrap=True)
        words.setMinimumWidth(360)
        self.act = button(action, self.accept, kind="primary")
        self.stay = button(keep or self.tr("Cancel"), self.reject)
        self.stay.setDefault(True)
        text_column = QVBoxLayout()
        text_column.setSpacing(GAP)
        text_column.addWidget(heading)
        text_column.addWidget(words)
        top = row(IconLabel("help", "accent", 32), spacing=GAP_LARGE)
        top.addLayout(text_column, 1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(GAP_PAGE, GAP_PAGE, GAP_PAGE, GAP_LARGE)
        layout.setSpacing(GAP_PAGE)
        layout.addLayout(top)
        layout.addLayout(row(None, self.stay, self.act))
        self.stay.setFocus(Qt.FocusReason.OtherFocusReason)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)


def ask(
    parent: QWidget,
    title: str,
    text: str,
    action: str,
    on_yes: Callable[[], object],
    *,
    keep: str = "",
) -> Question:
    """Open the question without waiting; on_yes runs if the action is chosen."""
    question = Question(title, text, action, keep, parent)
    question.accepted.connect(on_yes)
    question.open()
    return question
