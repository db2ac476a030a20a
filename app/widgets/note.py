"""A message shown where it belongs: what happened, what to do, and a way to put it away."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

from PySide6.QtCore import Qt
from PySide6.QtGui import QAccessible, QAccessibleEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from app.said import said
from app.theme import GAP, GAP_SMALL, GAP_TINY
from app.widgets.basics import button, icon_button, label, set_property
from app.widgets.icon_label import IconLabel
from runtime.errors import HPipeError

Level = Literal["info", "good", "warning", "error"]
ICONS = {"info": "info", "good": "ready", "warning": "warning", "error": "error"}
ROLES = {"info": "accent", "good": "good", "warning": "warning", "error": "danger"}


class Note(QFrame):
    """Hidden until something is to be said."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("kind", "note")
        self._icon = IconLabel("info")
        self._text = label(wrap=True)
        font = self._text.font()
        font.setWeight(font.Weight.DemiBold)
        self._text.setFont(font)
        self._hint = label(wrap=True)
        for text in (self._text, self._hint):
            text.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._action: QPushButton | None = None
        words = QVBoxLayout()
        words.setSpacing(GAP_TINY)
        words.addWidget(self._text)
        words.addWidget(self._hint)
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(GAP, GAP_SMALL, GAP_SMALL, GAP_SMALL)
        self._row.setSpacing(GAP)
        self._row.addWidget(self._icon, 0, Qt.AlignmentFlag.AlignVCenter)
        self._row.addLayout(words, 1)
        self._close = icon_button("close", self.tr("Put this message away"), self.clear)
        self._row.addWidget(self._close, 0, Qt.AlignmentFlag.AlignVCenter)
        self.hide()

    @property
    def text(self) -> str:
        return f"{self._text.text()} {self._hint.text()}".strip()

    def say(
        self,
        level: Level,
        text: str,
        hint: str = "",
        *,
        action: str = "",
        on_action: Callable[[], object] | None = None,
        closable: bool = True,
    ) -> None:
        """Show a sentence, and below it what can be done; an action becomes a button."""
        set_property(self, "level", level)
        self._icon.show_icon(ICONS[level], ROLES[level])
        self._text.setText(said(text))
        self._hint.setText(said(hint))
        self._hint.setVisible(bool(hint))
        self._close.setVisible(closable)
        if self._action is not None:
            self._action.deleteLater()
            self._action = None
        if action and on_action is not None:
            self._action = button(action, on_action)
            self._row.insertWidget(2, self._action, 0, Qt.AlignmentFlag.AlignVCenter)
        self.setAccessibleName(self.text)
        self.show()
        QAccessible.updateAccessibility(QAccessibleEvent(self, QAccessible.Event.Alert))

    def focus_action(self) -> None:
        """Let the keyboard go on with what can be done."""
        if self._action is not None:
            self._action.setFocus()

    def show_error(self, error: HPipeError) -> None:
        """Show an error in place."""
        self.say("error", error.message, error.hint)

    def clear(self) -> None:
        self.hide()
        self._text.setText("")
        self._hint.setText("")
