"""Makes agreement.pdf from agreement.md: run once by hand, with reportlab installed.

python assets/sample/make.py
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from reportlab.lib import colors
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfbase.pdfmetrics import stringWidth
from reportlab.platypus import (
    BaseDocTemplate,
    CondPageBreak,
    Flowable,
    Frame,
    PageTemplate,
    Paragraph,
    Table,
    TableStyle,
)

FOLDER = Path(__file__).resolve().parent
MARGIN = 26 * mm
INK = colors.HexColor("#22303c")
RULE = colors.HexColor("#c3ccd4")
SHADE = colors.HexColor("#eef2f5")

BODY = ParagraphStyle("body", fontName="Times-Roman", fontSize=12, leading=18, spaceAfter=8)
CELL = ParagraphStyle("cell", parent=BODY, fontSize=11, leading=14, spaceAfter=0)
TITLE = ParagraphStyle(
    "title", fontName="Helvetica-Bold", fontSize=22, leading=28, spaceAfter=14, textColor=INK
)
HEADING = ParagraphStyle("heading", parent=TITLE, fontSize=15, leading=20, spaceBefore=16)
SUBHEADING = ParagraphStyle("subheading", parent=HEADING, fontSize=12.5, leading=16)


def main() -> None:
    document = BaseDocTemplate(
        str(FOLDER / "agreement.pdf"),
        pagesize=A4,
        title="Equipment Rental and Service Agreement HK-2031",
        author="HPipe",
        invariant=True,
    )
    frame = Frame(MARGIN, MARGIN, A4[0] - 2 * MARGIN, A4[1] - 2 * MARGIN)
    document.addPageTemplates(PageTemplate(frames=frame, onPageEnd=number_page))
    document.build(list(flowables((FOLDER / "agreement.md").read_text(encoding="utf-8"))))


def number_page(canvas: Any, document: Any) -> None:
    canvas.setFont("Helvetica", 9)
    canvas.setFillColor(INK)
    canvas.drawString(MARGIN, 14 * mm, "Agreement HK-2031")
    canvas.drawRightString(A4[0] - MARGIN, 14 * mm, f"Page {document.page}")


def flowables(text: str) -> Iterator[Flowable]:
    """Headings, paragraphs and tables, which are all the source uses."""
    is_first = True
    for block in text.strip().split("\n\n"):
        if block.startswith("|"):
            yield table(block.splitlines())
        elif block.startswith("## "):
            yield CondPageBreak(60 * mm)
            yield Paragraph(block[3:], SUBHEADING)
        elif block.startswith("# "):
            # A section begins on a page of its own unless it finds half of one.
            if not is_first:
                yield CondPageBreak(120 * mm)
            yield Paragraph(block[2:], TITLE if is_first else HEADING)
            is_first = False
        else:
            yield Paragraph(block, BODY)


def table(lines: list[str]) -> Table:
    rows = [
        [cell.strip() for cell in line.strip("|").split("|")]
        for line in lines
        if not line.startswith("|---")
    ]
    style = [
        ("GRID", (0, 0), (-1, -1), 0.5, RULE),
        ("BACKGROUND", (0, 0), (-1, 0), SHADE),
        ("VALIGN", (0, 0), (-1, -1), "TOP"),
        ("TOPPADDING", (0, 0), (-1, -1), 3),
        ("BOTTOMPADDING", (0, 0), (-1, -1), 5),
    ]
    widths = [4.0 * mm + longest(column) for column in zip(*rows, strict=True)]
    cells = [[Paragraph(cell, CELL) for cell in row] for row in rows]
    made = Table(cells, widths, style=TableStyle(style), hAlign="LEFT", repeatRows=1)
    made.spaceAfter = 12
    return made


def longest(column: tuple[str, ...]) -> float:
    return max(stringWidth(cell, CELL.fontName, CELL.fontSize) for cell in column) + 2 * mm


if __name__ == "__main__":
    main()
