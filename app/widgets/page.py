"""What every page has: a title, a line below it, actions at the right and a place for errors."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QFrame, QHBoxLayout, QScrollArea, QVBoxLayout, QWidget

from app.bridge import Bridge
from app.icons import set_icon
from app.state import AppState
from app.theme import GAP, GAP_LARGE, GAP_PAGE, GAP_SMALL, title_font
from app.widgets.basics import label
from app.widgets.elided import ElidedLabel
from app.widgets.note import Note


class Page(QWidget):
    """Put the page's own widgets in `body`, its buttons in `actions`, its errors in `note`.

    Everything a person can do on a page is also a `command`: the window shows them in the page's
    menu with their shortcuts, from wherever they are chosen.
    """

    wanted = Signal()  # a command was chosen: show this page
    models_wanted = Signal()  # choose a model, or get one
    page_wanted = Signal(str)  # go to another page: "machines", "plan", "analyze" or "monitor"

    def __init__(
        self, bridge: Bridge, state: AppState, title: str, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.bridge = bridge
        self.state = state
        self.commands: list[QAction] = []
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

    def command(
        self,
        text: str,
        function: Callable[[], object],
        *,
        shortcut: str = "",
        icon: str = "",
        is_separated: bool = False,
    ) -> QAction:
        """An entry of this page's menu that shows the page and acts; disable it as needed.

        is_separated draws a line above it. Ctrl+1 to 4, Ctrl+M, Ctrl+Shift+M, Ctrl+comma, Ctrl+Q,
        F1 and F11 are the window's own.
        """
        action = QAction(text, self)
        if shortcut:
            action.setShortcut(QKeySequence(shortcut))
        if icon:
            set_icon(action, icon)

        def act(_checked: bool = False) -> None:
            self.wanted.emit()
            function()

        action.triggered.connect(act)
        if is_separated and self.commands:
            line = QAction(self)
            line.setSeparator(True)
            self.commands.append(line)
        self.commands.append(action)
        return action


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
