"""PDF files written by hand: text at places of a page, and nothing else."""

from __future__ import annotations

import io
from collections.abc import Sequence

from pypdf import PdfReader, PdfWriter

Placed = tuple[float, float, str]


def page_of_lines(lines: Sequence[str]) -> list[Placed]:
    """Lines from the top of the page downwards."""
    return [(72.0, 740.0 - 18 * number, line) for number, line in enumerate(lines)]


def pdf(pages: Sequence[Sequence[Placed]]) -> bytes:
    """A PDF of these pages; each text stands in an object of its own, as tables are drawn."""
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [%s] /Count %d >>"
        % (b" ".join(b"%d 0 R" % (4 + 2 * number) for number in range(len(pages))), len(pages)),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>",
    ]
    for number, page in enumerate(pages):
        content = b"\n".join(_drawn(*placed) for placed in page)
        objects.append(
            b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] "
            b"/Resources << /Font << /F1 3 0 R >> >> /Contents %d 0 R >>" % (5 + 2 * number)
        )
        objects.append(b"<< /Length %d >>\nstream\n%s\nendstream" % (len(content), content))
    output = bytearray(b"%PDF-1.4\n")
    places = []
    for number, body in enumerate(objects, start=1):
        places.append(len(output))
        output += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    start = len(output)
    output += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    output += b"".join(b"%010d 00000 n \n" % place for place in places)
    output += b"trailer\n<< /Size %d /Root 1 0 R >>\n" % (len(objects) + 1)
    output += b"startxref\n%d\n%%%%EOF\n" % start
    return bytes(output)


def encrypted(data: bytes, user_password: str) -> bytes:
    """The same PDF behind a password; an empty one lets anyone read it."""
    writer = PdfWriter(clone_from=PdfReader(io.BytesIO(data)))
    writer.encrypt(user_password, owner_password="owner", algorithm="AES-256")
    output = io.BytesIO()
    writer.write(output)
    return output.getvalue()


def _drawn(x: float, y: float, text: str) -> bytes:
    escaped = text.encode("cp1252").replace(b"\\", b"\\\\").replace(b"(", b"\\(")
    shown = escaped.replace(b")", b"\\)")
    return b"BT 1 0 0 1 %.1f %.1f Tm /F1 12 Tf 14 TL (%s) Tj T* ET" % (x, y, shown)
