"""What every page has: a title, a line below it, actions at the right and a place for errors."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QHBoxLayout, QScrollArea, QVBoxLayout, QWidget

from app.bridge import Bridge
from app.state import AppState
from app.theme import GAP, GAP_LARGE, GAP_PAGE, GAP_SMALL, title_font
from app.widgets.basics import label
from app.widgets.elided import ElidedLabel
from app.widgets.note import Note


class Page(QWidget):
    """Put the page's own widgets in `body`, its buttons in `actions`, its errors in `note`."""

    def __init__(
        self, bridge: Bridge, state: AppState, title: str, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.bridge = bridge
        self.state = state
        heading = label(title)
        heading.setFont(title_font(self))
        self._subtitle = ElidedLabel()
        self._subtitle.setProperty("muted", True)
        self._subtitle.hide()
        words = QVBoxLayout()
        words.setSpacing(2)
        words.addWidget(heading)
        words.addWidget(self._subtitle)
        self.actions = QHBoxLayout()
        self.actions.setSpacing(GAP_SMALL)
        header = QHBoxLayout()
        header.addLayout(words, 1)
        header.addLayout(self.actions)
        self.note = Note()
        self.body = QVBoxLayout()
        self.body.setSpacing(GAP_LARGE)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(GAP_PAGE, GAP_LARGE, GAP_PAGE, GAP_LARGE)
        layout.setSpacing(GAP)
        layout.addLayout(header)
        layout.addWidget(self.note)
        layout.addLayout(self.body, 1)
        self.setAccessibleName(title)

    def set_subtitle(self, text: str) -> None:
        self._subtitle.setText(text)
        self._subtitle.setVisible(bool(text))


def scrolling(content: QWidget, name: str) -> QScrollArea:
    """A frameless scroll area that only scrolls up and down."""
    content.setProperty("kind", "page-body")
    area = QScrollArea()
    area.setWidgetResizable(True)
    area.setFrameShape(QFrame.Shape.NoFrame)
    area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    area.setWidget(content)
    area.setAccessibleName(name)
    return area
