"""What a page shows while there is nothing to show: why, and what to do."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QPushButton, QVBoxLayout, QWidget

from app.theme import GAP, GAP_PAGE, heading_font
from app.widgets.basics import label, row
from app.widgets.icon_label import IconLabel


class EmptyState(QWidget):
    """A large icon, a title, a sentence and buttons, in the middle of the room there is."""

    def __init__(
        self, icon: str, title: str, text: str, *buttons: QPushButton, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        heading = label(title, wrap=True)
        heading.setFont(heading_font(self))
        heading.setAlignment(Qt.AlignmentFlag.AlignCenter)
        words = label(text, muted=True, wrap=True)
        words.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        words.setMaximumWidth(460)
        words.setMinimumWidth(300)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(GAP_PAGE, GAP_PAGE, GAP_PAGE, GAP_PAGE)
        layout.setSpacing(GAP)
        layout.addStretch(1)
        layout.addWidget(IconLabel(icon, "text_muted", 40), 0, Qt.AlignmentFlag.AlignHCenter)
        layout.addWidget(heading)
        layout.addLayout(row(None, words, None))
        if buttons:
            layout.addLayout(row(None, *buttons, None))
        layout.addStretch(1)
