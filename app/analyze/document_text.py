"""The text of one document, with its pages, a place lit up, and words that are looked for."""

from __future__ import annotations

from collections.abc import Iterator

from PySide6.QtCore import QEvent, QLineF, QPoint, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QTextBlock, QTextCursor, QTextDocument
from PySide6.QtWidgets import QFrame, QPlainTextEdit, QTextEdit, QWidget

from app.analyze.shown_text import ShownText
from app.theme import GAP, colors_of, small_font
from runtime.snapshots import DocumentSnapshot

LINES_ABOVE = 2
MARK = 3


class DocumentText(QPlainTextEdit):
    """Read only. Lays out only what is seen, so that a book opens as fast as a letter."""

    page_changed = Signal(int)  # index of the anchor at the top of the view

    def __init__(self, document: DocumentSnapshot, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setReadOnly(True)
        self.setUndoRedoEnabled(False)
        self.setAcceptDrops(False)
        self.setTabChangesFocus(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setProperty("kind", "bare")
        self.setTextInteractionFlags(
            Qt.TextInteractionFlag.TextSelectableByMouse
            | Qt.TextInteractionFlag.TextSelectableByKeyboard
        )
        self.setAccessibleName(
            self.tr("Text of {title}").format(title=document.title or document.path)
        )
        self._shown = ShownText(document)
        self._page_starts = {heading.start for heading in self._shown.headings[1:]}
        self._lit: tuple[int, int] | None = None
        self._page = -1
        self.setPlainText(self._shown.text)
        self.document().setDocumentMargin(GAP)
        self._dress()
        self.verticalScrollBar().valueChanged.connect(self._tell_page)

    @property
    def lit_text(self) -> str:
        """What is lit up now, as it is shown."""
        if self._lit is None:
            return ""
        cursor = self._cursor(*self._lit)
        return cursor.selectedText().replace("\u2029", "\n")

    def show_place(self, start: int, end: int) -> None:
        """Bring a range of the document's text to the top and light it up."""
        first = self._shown.position(start)
        self._lit = (first, max(first, self._shown.end_position(end)))
        self._scroll_to(self._lit[0])
        # At the end of a text the view stops short of it: its page is named all the same.
        self._name_page(self._shown.heading_at(first))
        self._dress()

    def show_page(self, index: int) -> None:
        """Bring a page or section to the top."""
        self._scroll_to(self._shown.headings[index].start, lines_above=0)

    def find_words(self, words: str, *, backwards: bool = False) -> bool:
        """Go to the next place that holds the words, from the start again after the last one."""
        flag = QTextDocument.FindFlag.FindBackward if backwards else QTextDocument.FindFlag(0)
        if not words:
            return False
        if self.find(words, flag):
            return True
        before = self.textCursor()
        end = QTextCursor.MoveOperation.End if backwards else QTextCursor.MoveOperation.Start
        self.moveCursor(end)
        if self.find(words, flag):
            return True
        self.setTextCursor(before)
        return False

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange:
            self._dress()

    def paintEvent(self, event: QPaintEvent) -> None:
        """The text over a band behind the lit place, and a thin line above every new page."""
        painter = QPainter(self.viewport())
        colors, width = colors_of(self), self.viewport().width()
        for block, area in self._visible_blocks():
            if self._is_lit(block):
                if self._is_lit_long:
                    painter.fillRect(area.adjusted(0, 0, width, 0), QColor(colors.accent_soft))
                painter.fillRect(QRectF(0, area.top(), MARK, area.height()), QColor(colors.accent))
            if block.position() in self._page_starts and area.top() > 0:
                painter.setPen(QColor(colors.border))
                painter.drawLine(QLineF(GAP, area.top(), width - GAP, area.top()))
        painter.end()
        super().paintEvent(event)

    def _visible_blocks(self) -> Iterator[tuple[QTextBlock, QRectF]]:
        block = self.firstVisibleBlock()
        while block.isValid():
            area = self.blockBoundingGeometry(block).translated(self.contentOffset())
            if area.top() > self.viewport().height():
                return
            yield block, area
            block = block.next()

    def _is_lit(self, block: QTextBlock) -> bool:
        if self._lit is None:
            return False
        start, end = self._lit
        return block.position() < max(end, start + 1) and start < block.position() + block.length()

    @property
    def _is_lit_long(self) -> bool:
        """More than a paragraph: a band reads better than words with a background."""
        return self._lit is not None and "\n" in self.lit_text

    def _scroll_to(self, position: int, *, lines_above: int = LINES_ABOVE) -> None:
        cursor = self._cursor(position, position)
        self.setTextCursor(cursor)
        block = cursor.block()
        line = block.firstLineNumber()
        if block.layout().lineCount():
            line += block.layout().lineForTextPosition(cursor.positionInBlock()).lineNumber()
        self.verticalScrollBar().setValue(max(0, line - lines_above))

    def _cursor(self, start: int, end: int) -> QTextCursor:
        cursor = QTextCursor(self.document())
        cursor.setPosition(start)
        cursor.setPosition(end, QTextCursor.MoveMode.KeepAnchor)
        return cursor

    def _dress(self) -> None:
        """Labels in a quiet colour, the lit place with a background."""
        colors = colors_of(self)
        selections = []
        for heading in self._shown.headings:
            label = QTextEdit.ExtraSelection()
            label.cursor = self._cursor(heading.start, heading.start + heading.length)
            if heading.is_inserted:
                label.format.setForeground(QColor(colors.text_muted))
            font = small_font(self) if heading.is_inserted else self.font()
            label.format.setFontWeight(font.Weight.DemiBold)
            selections.append(label)
        if self._lit is not None and not self._is_lit_long:
            lit = QTextEdit.ExtraSelection()
            lit.cursor = self._cursor(*self._lit)
            lit.format.setBackground(QColor(colors.accent_soft))
            lit.format.setForeground(QColor(colors.text))
            selections.append(lit)
        self.setExtraSelections(selections)
        self.viewport().update()

    def _tell_page(self) -> None:
        # A place that is shown stands a little below the top: its page is the one to name.
        below = self.fontMetrics().lineSpacing() * (LINES_ABOVE + 1)
        position = self.cursorForPosition(QPoint(GAP, below)).position()
        self._name_page(self._shown.heading_at(position))

    def _name_page(self, page: int) -> None:
        if page != self._page:
            self._page = page
            self.page_changed.emit(page)
