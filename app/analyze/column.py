"""What stands one below the other in a scroll area, as high as its width makes it."""

from __future__ import annotations

from PySide6.QtCore import QSize
from PySide6.QtWidgets import QVBoxLayout, QWidget

from app.theme import GAP


class Column(QWidget):
    """Add widgets with `append`; what is left below them stays empty.

    A scroll area gives its widget at least the height of its minimum size hint. For texts that
    wrap, that is the height at their narrowest, and would leave a gap below them.
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("kind", "page-body")
        self._layout = QVBoxLayout(self)
        self._layout.setContentsMargins(0, 0, 0, 0)
        self._layout.setSpacing(GAP)
        self._layout.addStretch(1)

    def append(self, widget: QWidget) -> None:
        self._layout.insertWidget(self._layout.count() - 1, widget)

    def clear(self) -> None:
        while self._layout.count() > 1:
            self._layout.takeAt(0).widget().deleteLater()

    def minimumSizeHint(self) -> QSize:
        return QSize(super().minimumSizeHint().width(), 0)
