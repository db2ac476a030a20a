"""Reading in a process of its own: bounded in time and memory, every failure a sentence."""

import io
import os
import sys
import zipfile
from pathlib import Path

import pytest

from runtime.documents import docx, read_document, reading
from runtime.documents.parse import parse
from runtime.errors import DocumentError
from runtime.sample import CHECKS, sample_document, sample_question
from tests.runtime.documents.docx_writer import agreement, saved, with_parts
from tests.runtime.documents.pdf_writer import page_of_lines, pdf


def test_a_document_comes_back_whole(tmp_path):
    """Through the real child process, with a name that is no plain English."""
    path = tmp_path / "Über 5 € – final.md"
    path.write_text("# Größe\nfünf\n", encoding="utf-8")
    document = read_document(path)
    assert document == parse(path)
    assert (document.title, document.text) == (path.name, "# Größe\nfünf")
    assert [anchor.label for anchor in document.anchors] == ["Größe"]
    assert document.path == str(path)


def test_the_sample():
    """Ten pages; every known answer stands in it, and on which page."""
    document = parse(sample_document())
    assert [anchor.label for anchor in document.anchors] == [f"Page {n}" for n in range(1, 11)]
    assert sample_question() == CHECKS[0].question
    for check in CHECKS:
        assert check.expected in document.text
    last = document.anchors[-1]
    assert "Total due | 2,280 EUR" in document.text[last.start : last.end]
    source = (sample_document().parent / "agreement.md").read_text(encoding="utf-8")
    written = document.text.replace(" | ", " ").split()
    plain = source.replace("|---", "").replace("|", " ").replace("#", " ").split()
    # Every word of the source, in order, beside the page numbers.
    remaining = iter(written)
    assert all(word in remaining for word in plain)


def refused(path, **options):
    with pytest.raises(DocumentError) as problem:
        read_document(path, **options)
    assert problem.value.hint
    return problem.value.message


def test_what_is_no_readable_file(tmp_path, monkeypatch):
    """Found out before any parser is started."""
    monkeypatch.setattr(reading.subprocess, "Popen", pytest.fail)
    assert "no file" in refused(tmp_path / "none.pdf")
    assert "folder" in refused(tmp_path)
    (tmp_path / "empty.pdf").touch()
    assert "is empty" in refused(tmp_path / "empty.pdf")
    with (tmp_path / "huge.txt").open("wb") as file:
        file.truncate(reading.MOST_BYTES + 1)
    assert "512 MB" in refused(tmp_path / "huge.txt")
    assert "x" in refused(tmp_path / ("x" * 5000))
    if hasattr(os, "mkfifo"):
        os.mkfifo(tmp_path / "pipe")
        assert "no file that holds" in refused(tmp_path / "pipe")


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="the superuser may read all")
def test_no_permission(tmp_path):
    path = tmp_path / "locked.txt"
    path.write_text("x")
    path.chmod(0)
    assert "may not read" in refused(path)


def test_a_refusal_comes_back_from_the_child(tmp_path):
    path = tmp_path / "scan.pdf"
    path.write_bytes(pdf([[], []]))
    assert "no text" in refused(path)


def test_only_white_space(tmp_path):
    path = tmp_path / "blank.txt"
    path.write_text(" \n\n\t ")
    assert "no text" in refused(path)


def test_a_zip_bomb_is_refused_unopened(tmp_path, monkeypatch):
    """A kilobyte that unpacks to a gigabyte."""
    output = io.BytesIO()
    with zipfile.ZipFile(output, "w", zipfile.ZIP_DEFLATED) as bomb:
        bomb.writestr("word/document.xml", bytes(5 * 1024**2))
    path = tmp_path / "bomb.docx"
    path.write_bytes(output.getvalue())
    assert path.stat().st_size < 10_000
    monkeypatch.setattr(docx, "MOST_UNPACKED_BYTES", 4 * 1024**2)
    with pytest.raises(DocumentError, match="unpacks to 5 MB"):
        parse(path)


def test_deep_nesting(tmp_path):
    """Twenty thousand boxes in boxes must not overflow the stack."""
    page = tmp_path / "deep.html"
    page.write_text("<div>" * 20_000 + "deep down" + "</div>" * 20_000)
    assert "deep down" in parse(page).text
    notes = tmp_path / "deep.md"
    notes.write_text("> " * 5_000 + "deep down\n" + "[" * 20_000 + "\n" + "- " * 2_000)
    assert "deep down" in parse(notes).text
    word = tmp_path / "deep.docx"
    nested = b"<w:sdt><w:sdtContent>" * 50_000
    word.write_bytes(with_parts(saved(agreement()), **{"word/document.xml": nested}))
    with pytest.raises(DocumentError):
        parse(word)


def test_entities_are_not_expanded(tmp_path):
    """A billion laughs, or the passwords of this machine in the prompt."""
    secret = tmp_path / "secret.txt"
    secret.write_text("swordfish")
    head = f'<!DOCTYPE d [<!ENTITY x SYSTEM "{secret.as_uri()}"><!ENTITY a "ha"><!ENTITY b "'
    head += (
        "&a;" * 1000 + '"><!ENTITY c "' + "&b;" * 1000 + '"><!ENTITY d "' + "&c;" * 1000 + '">]>'
    )
    names = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
    body = f"<w:document {names}><w:body><w:p><w:r><w:t>&x;&d;fin</w:t></w:r></w:p></w:body>"
    hostile = f"{head}{body}</w:document>".encode()
    path = tmp_path / "laughs.docx"
    path.write_bytes(with_parts(saved(agreement()), **{"word/document.xml": hostile}))
    try:
        text = parse(path).text
    except DocumentError:
        return
    assert "swordfish" not in text
    assert len(text) < 1_000_000


def test_a_reader_that_takes_for_ever_is_ended(tmp_path):
    """A PDF whose parsing never ends must not hang the window."""
    path = tmp_path / "slow.pdf"
    path.write_bytes(pdf([page_of_lines(["x"])]))
    assert "within 0 seconds" in refused(path, time_limit_seconds=0.01)


def test_a_reader_that_dies(tmp_path, monkeypatch):
    """Killed for its memory: a sentence, and the log has its last words."""
    path = tmp_path / "a.txt"
    path.write_text("x")
    monkeypatch.setattr(sys, "executable", "false" if os.name != "nt" else "hostname")
    assert "broke off" in refused(path)


def test_a_word_document_whose_packed_text_is_damaged(tmp_path):
    """A sentence that says so, not that the reader broke off."""
    data = bytearray(saved(agreement()))
    with zipfile.ZipFile(io.BytesIO(bytes(data))) as archive:
        entry = archive.getinfo("word/document.xml")
    start = entry.header_offset + 30 + len(entry.filename)
    data[start] = 0b111  # a kind of block there is not
    path = tmp_path / "a.docx"
    path.write_bytes(data)
    assert "cannot be read as a Word document" in refused(path)


@pytest.mark.skipif(sys.platform in ("win32", "darwin"), reason="names are text there")
def test_a_file_name_that_is_no_text(tmp_path):
    """Files from old disks and archives: their text is as good as any, but not their name."""
    place = Path(os.fsdecode(os.fsencode(tmp_path) + b"/caf\xe9.txt"))
    place.write_text("The gate costs four euros.")
    document = read_document(place)
    assert document.title == "caf?.txt"
    assert document.text == "The gate costs four euros."
    place.write_text(" ")
    with pytest.raises(DocumentError, match=r"caf\?\.txt holds no text"):
        read_document(place)
    place.write_text("")
    with pytest.raises(DocumentError, match=r"caf\?\.txt is empty"):
        read_document(place)
