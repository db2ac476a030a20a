"""Word documents: paragraphs, tables and notes in order, in sections by their headings."""

from __future__ import annotations

import io
import zipfile
import zlib
from collections.abc import Iterator
from typing import Any

import docx
from docx.opc.exceptions import OpcError
from docx.oxml import parse_xml
from docx.oxml.ns import qn

from runtime.documents.sections import Sections
from runtime.errors import DocumentError

MOST_UNPACKED_BYTES = 512 * 1024**2
_NOTES = (("footnotes.xml", "Footnotes"), ("endnotes.xml", "Endnotes"))
_PARAGRAPH, _TABLE = qn("w:p"), qn("w:tbl")
_TEXT, _TAB, _BREAKS = qn("w:t"), qn("w:tab"), (qn("w:br"), qn("w:cr"))
_FALLBACK = "{http://schemas.openxmlformats.org/markup-compatibility/2006}Fallback"
_PARAGRAPHS_PER_BLOCK = 20
# NotImplementedError, of an unknown way of packing, is a RuntimeError, as is that of a locked file.
_DAMAGES = (OpcError, zipfile.BadZipFile, zlib.error, ValueError, RuntimeError, EOFError)


def read_docx(data: bytes, name: str) -> Sections:
    """Sections by heading, or blocks of paragraphs where there are no headings.

    Text in content controls and tracked insertions is part of it, deleted text is not.
    DocumentError when the file is damaged or unpacks to an unreasonable size.
    """
    _refuse_bombs(data, name)
    try:
        document = docx.Document(io.BytesIO(data))
        blocks = list(_blocks(document))
        notes = list(_notes(document))
    except RecursionError:
        raise  # told for all kinds of files in one place
    # Damaged files make the parser fail in many ways.
    except (*_DAMAGES, KeyError, AttributeError, SyntaxError) as bad:
        raise _damaged(name) from bad
    sections = Sections()
    if any(heading for heading, _ in blocks):
        _add_by_heading(sections, blocks)
    else:
        _add_by_number(sections, [text for _, text in blocks])
    for label, text in notes:
        sections.add(label, text)
    return sections


def _add_by_heading(sections: Sections, blocks: list[tuple[bool, str]]) -> None:
    label = "Beginning"
    gathered: list[str] = []
    for is_heading, text in blocks:
        if is_heading:
            sections.add(label, "\n\n".join(gathered))
            label, gathered = text, []
        gathered.append(text)
    sections.add(label, "\n\n".join(gathered))


def _add_by_number(sections: Sections, texts: list[str]) -> None:
    for first in range(0, len(texts), _PARAGRAPHS_PER_BLOCK):
        block = texts[first : first + _PARAGRAPHS_PER_BLOCK]
        last = first + len(block)
        label = f"Paragraphs {first + 1} to {last}" if len(block) > 1 else f"Paragraph {last}"
        sections.add(label, "\n\n".join(block))


def _blocks(document: Any) -> Iterator[tuple[bool, str]]:
    """Each paragraph or table with text, and whether it is a heading."""
    headings = {
        style.style_id
        for style in document.styles
        if (style.name or "").lower().startswith(("heading", "title"))
    }
    for element in _flattened(document.element.body):
        if element.tag == _TABLE:
            text = _table_text(element)
            heading = False
        else:
            text = _paragraph_text(element)
            heading = element.style in headings and len(text) < 200
        if text.strip():
            yield heading, text


def _flattened(parent: Any) -> Iterator[Any]:
    """Paragraphs and tables in order, those inside content controls and insertions too."""
    for child in parent:
        if child.tag in (_PARAGRAPH, _TABLE):
            yield child
        elif isinstance(child.tag, str):
            yield from _flattened(child)


def _paragraph_text(paragraph: Any) -> str:
    pieces = []
    for element in paragraph.iter(_TEXT, _TAB, *_BREAKS):
        # Text boxes are written twice, the second time for old programs.
        if any(ancestor.tag == _FALLBACK for ancestor in element.iterancestors()):
            continue
        if element.tag == _TEXT:
            pieces.append(element.text or "")
        elif element.tag in _BREAKS:
            pieces.append("\n")
        # A stop in the paragraph's properties is no tab in its text.
        elif element.getparent().tag != qn("w:tabs"):
            pieces.append("\t")
    return "".join(pieces)


def _table_text(table: Any) -> str:
    rows = []
    for row in table.iter(qn("w:tr")):
        cells = [
            " ".join(" ".join(map(_paragraph_text, cell.iter(_PARAGRAPH))).split())
            for cell in row.iter(qn("w:tc"))
        ]
        if any(cells):
            rows.append(" | ".join(cells))
    return "\n".join(rows)


def _notes(document: Any) -> Iterator[tuple[str, str]]:
    for part in document.part.package.iter_parts():
        for ending, label in _NOTES:
            if str(part.partname).endswith(f"/{ending}"):
                paragraphs = map(_paragraph_text, parse_xml(part.blob).iter(_PARAGRAPH))
                yield label, "\n".join(text for text in paragraphs if text.strip())


def _refuse_bombs(data: bytes, name: str) -> None:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            unpacked = sum(entry.file_size for entry in archive.infolist())
    except _DAMAGES as problem:
        raise _damaged(name) from problem
    if unpacked > MOST_UNPACKED_BYTES:
        raise DocumentError(
            f"{name} unpacks to {unpacked / 1024**2:,.0f} MB, more than the "
            f"{MOST_UNPACKED_BYTES / 1024**2:,.0f} MB that are read.",
            "Remove its pictures, or split it and ask about the parts one by one.",
        )


def _damaged(name: str) -> DocumentError:
    return DocumentError(
        f"{name} is damaged: it cannot be read as a Word document.",
        "Open it in a word processor and save it again.",
    )
