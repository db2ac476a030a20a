"""PDF files, page by page."""

from __future__ import annotations

import io
import logging

from pypdf import PageObject, PdfReader
from pypdf.errors import DependencyError, PyPdfError

from runtime.documents.pdf_rows import Piece, rows_on_lines
from runtime.documents.sections import Sections
from runtime.errors import DocumentError

MOST_PAGES = 20_000


def read_pdf(data: bytes, name: str) -> Sections:
    """One section for each page with text, labelled "Page 3".

    DocumentError when it is locked, damaged, or holds pictures of pages instead of text.
    """
    # Its remarks on files that are a little off are of no use to anyone here.
    logging.getLogger("pypdf").setLevel(logging.CRITICAL)
    try:
        reader = PdfReader(io.BytesIO(data))
        if reader.is_encrypted and not reader.decrypt(""):
            raise DocumentError(
                f"{name} is protected by a password.",
                "Open it with its password, print or export it to a new PDF, and choose that.",
            )
        count = len(reader.pages)
    except DependencyError as problem:
        raise DocumentError(
            f"{name} is encrypted in a way that cannot be read here ({problem}).",
            "Export it to a new PDF without protection, and choose that.",
        ) from problem
    except RecursionError as problem:
        raise _damaged(name) from problem
    # Damaged files make the parser fail in every way Python can.
    except (PyPdfError, ValueError, KeyError, TypeError, AttributeError, IndexError) as problem:
        raise _damaged(name) from problem
    if count > MOST_PAGES:
        raise DocumentError(
            f"{name} has {count:,} pages, more than the {MOST_PAGES:,} that are read.",
            "Split it, and ask about the parts one by one.",
        )
    return _pages(reader, count, name)


def _pages(reader: PdfReader, count: int, name: str) -> Sections:
    sections = Sections()
    broken = 0
    for number in range(count):
        try:
            text = page_text(reader.pages[number])
        except MemoryError:
            raise
        except Exception:
            broken += 1
            continue
        sections.add(f"Page {number + 1}", text)
    if broken:
        # An answer from a document with holes would be worse than none.
        raise DocumentError(
            f"{broken} of the {count} pages of {name} are damaged and cannot be read.",
            "Open it in a PDF reader, print or export it to a new PDF, and choose that.",
        )
    if not len(sections):
        pages = "its page holds" if count == 1 else f"its {count} pages hold"
        raise DocumentError(
            f"{name} has no text: {pages} pictures only, as from a scanner.",
            "Run text recognition over it first (OCR, for example with OCRmyPDF), "
            "then choose the result.",
        )
    return sections


def page_text(page: PageObject) -> str:
    """A page's text in the order it was drawn, with the cells of a table's row on one line."""
    pieces: list[Piece] = []

    def see(text: str, matrix: list[float], line: list[float], _font: object, size: float) -> None:
        if text:
            x = line[4] * matrix[0] + line[5] * matrix[2] + matrix[4]
            y = line[4] * matrix[1] + line[5] * matrix[3] + matrix[5]
            scale = abs(line[3] * matrix[3]) or 1.0
            pieces.append(Piece(text=text, x=x, y=y, size=size * scale))

    whole: str = page.extract_text(visitor_text=see)
    seen = "".join(piece.text for piece in pieces)
    # Where pypdf changes the text as a whole afterwards, its word counts.
    return rows_on_lines(pieces) if seen.split() == whole.split() else whole


def _damaged(name: str) -> DocumentError:
    return DocumentError(
        f"{name} is damaged: it cannot be read as a PDF.",
        "Fetch or export it again; a PDF reader may be able to repair it.",
    )
