"""The open documents and how each stands; hidden while there is only one."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QFrame, QListWidget, QListWidgetItem, QVBoxLayout, QWidget

from app.analyze.desk import Desk
from app.analyze.open_document import OpenDocument
from app.analyze.rows import DETAIL, ICON, PROGRESS, RowDelegate
from app.analyze.wording import icon_of, progress, standing
from app.theme import GAP_SMALL, GAP_TINY
from app.widgets.basics import icon_button, label, row

ROWS_SHOWN = 5


class _List(QListWidget):
    removal_wanted = Signal()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace):
            self.removal_wanted.emit()
            return
        super().keyPressEvent(event)


class DocumentList(QFrame):
    """Choosing a row looks at that document; Delete puts it away."""

    stop_all_wanted = Signal()

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("kind", "card")
        self._desk = desk
        self._items: dict[OpenDocument, QListWidgetItem] = {}
        self._caption = label(muted=True)
        self._stop_all = icon_button(
            "stop", self.tr("Stop all questions"), self.stop_all_wanted.emit
        )
        self._close = icon_button(
            "close", self.tr("Put this document away (Delete)"), self._remove_current
        )
        self.list = _List()
        self.list.setAccessibleName(self.tr("Open documents"))
        self.list.setItemDelegate(RowDelegate(self.list, is_two_lines=False))
        self.list.setFrameShape(QFrame.Shape.NoFrame)
        self.list.setProperty("kind", "bare")
        self.list.setMouseTracking(True)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.removal_wanted.connect(self._remove_current)
        self.list.currentItemChanged.connect(self._choose)
        header = row(self._caption, None, self._stop_all, self._close, spacing=GAP_TINY)
        header.setContentsMargins(GAP_SMALL, 0, 0, 0)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(GAP_TINY, GAP_TINY, GAP_TINY, GAP_TINY)
        layout.setSpacing(0)
        layout.addLayout(header)
        layout.addWidget(self.list)
        desk.added.connect(self._add)
        desk.removed.connect(self._remove)
        desk.changed.connect(self._show)
        desk.selected.connect(self._follow)
        self.hide()

    def _add(self, opened: OpenDocument) -> None:
        item = QListWidgetItem(opened.title)
        self._items[opened] = item
        self.list.addItem(item)
        self._show(opened)
        self._arrange()

    def _remove(self, opened: OpenDocument) -> None:
        item = self._items.pop(opened, None)
        if item is not None:
            self.list.takeItem(self.list.row(item))
        self._arrange()

    def _show(self, opened: OpenDocument) -> None:
        item = self._items.get(opened)
        if item is None:
            return
        detail = standing(opened, self._desk.length(opened))
        icon = ("error", "danger") if opened.error is not None else ("document", "text_muted")
        if opened.current is not None:
            icon = icon_of(opened.current)
        for role, value in (
            (Qt.ItemDataRole.DisplayRole, opened.title),
            (Qt.ItemDataRole.ToolTipRole, opened.title),
            (Qt.ItemDataRole.AccessibleTextRole, f"{opened.title}, {detail}"),
            (DETAIL, detail),
            (ICON, icon),
            (PROGRESS, progress(opened)),
        ):
            if item.data(role) != value:
                item.setData(role, value)
        self._stop_all.setVisible(sum(1 for _ in self._desk.running()) > 1)

    def _arrange(self) -> None:
        count = len(self._items)
        self._caption.setText(self.tr("%n document(s)", "", count))
        height = self.list.sizeHintForRow(0) * min(count, ROWS_SHOWN)
        self.list.setFixedHeight(max(0, height) + 2)
        self.setVisible(count > 1)

    def _choose(self, item: QListWidgetItem | None) -> None:
        chosen = next((d for d, i in self._items.items() if i is item), None)
        if chosen is not None:
            self._desk.select(chosen)

    def _follow(self) -> None:
        item = self._items.get(self._desk.current) if self._desk.current is not None else None
        if item is not None and item is not self.list.currentItem():
            self.list.setCurrentItem(item)

    def _remove_current(self) -> None:
        if self._desk.current is not None:
            self._desk.remove(self._desk.current)
