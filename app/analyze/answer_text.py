"""An answer as formatted text that grows while it streams, as high as it needs to be."""

from __future__ import annotations

import math

from PySide6.QtCore import QEvent, QSize, QSizeF, Qt, QUrl, Signal
from PySide6.QtGui import QResizeEvent, QTextCursor, QWheelEvent
from PySide6.QtWidgets import QFrame, QSizePolicy, QTextBrowser, QWidget

from app.analyze.markdown_blocks import settled_length
from app.analyze.markdown_writer import Look, MarkdownWriter, place_of
from app.analyze.references import PageReferences
from app.theme import colors_of

LIST_INDENT = 24


class AnswerText(QTextBrowser):
    """Writes only what is new: blocks that are settled stay, the open one is written again."""

    place_chosen = Signal(int, int)  # a range of the document's text

    def __init__(self, references: PageReferences, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._references = references
        self._source = ""
        self._settled_source = 0  # up to where the source stays as it is
        self._settled_text = 0  # where the open block begins in the document
        self._is_block_free = True
        self.setProperty("kind", "bare")
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setOpenLinks(False)
        self.setAcceptDrops(False)
        self.setUndoRedoEnabled(False)
        self.setTabChangesFocus(True)
        self.setTextInteractionFlags(
            Qt.TextInteractionFlag.TextBrowserInteraction
            | Qt.TextInteractionFlag.TextSelectableByKeyboard
        )
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(self.tr("Answer"))
        self.document().setDocumentMargin(0)
        self.document().setIndentWidth(LIST_INDENT)
        self.document().documentLayout().documentSizeChanged.connect(self._fit)
        self.anchorClicked.connect(self._choose)
        self._writer = self._make_writer()

    def set_answer(self, source: str) -> None:
        """Show an answer; one that goes on from what is shown only adds what is new."""
        if source == self._source:
            return
        if not source.startswith(self._source[: self._settled_source]):
            self._begin_anew()
        self._source = source
        settled = settled_length(source, self._settled_source)
        cursor = QTextCursor(self.document())
        cursor.beginEditBlock()
        cursor.setPosition(self._settled_text)
        cursor.movePosition(QTextCursor.MoveOperation.End, QTextCursor.MoveMode.KeepAnchor)
        cursor.removeSelectedText()
        if settled > self._settled_source:
            fresh = source[self._settled_source : settled]
            self._is_block_free = self._writer.write(
                cursor, fresh, is_block_free=self._is_block_free
            )
            self._settled_source, self._settled_text = settled, cursor.position()
        self._writer.write(cursor, source[settled:], is_block_free=self._is_block_free)
        cursor.endEditBlock()
        self.setAccessibleDescription(source)

    def loadResource(self, _kind: int, _name: QUrl) -> object:
        """Nothing is ever loaded for an answer."""
        return None

    def sizeHint(self) -> QSize:
        return QSize(200, self.minimumHeight())

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() in (QEvent.Type.PaletteChange, QEvent.Type.FontChange):
            source = self._source
            self._begin_anew()
            self._writer = self._make_writer()
            self.set_answer(source)

    def wheelEvent(self, event: QWheelEvent) -> None:
        event.ignore()  # the conversation scrolls, not the answer

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit(self.document().size())

    def _begin_anew(self) -> None:
        self.document().clear()
        self._source = ""
        self._settled_source = self._settled_text = 0
        self._is_block_free = True

    def _make_writer(self) -> MarkdownWriter:
        return MarkdownWriter(Look(self.font(), colors_of(self)), self._references)

    def _fit(self, size: QSizeF) -> None:
        height = math.ceil(size.height()) + 2
        if height != self.minimumHeight():
            self.setFixedHeight(height)

    def _choose(self, address: QUrl) -> None:
        place = place_of(address.toString())
        if place is not None:
            self.place_chosen.emit(*place)
