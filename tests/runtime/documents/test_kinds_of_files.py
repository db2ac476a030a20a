"""Every kind of document becomes the text a person sees in it, in sections they can find."""

import codecs
import gzip
import io
import zipfile

import docx
import pytest
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls
from hypothesis import given, settings
from hypothesis import strategies as st

from runtime.documents.docx import read_docx
from runtime.documents.html import read_html
from runtime.documents.kinds import Kind, kind_of
from runtime.documents.markdown import read_markdown
from runtime.documents.pdf import read_pdf
from runtime.documents.plain_text import decoded, read_plain_text
from runtime.documents.sections import Sections
from runtime.errors import DocumentError
from tests.runtime.documents.docx_writer import (
    agreement,
    append,
    paragraph_with,
    saved,
    with_parts,
)
from tests.runtime.documents.pdf_writer import encrypted, page_of_lines, pdf


def parts(sections):
    """Labels with their texts; the anchors must cover the whole text in order."""
    text, anchors = sections.joined()
    assert [0, *(anchor.end for anchor in anchors)] == [
        *(anchor.start for anchor in anchors),
        len(text),
    ]
    return [(anchor.label, text[anchor.start : anchor.end].strip("\n")) for anchor in anchors]


def test_pdf_by_pages():
    """A page without text keeps the others' numbers right."""
    data = pdf([page_of_lines(["First page.", "Total: 5 EUR"]), [], page_of_lines(["Ünder (§ 3)"])])
    assert parts(read_pdf(data, "a.pdf")) == [
        ("Page 1", "First page.\nTotal: 5 EUR"),
        ("Page 3", "Ünder (§ 3)"),
    ]


def test_a_tables_rows_stay_together():
    """Cells on lines of their own tell neither a person nor a model what belongs to what."""
    cells = [
        (72, 700, "Item"),
        (200, 700, "Amount"),
        (72, 680, "Total due"),
        (200, 680, "2,280 EUR"),
        (72, 640, "Thank you."),
    ]
    ((_, text),) = parts(read_pdf(pdf([cells]), "a.pdf"))
    assert text == "Item | Amount\nTotal due | 2,280 EUR\nThank you."


def test_columns_stay_apart():
    """Two columns of a paper, read across, make nonsense of both."""
    left = [(72, 700 - 18 * row, f"left {row}") for row in range(3)]
    right = [(320, 700 - 18 * row, f"right {row}") for row in range(3)]
    ((_, text),) = parts(read_pdf(pdf([left + right]), "a.pdf"))
    assert text.splitlines() == [f"{side} {row}" for side in ("left", "right") for row in range(3)]


def test_a_pdf_anyone_may_read_is_read():
    """Many PDFs are encrypted with an empty password, only to forbid printing."""
    data = pdf([page_of_lines(["Secret"])])
    assert parts(read_pdf(encrypted(data, ""), "a.pdf")) == [("Page 1", "Secret")]
    with pytest.raises(DocumentError, match="password"):
        read_pdf(encrypted(data, "geheim"), "a.pdf")


def test_a_scanned_pdf_is_told_apart():
    """An empty answer to a stack of scanned pages explains nothing."""
    with pytest.raises(DocumentError, match="2 pages hold pictures") as refused:
        read_pdf(pdf([[], []]), "scan.pdf")
    assert "OCR" in refused.value.hint


@pytest.mark.parametrize("keep", [12, 200, 400])
def test_damaged_pdfs(keep):
    data = pdf([page_of_lines(["Hello"])])[:keep]
    with pytest.raises(DocumentError) as refused:
        read_pdf(data, "broken.pdf")
    assert refused.value.hint


def test_docx_by_headings():
    assert parts(read_docx(saved(agreement()), "a.docx")) == [
        ("Beginning", "Signed on 12 February 2026."),
        (
            "Fees",
            "Fees\n\nThe monthly fee is 1,480 EUR.\n\nItem | Amount\nTotal due | 2,280 EUR",
        ),
        ("Term", "Term\n\nIt ends after\t36 months."),
    ]


def test_docx_without_headings():
    document = docx.Document()
    for number in range(25):
        document.add_paragraph(f"Paragraph {number}.")
    labels = [label for label, _ in parts(read_docx(saved(document), "a.docx"))]
    assert labels == ["Paragraphs 1 to 20", "Paragraphs 21 to 25"]


def test_what_word_hides_in_a_document():
    """Insertions, forms, boxes and notes are text a person sees; deletions are not."""
    document = docx.Document()
    append(document, paragraph_with("<w:ins><w:r><w:t>inserted</w:t></w:r></w:ins>"))
    append(document, paragraph_with("<w:del><w:r><w:delText>deleted</w:delText></w:r></w:del>"))
    control = f"<w:sdt {nsdecls('w')}><w:sdtContent><w:p><w:r><w:t>in a form</w:t></w:r></w:p>"
    append(document, parse_xml(f"{control}</w:sdtContent></w:sdt>"))
    box = "<w:txbxContent><w:p><w:r><w:t>boxed</w:t></w:r></w:p></w:txbxContent>"
    names = 'xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006"'
    both = f"<mc:Choice Requires='wps'>{box}</mc:Choice><mc:Fallback>{box}</mc:Fallback>"
    alternative = f"<mc:AlternateContent {names}>{both}</mc:AlternateContent>"
    append(document, paragraph_with(f"<w:r>{alternative}</w:r>"))
    ((_, text),) = parts(read_docx(saved(document), "a.docx"))
    assert text.split("\n\n") == ["inserted", "in a form", "boxed"]


def test_footnotes_are_read():
    """Contracts put what matters into footnotes."""
    data = saved(agreement())
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        types = archive.read("[Content_Types].xml")
        links = archive.read("word/_rels/document.xml.rels")
    note = f"<w:footnotes {nsdecls('w')}><w:footnote><w:p><w:r><w:t>Except on Sundays.</w:t></w:r>"
    kind = "application/vnd.openxmlformats-officedocument.wordprocessingml.footnotes+xml"
    relation = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/footnotes"
    changed = with_parts(
        data,
        word__footnotes=b"",
        **{
            "word/footnotes.xml": f"{note}</w:p></w:footnote></w:footnotes>".encode(),
            "[Content_Types].xml": types.replace(
                b"</Types>",
                f'<Override PartName="/word/footnotes.xml" ContentType="{kind}"/></Types>'.encode(),
            ),
            "word/_rels/document.xml.rels": links.replace(
                b"</Relationships>",
                f'<Relationship Id="rId99" Type="{relation}" Target="footnotes.xml"/>'
                "</Relationships>".encode(),
            ),
        },
    )
    assert parts(read_docx(changed, "a.docx"))[-1] == ("Footnotes", "Except on Sundays.")


def test_damaged_docx_files():
    data = saved(agreement())
    for broken in (
        data[:500],
        data[: len(data) // 2],
        with_parts(data, word__document__xml=b"") and _without_document(data),
        with_parts(data, **{"word/document.xml": b"<w:document"}),
    ):
        with pytest.raises(DocumentError, match="damaged"):
            read_docx(broken, "a.docx")


def _without_document(data):
    output = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(output, "w") as new:
        for entry in old.infolist():
            if entry.filename != "word/document.xml":
                new.writestr(entry.filename, old.read(entry))
    return output.getvalue()


def test_markdown_by_headings():
    """A comment in a block of code is no heading; nor is one in a quotation."""
    source = "Intro\n\n# One\ntext\n\n```\n# no heading\n```\n\n> # quoted\n\n"
    source += "Two *fine*\n---\nmore\n\n# One\n"
    assert parts(read_markdown(source.encode(), "a.md")) == [
        ("Beginning", "Intro"),
        ("One", "# One\ntext\n\n```\n# no heading\n```\n\n> # quoted"),
        ("Two fine", "Two *fine*\n---\nmore"),
        ("One (2)", "# One"),
    ]


def test_html_as_it_is_seen():
    """Scripts and styles are no text; rows, lists and line ends keep their form."""
    source = """<!doctype html><html><head><title>T</title><style>p{}</style></head><body>
    <p>Before   the
    heading &amp; all.</p><h1>The <b>fees</b></h1><div>One<br>Two</div>
    <table><tr><th>Item</th><th>Amount</th></tr><tr><td><p>Total</p></td><td>5&nbsp;EUR</td></tr>
    </table><ul><li>first</li><li>second</li></ul><pre>a
  b</pre><script>alert("no")</script><!-- no --><h2></h2><p>End</p></body></html>"""
    assert parts(read_html(source.encode(), "a.html")) == [
        ("Beginning", "Before the heading & all."),
        (
            "The fees",
            "The fees\n\nOne\nTwo\n\nItem | Amount\nTotal | 5 EUR\n\n- first\n- second\n\na\n  b",
        ),
        ("The fees (2)", "End"),
    ]


def test_html_in_its_own_encoding():
    source = '<html><head><meta charset="iso-8859-2"></head><body>Łódź</body></html>'
    assert parts(read_html(source.encode("iso-8859-2"), "a.html")) == [("Beginning", "Łódź")]
    wrong = source.replace("iso-8859-2", "no-such-thing")
    assert parts(read_html(wrong.encode(), "a.html")) == [("Beginning", "Łódź")]


@pytest.mark.parametrize(
    "encoding",
    ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "cp1252", "latin-1"],
)
def test_text_of_usual_encodings(encoding):
    """Old programs on Windows still write UTF-16 and Latin."""
    text = "Größe: 12 m², 5 Stück\nÄnderung"
    assert decoded(text.encode(encoding), "a.txt").removeprefix("\ufeff") == text


def test_text_in_blocks_of_lines():
    text = "\n".join(
        f"Line number {number} of a long text, plain and simple." for number in range(200)
    )
    labels = [label for label, _ in parts(read_plain_text(text.encode(), "a.txt"))]
    assert labels[0].startswith("Lines 1 to ")
    assert labels[-1].endswith(" to 200")
    firsts = [int(label.split()[1]) for label in labels]
    lasts = [int(label.split()[3]) for label in labels]
    assert firsts[1:] == [last + 1 for last in lasts[:-1]]


@pytest.mark.parametrize(
    "data", [b"\0\1\2\3" * 100, bytes(range(32)) * 20, gzip.compress(b"hello", mtime=0)]
)
def test_other_files_are_no_text(data):
    with pytest.raises(DocumentError, match="does not hold text"):
        read_plain_text(data, "a.bin")


@pytest.mark.parametrize(
    ("data", "name", "kind"),
    [
        (b"%PDF-1.7", "a", Kind.PDF),
        (b"\n\n%PDF-1.7", "a.txt", Kind.PDF),
        (saved(docx.Document()), "a.bin", Kind.DOCX),
        (b"# Hello", "README.MD", Kind.MARKDOWN),
        (b"<p>x</p>", "a.htm", Kind.HTML),
        (b"  <!DOCTYPE HTML>", "page", Kind.HTML),
        (codecs.BOM_UTF8 + b"<html>", "page", Kind.HTML),
        (b"hello", "notes", Kind.TEXT),
        (b"a,b\n1,2", "table.csv", Kind.TEXT),
    ],
)
def test_kinds_by_contents_then_name(data, name, kind, tmp_path):
    """A wrong ending must not make a file unreadable."""
    assert kind_of(data, tmp_path / name) is kind


def archive(*names):
    output = io.BytesIO()
    with zipfile.ZipFile(output, "w") as made:
        for name in names:
            made.writestr(name, b"x")
    return output.getvalue()


@pytest.mark.parametrize(
    ("data", "name", "words"),
    [
        (archive("xl/workbook.xml"), "a.xlsx", "spreadsheet"),
        (archive("ppt/presentation.xml"), "a.pptx", "presentation"),
        (archive("mimetype"), "a.odt", "OpenDocument"),
        (archive("a.txt"), "a.zip", "archive"),
        (b"PK\x03\x04" + b"\0" * 50, "a.docx", "damaged"),
        (b"\xd0\xcf\x11\xe0" + b"\0" * 50, "a.doc", "old Office"),
        (b"{\\rtf1 hello}", "a.rtf", "RTF"),
        (b"\x89PNG\r\n", "a.png", "picture"),
        (b"\xff\xd8\xff\xe0", "a.jpg", "picture"),
        (b"<html>404</html>", "a.pdf", "does not begin"),
        (b"hello", "a.docx", "no Word document"),
    ],
)
def test_kinds_that_are_not_read(data, name, words, tmp_path):
    """Each with what to do instead, not a page of control characters."""
    with pytest.raises(DocumentError, match=words) as refused:
        kind_of(data, tmp_path / name)
    assert refused.value.hint


def test_halves_of_characters_are_replaced():
    """Damaged files give them; they cannot be stored or sent."""
    sections = Sections()
    sections.add("a\ud800", "b\ud800")
    assert parts(sections) == [("a?", "b?")]


@settings(deadline=None)
@given(st.lists(st.tuples(st.text(max_size=30), st.text(max_size=60)), max_size=8))
def test_anchors_cover_the_text_in_order(added):
    """A gap would be a place no citation can name; an overlap one with two names."""
    sections = Sections()
    for label, text in added:
        sections.add(label, text)
    found = parts(sections)
    assert len({label for label, _ in found}) == len(found)
    assert all(text.strip() for _, text in found)
    sections.joined()[0].encode("utf-8")


@settings(deadline=None)
@given(st.binary(max_size=300))
def test_no_bytes_break_the_readers(data):
    """Whatever a file holds: text, or a sentence."""
    for read in (read_plain_text, read_html, read_markdown, read_pdf, read_docx):
        try:
            parts(read(data, "a"))
        except DocumentError as refused:
            assert refused.hint
