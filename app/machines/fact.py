"""One small figure of a machine: an icon, and a text that shortens."""

from __future__ import annotations

from PySide6.QtWidgets import QSizePolicy, QWidget

from app.theme import GAP_TINY
from app.widgets.basics import row
from app.widgets.elided import ElidedLabel
from app.widgets.icon_label import IconLabel

ICON = 14


class Fact(QWidget):
    """Keeps its place while it has nothing to say, so that figures stand in columns."""

    def __init__(self, icon: str, name: str, parent: QWidget | None = None) -> None:
        """name says what the figure is, in the tool tip."""
        super().__init__(parent)
        self._name = name
        self._label = ElidedLabel()
        self._icon = IconLabel(icon, "text_muted", ICON)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.setLayout(row(self._icon, self._label, spacing=GAP_TINY + 1))

    def show_text(self, text: str) -> None:
        self._label.setText(text)
        tip = f"{self._name}: {text}" if text else ""
        self._label.setToolTip(tip)
        self._label.setAccessibleName(tip)
        self._icon.setVisible(bool(text))
