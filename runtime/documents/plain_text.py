"""Plain text of any usual encoding, anchored by the lines of its paragraphs."""

from __future__ import annotations

import codecs

from runtime.documents.sections import Sections
from runtime.errors import DocumentError

# Paragraphs are gathered into blocks of about a page.
_BLOCK_CHARACTERS = 2_500
_SAMPLE_BYTES = 64 * 1024
_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    # Before UTF-16, whose mark it begins with.
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


def read_plain_text(data: bytes, name: str) -> Sections:
    """Text in blocks labelled "Lines 1 to 40". DocumentError when it is no text."""
    sections = Sections()
    block: list[str] = []
    first = 1
    length = 0
    lines = decoded(data, name).splitlines()
    for number, line in enumerate(lines, start=1):
        block.append(line)
        length += len(line) + 1
        at_paragraph_end = not line.strip() or length > 2 * _BLOCK_CHARACTERS
        if (length >= _BLOCK_CHARACTERS and at_paragraph_end) or number == len(lines):
            sections.add(_label(first, number), "\n".join(block))
            block, first, length = [], number + 1, 0
    return sections


def decoded(data: bytes, name: str) -> str:
    """The text of a file in any of the usual encodings. DocumentError when it is no text."""
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            return data.decode(encoding, "replace")
    encoding = _unmarked_utf16(data)
    if encoding:
        return data.decode(encoding, "replace")
    if _is_binary(data):
        raise DocumentError(
            f"{name} does not hold text.", "Choose a PDF, DOCX, Markdown, HTML or text file."
        )
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        pass
    try:
        return data.decode("cp1252")
    except UnicodeDecodeError:
        return data.decode("latin-1")


def _label(first: int, last: int) -> str:
    return f"Lines {first} to {last}" if last > first else f"Line {first}"


def _unmarked_utf16(data: bytes) -> str:
    """UTF-16 without its mark shows in western text as a zero at every other byte."""
    sample = data[:_SAMPLE_BYTES]
    if len(sample) < 4 or len(data) % 2:
        return ""
    half = len(sample) // 2
    for encoding, zeros, others in (
        ("utf-16-le", sample[1::2], sample[0::2]),
        ("utf-16-be", sample[0::2], sample[1::2]),
    ):
        if zeros.count(0) > 0.6 * half and others.count(0) < 0.05 * half:
            return encoding
    return ""


def _is_binary(data: bytes) -> bool:
    sample = data[:_SAMPLE_BYTES]
    if b"\0" in sample:
        return True
    control = sum(byte < 32 and byte not in b"\t\n\r\f\x0b\x1b" for byte in sample)
    return control > len(sample) * 0.02
