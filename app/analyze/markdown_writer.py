"""Writes Markdown into a text document as formatted text; nothing in it can do anything.

The source is a model's answer about a stranger's document. It never becomes HTML: tags are shown
as they are written, pictures become their words, and links to anywhere but a place of the
document become plain text with the address beside it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from markdown_it import MarkdownIt
from markdown_it.token import Token
from PySide6.QtGui import (
    QColor,
    QFont,
    QFontDatabase,
    QTextBlockFormat,
    QTextCharFormat,
    QTextCursor,
    QTextFormat,
    QTextLength,
    QTextList,
    QTextListFormat,
    QTextTableFormat,
)

from app.analyze.references import PageReferences
from app.theme import GAP, GAP_SMALL, GAP_TINY, Colors
from runtime.snapshots import PageAnchor

LINE_BREAK = "\u2028"
HEADING_SCALES = {"h1": 1.25, "h2": 1.15, "h3": 1.05}
PLACE_SCHEME = "place"
MAX_TABLE_COLUMNS = 32

_PARSER = MarkdownIt("commonmark", {"html": False}).enable(["table", "strikethrough"])


@dataclass(frozen=True)
class Look:
    """The font and the colours an answer is written in."""

    font: QFont
    colors: Colors


@dataclass
class _List:
    is_ordered: bool
    number: int
    list: QTextList | None = None


def place_address(anchor: PageAnchor) -> str:
    """The address a link to a place of the document carries."""
    return f"{PLACE_SCHEME}:{anchor.start}-{anchor.end}"


def place_of(address: str) -> tuple[int, int] | None:
    """The range a link's address names; None for any other address."""
    scheme, _, rest = address.partition(":")
    start, _, end = rest.partition("-")
    if scheme != PLACE_SCHEME or not (start.isdecimal() and end.isdecimal()):
        return None
    return int(start), int(end)


class MarkdownWriter:
    """Appends blocks at a cursor. Whether the cursor's own block is free is said by the caller."""

    def __init__(self, look: Look, references: PageReferences) -> None:
        self._look = look
        self._references = references
        self._lists: list[_List] = []
        self._item_begins = False
        self._quote_depth = 0
        self._is_block_free = True

    def write(self, cursor: QTextCursor, source: str, *, is_block_free: bool) -> bool:
        """Write source; returns whether the block the cursor is then in is free to be used."""
        self._is_block_free = is_block_free
        self._lists.clear()
        self._quote_depth = 0
        tokens = _PARSER.parse(source)
        index = 0
        while index < len(tokens):
            index = self._write_token(cursor, tokens, index)
        return self._is_block_free

    def _write_token(self, cursor: QTextCursor, tokens: Sequence[Token], index: int) -> int:
        """Write the block that begins at a token; returns the index of the token after it."""
        token = tokens[index]
        match token.type:
            case "heading_open":
                self._write_heading(cursor, token.tag, tokens[index + 1])
                return index + 3
            case "paragraph_open":
                self._begin_paragraph(cursor)
                self._write_inline(cursor, tokens[index + 1], self._text_format())
                return index + 3
            case "fence" | "code_block":
                self._write_code(cursor, token.content)
            case "hr":
                self._write_rule(cursor)
            case "bullet_list_open":
                self._lists.append(_List(False, 1))
            case "ordered_list_open":
                self._lists.append(_List(True, int(token.attrGet("start") or 1)))
            case "bullet_list_close" | "ordered_list_close":
                self._lists.pop()
            case "list_item_open":
                self._item_begins = True
            case "blockquote_open":
                self._quote_depth += 1
            case "blockquote_close":
                self._quote_depth -= 1
            case "table_open":
                return self._write_table(cursor, tokens, index)
        return index + 1

    # Blocks

    def _begin_block(
        self, cursor: QTextCursor, block: QTextBlockFormat, text: QTextCharFormat
    ) -> None:
        if self._is_block_free:
            cursor.setBlockFormat(block)
            cursor.setBlockCharFormat(text)
        else:
            cursor.insertBlock(block, text)
        self._is_block_free = False

    def _begin_paragraph(self, cursor: QTextCursor) -> None:
        block = self._block_format(bottom=GAP_SMALL)
        if self._lists:
            block.setBottomMargin(GAP_TINY)
            if self._item_begins:
                self._begin_item(cursor, block)
                return
            block.setIndent(len(self._lists))
        self._begin_block(cursor, block, self._text_format())

    def _begin_item(self, cursor: QTextCursor, block: QTextBlockFormat) -> None:
        self._item_begins = False
        self._begin_block(cursor, block, self._text_format())
        around = self._lists[-1]
        if around.list is not None:
            around.list.add(cursor.block())
            return
        form = QTextListFormat()
        ordered = QTextListFormat.Style.ListDecimal
        bullets = (QTextListFormat.Style.ListDisc, QTextListFormat.Style.ListCircle)
        form.setStyle(ordered if around.is_ordered else bullets[min(1, len(self._lists) - 1)])
        form.setIndent(len(self._lists))
        if around.is_ordered:
            form.setStart(around.number)
        around.list = cursor.createList(form)

    def _write_heading(self, cursor: QTextCursor, tag: str, inline: Token) -> None:
        text = self._text_format()
        text.setFontWeight(QFont.Weight.DemiBold)
        scale = HEADING_SCALES.get(tag, 1.0)
        if self._look.font.pointSizeF() > 0:
            text.setFontPointSize(self._look.font.pointSizeF() * scale)
        block = self._block_format(top=GAP_SMALL, bottom=GAP_TINY)
        block.setHeadingLevel(int(tag[1]))
        self._item_begins = False
        self._begin_block(cursor, block, text)
        self._write_inline(cursor, inline, text)

    def _write_code(self, cursor: QTextCursor, code: str) -> None:
        block = self._block_format(top=GAP_TINY, bottom=GAP_SMALL)
        block.setBackground(QColor(self._look.colors.surface_raised))
        block.setIndent(len(self._lists))
        self._item_begins = False
        text = self._code_format()
        self._begin_block(cursor, block, text)
        cursor.insertText(code.rstrip("\n").replace("\n", LINE_BREAK), text)

    def _write_rule(self, cursor: QTextCursor) -> None:
        block = self._block_format(bottom=GAP_SMALL)
        block.setProperty(
            QTextFormat.Property.BlockTrailingHorizontalRulerWidth,
            QTextLength(QTextLength.Type.PercentageLength, 100),
        )
        self._begin_block(cursor, block, self._text_format())

    def _write_table(self, cursor: QTextCursor, tokens: Sequence[Token], index: int) -> int:
        rows: list[list[Token]] = []
        while tokens[index].type != "table_close":
            if tokens[index].type == "tr_open":
                rows.append([])
            elif tokens[index].type == "inline" and len(rows[-1]) < MAX_TABLE_COLUMNS:
                rows[-1].append(tokens[index])
            index += 1
        form = QTextTableFormat()
        form.setBorderBrush(QColor(self._look.colors.border))
        form.setBorder(1)
        form.setBorderCollapse(True)
        form.setCellPadding(GAP_TINY)
        form.setBottomMargin(GAP_SMALL)
        form.setHeaderRowCount(1)
        table = cursor.insertTable(len(rows), max(map(len, rows)), form)
        for row, cells in enumerate(rows):
            text = self._text_format()
            if row == 0:
                text.setFontWeight(QFont.Weight.DemiBold)
            for column, cell in enumerate(cells):
                self._write_inline(table.cellAt(row, column).firstCursorPosition(), cell, text)
        cursor.setPosition(table.lastPosition() + 1)
        # A table is always followed by an empty block, which is where what comes next goes.
        self._is_block_free = True
        return index + 1

    # Text inside a block

    def _write_inline(
        self, cursor: QTextCursor, inline: Token, base: QTextCharFormat
    ) -> None:  # fmt: skip
        bold = italic = struck = 0
        address = ""
        for token in inline.children or ():
            form = QTextCharFormat(base)
            if bold:
                form.setFontWeight(QFont.Weight.Bold)
            form.setFontItalic(base.fontItalic() or italic > 0)
            form.setFontStrikeOut(struck > 0)
            match token.type:
                case "strong_open" | "strong_close":
                    bold += token.nesting
                case "em_open" | "em_close":
                    italic += token.nesting
                case "s_open" | "s_close":
                    struck += token.nesting
                case "text":
                    self._write_text(cursor, token.content, form)
                case "code_inline":
                    self._write_text(cursor, token.content, self._code_format())
                case "softbreak":
                    cursor.insertText(" ", form)
                case "hardbreak":
                    cursor.insertText(LINE_BREAK, form)
                case "image":
                    cursor.insertText(token.content or str(token.attrGet("alt") or ""), form)
                case "link_open":
                    address = str(token.attrGet("href") or "")
                case "link_close":
                    form.setForeground(QColor(self._look.colors.text_muted))
                    cursor.insertText(f" ({address})", form)

    def _write_text(self, cursor: QTextCursor, text: str, form: QTextCharFormat) -> None:
        for piece, anchor in self._references.pieces(text):
            if anchor is None:
                cursor.insertText(piece, form)
                continue
            link = QTextCharFormat(form)
            link.setAnchor(True)
            link.setAnchorHref(place_address(anchor))
            link.setForeground(QColor(self._look.colors.accent))
            link.setFontUnderline(True)
            link.setToolTip(anchor.label)
            cursor.insertText(piece, link)

    # Formats

    def _text_format(self) -> QTextCharFormat:
        form = QTextCharFormat()
        form.setFont(self._look.font)
        colors = self._look.colors
        form.setForeground(QColor(colors.text_muted if self._quote_depth else colors.text))
        return form

    def _code_format(self) -> QTextCharFormat:
        form = self._text_format()
        fixed = QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont)
        form.setFontFamilies(fixed.families())
        form.setFontFixedPitch(True)
        form.setBackground(QColor(self._look.colors.surface_raised))
        return form

    def _block_format(self, *, top: int = 0, bottom: int = 0) -> QTextBlockFormat:
        form = QTextBlockFormat()
        form.setTopMargin(top)
        form.setBottomMargin(bottom)
        form.setLeftMargin(GAP * self._quote_depth)
        form.setLineHeight(115, QTextBlockFormat.LineHeightTypes.ProportionalHeight.value)
        return form
