"""Two lines under the bar: what can be said of this plan, and what to do about it."""

from __future__ import annotations

from PySide6.QtWidgets import QFrame, QHBoxLayout, QVBoxLayout, QWidget

from app.theme import GAP, GAP_SMALL
from app.widgets.basics import set_property
from app.widgets.elided import ElidedLabel
from app.widgets.icon_label import IconLabel
from app.widgets.note import ICONS, ROLES, Level


class Verdict(QFrame):
    """Always two lines high, so that nothing moves while a boundary is dragged."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("kind", "note")
        self._icon = IconLabel("info")
        self._text = ElidedLabel()
        font = self._text.font()
        font.setWeight(font.Weight.DemiBold)
        self._text.setFont(font)
        self._hint = ElidedLabel()
        words = QVBoxLayout()
        words.setSpacing(1)
        words.addWidget(self._text)
        words.addWidget(self._hint)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(GAP, GAP_SMALL - 2, GAP, GAP_SMALL - 2)
        layout.setSpacing(GAP)
        layout.addWidget(self._icon)
        layout.addLayout(words, 1)
        self.level: Level = "info"
        self.say("info", "", "")

    @property
    def text(self) -> str:
        return f"{self._text.text()} {self._hint.text()}".strip()

    def say(self, level: Level, text: str, hint: str) -> None:
        self.level = level
        set_property(self, "level", level)
        self._icon.show_icon(ICONS[level], ROLES[level])
        self._text.setText(text)
        self._hint.setText(hint)
        self.setAccessibleName(self.text)
