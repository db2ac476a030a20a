"""What happened, in words: newest last, with the time and a sign for warnings and errors."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtCore import QDateTime, QEvent, QLocale, QSize, Qt
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QAbstractItemView, QListWidget, QListWidgetItem, QWidget

from app.icons import icon
from app.said import said
from app.theme import colors_of
from runtime.snapshots import LogWritten

LINES_SHOWN = 500
SIGNS = {"warning": ("warning", "warning"), "error": ("error", "danger")}


class LogView(QListWidget):
    """Follows the newest line unless a person scrolled up."""

    def __init__(self, lines: Iterable[LogWritten], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName(self.tr("What happened"))
        self.setProperty("kind", "bare")
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setWordWrap(True)
        self.setUniformItemSizes(False)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        for line in lines:
            self.append(line)

    def sizeHint(self) -> QSize:
        return QSize(400, 170)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.scrollToBottom()

    def append(self, line: LogWritten) -> None:
        bar = self.verticalScrollBar()
        follows = not self.isVisible() or bar.value() >= bar.maximum() - 4
        time = QLocale().toString(QDateTime.fromSecsSinceEpoch(int(line.at)), "HH:mm:ss")
        level = {
            "warning": self.tr("Warning: "),
            "error": self.tr("Error: "),
        }.get(line.level, "")
        item = QListWidgetItem(f"{time}   {level}{said(line.text)}")
        item.setData(Qt.ItemDataRole.UserRole, line.level)
        self._sign(item)
        self.addItem(item)
        while self.count() > LINES_SHOWN:
            self.takeItem(0)
        if follows:
            self.scrollToBottom()

    def _sign(self, item: QListWidgetItem) -> None:
        level = item.data(Qt.ItemDataRole.UserRole)
        name, role = SIGNS.get(level, ("info", "text_muted"))
        item.setIcon(icon(name, colors_of(self), role))

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange:
            for at in range(self.count()):
                self._sign(self.item(at))
