"""What kind of document a file is: by its first bytes, then by its name."""

from __future__ import annotations

import io
import zipfile
from enum import Enum
from pathlib import Path

from runtime.errors import DocumentError

_HEAD_BYTES = 1024
_SAVE_AS = "Save or export it as PDF or DOCX, and choose that."
_BY_NAME = {
    ".md": "markdown",
    ".markdown": "markdown",
    ".mdown": "markdown",
    ".html": "html",
    ".htm": "html",
    ".xhtml": "html",
}
_PICTURES = (b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"II*\0", b"MM\0*", b"RIFF")
_OLD_OFFICE = b"\xd0\xcf\x11\xe0"


class Kind(Enum):
    """The kinds of documents that can be read."""

    PDF = "pdf"
    DOCX = "docx"
    MARKDOWN = "markdown"
    HTML = "html"
    TEXT = "text"


def kind_of(data: bytes, path: Path) -> Kind:
    """The kind of a file's contents. DocumentError for kinds that cannot be read."""
    head = data[:_HEAD_BYTES]
    suffix = path.suffix.lower()
    # Some programs write a few bytes in front of a PDF; readers allow for it.
    if b"%PDF-" in head:
        return Kind.PDF
    if head.startswith(b"PK\x03\x04"):
        return _packed_kind(data, path)
    _refuse_others(head, suffix, path.name)
    start = head.removeprefix(b"\xef\xbb\xbf").lstrip().lower()
    if suffix in _BY_NAME:
        return Kind(_BY_NAME[suffix])
    if start.startswith((b"<!doctype html", b"<html")):
        return Kind.HTML
    return Kind.TEXT


def _packed_kind(data: bytes, path: Path) -> Kind:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            names = set(archive.namelist())
    except (zipfile.BadZipFile, ValueError, NotImplementedError) as problem:
        raise DocumentError(
            f"{path.name} is damaged or half downloaded.", "Fetch it again."
        ) from problem
    if "word/document.xml" in names:
        return Kind.DOCX
    what = "an archive"
    if "xl/workbook.xml" in names:
        what = "a spreadsheet"
    elif "ppt/presentation.xml" in names:
        what = "a presentation"
    elif "mimetype" in names:
        what = "an OpenDocument or e-book file"
    raise DocumentError(f"{path.name} is {what}, which is not read.", _SAVE_AS)


def _refuse_others(head: bytes, suffix: str, name: str) -> None:
    if head.startswith(_OLD_OFFICE):
        raise DocumentError(
            f"{name} is an old Office file, or one protected by a password.",
            "Save it as DOCX without a password, and choose that.",
        )
    if head.startswith(b"{\\rtf"):
        raise DocumentError(f"{name} is a rich text file (RTF), which is not read.", _SAVE_AS)
    if head.startswith(_PICTURES):
        raise DocumentError(
            f"{name} is a picture.",
            "Run text recognition over it first (OCR), and choose the result.",
        )
    if suffix == ".pdf":
        raise DocumentError(
            f"{name} is damaged: it does not begin as a PDF does.", "Fetch or export it again."
        )
    if suffix == ".docx":
        raise DocumentError(
            f"{name} is damaged: it is no Word document.",
            "Open it in a word processor and save it again.",
        )
