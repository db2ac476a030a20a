"""The text of one document, with its pages, a place lit up, and words that are looked for."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QLineF, QRect, Qt, Signal
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QTextCursor, QTextDocument
from PySide6.QtWidgets import QFrame, QPlainTextEdit, QTextEdit, QWidget

from app.analyze.shown_text import ShownText
from app.theme import GAP, colors_of, small_font
from runtime.snapshots import DocumentSnapshot

LINES_ABOVE = 2


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
        self._lit = (self._shown.position(start), self._shown.position(max(start, end)))
        self._scroll_to(self._lit[0])
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
        """The text, and a thin line above every page that begins in view."""
        super().paintEvent(event)
        painter = QPainter(self.viewport())
        painter.setPen(QColor(colors_of(self).border))
        block = self.firstVisibleBlock()
        while block.isValid():
            area = self.blockBoundingGeometry(block).translated(self.contentOffset())
            if area.top() > self.viewport().height():
                break
            if block.position() in self._page_starts and area.top() > 0:
                painter.drawLine(QLineF(GAP, area.top(), self.viewport().width() - GAP, area.top()))
            block = block.next()

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
        if self._lit is not None:
            lit = QTextEdit.ExtraSelection()
            lit.cursor = self._cursor(*self._lit)
            lit.format.setBackground(QColor(colors.accent_soft))
            lit.format.setForeground(QColor(colors.text))
            selections.append(lit)
        self.setExtraSelections(selections)

    def _tell_page(self) -> None:
        position = self.cursorForPosition(QRect(0, 0, 1, 1).center()).position()
        page = self._shown.heading_at(position)
        if page != self._page:
            self._page = page
            self.page_changed.emit(page)
