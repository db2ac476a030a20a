"""Word documents with what the plain library cannot write: controls, insertions, notes, boxes."""

from __future__ import annotations

import io
import zipfile
from typing import Any

import docx
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls


def saved(document: Any) -> bytes:
    output = io.BytesIO()
    document.save(output)
    return output.getvalue()


def agreement() -> Any:
    """Headings, paragraphs, a table and a list."""
    document = docx.Document()
    document.add_paragraph("Signed on 12 February 2026.")
    document.add_heading("Fees", level=1)
    document.add_paragraph("The monthly fee is 1,480 EUR.")
    table = document.add_table(rows=2, cols=2)
    for row, cells in zip(
        table.rows, (("Item", "Amount"), ("Total due", "2,280 EUR")), strict=True
    ):
        for cell, text in zip(row.cells, cells, strict=True):
            cell.text = text
    document.add_heading("Term", level=2)
    document.add_paragraph("It ends after\t36 months.", style="List Bullet")
    return document


def paragraph_with(inner: str) -> Any:
    """A paragraph from raw WordprocessingML."""
    return parse_xml(f"<w:p {nsdecls('w')}>{inner}</w:p>")


def append(document: Any, element: Any) -> None:
    """Put an element at the end of the body, in front of the section's settings."""
    document.element.body.insert(len(document.element.body) - 1, element)


def with_parts(data: bytes, **replaced: bytes) -> bytes:
    """The same file with some of its parts replaced or added; names with "/" as "__"."""
    output = io.BytesIO()
    wanted = {name.replace("__", "/"): content for name, content in replaced.items()}
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(output, "w") as new:
        for entry in old.infolist():
            new.writestr(entry.filename, wanted.pop(entry.filename, old.read(entry)))
        for name, content in wanted.items():
            new.writestr(name, content)
    return output.getvalue()
