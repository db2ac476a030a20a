"""Documents that cannot be read, as the window says it."""

from __future__ import annotations

from PySide6.QtCore import QT_TRANSLATE_NOOP

SENTENCES: tuple[str, ...] = (
    QT_TRANSLATE_NOOP("Said", "{name} holds no text."),
    QT_TRANSLATE_NOOP("Said", "Choose a document with text in it."),
    QT_TRANSLATE_NOOP("Said", "{name} is empty."),
    QT_TRANSLATE_NOOP("Said", "{name} is a folder."),
    QT_TRANSLATE_NOOP("Said", "There is no file {name}."),
    QT_TRANSLATE_NOOP("Said", "Check its name and place."),
    QT_TRANSLATE_NOOP("Said", "You may not read {name}."),
    QT_TRANSLATE_NOOP("Said", "Change its permissions, or copy it first."),
    QT_TRANSLATE_NOOP("Said", "{name} is a picture."),
    QT_TRANSLATE_NOOP("Said", "Run text recognition over it first (OCR), and choose the result."),
    QT_TRANSLATE_NOOP("Said", "{name} is protected by a password."),
    QT_TRANSLATE_NOOP(
        "Said",
        "Open it with its password, print or export it to a new PDF, and choose that.",
    ),
    QT_TRANSLATE_NOOP("Said", "{name} is damaged: it cannot be read as a PDF."),
    QT_TRANSLATE_NOOP("Said", "Fetch or export it again; a PDF reader may be able to repair it."),
    QT_TRANSLATE_NOOP("Said", "{name} does not hold text."),
    QT_TRANSLATE_NOOP("Said", "Choose a PDF, DOCX, Markdown, HTML or text file."),
    QT_TRANSLATE_NOOP("Said", "{name} is damaged: it cannot be read as a Word document."),
    QT_TRANSLATE_NOOP("Said", "{name} is damaged: it is no Word document."),
    QT_TRANSLATE_NOOP("Said", "{name} is damaged: it does not begin as a PDF does."),
    QT_TRANSLATE_NOOP("Said", "{name} is damaged or half downloaded."),
    QT_TRANSLATE_NOOP("Said", "Open it in a word processor and save it again."),
    QT_TRANSLATE_NOOP("Said", "{name} unpacks to {n} MB, more than the {most} MB that are read."),
    QT_TRANSLATE_NOOP("Said", "{name} has {n} MB, more than the {most} MB that are read."),
    QT_TRANSLATE_NOOP("Said", "{name} has {n} pages, more than the {most} that are read."),
    QT_TRANSLATE_NOOP(
        "Said",
        "The document has more than {n} characters of text, far more than any model reads.",
    ),
    QT_TRANSLATE_NOOP(
        "Said",
        "Remove its pictures, or split it and ask about the parts one by one.",
    ),
    QT_TRANSLATE_NOOP("Said", "Split it, and ask about the parts one by one."),
    QT_TRANSLATE_NOOP("Said", "Split it, or export it without its pictures."),
    QT_TRANSLATE_NOOP("Said", "Split it, or export it again without pictures."),
    QT_TRANSLATE_NOOP("Said", "Save or export it as PDF or DOCX, and choose that."),
    QT_TRANSLATE_NOOP("Said", "{name} is {subject}, which is not read."),
    QT_TRANSLATE_NOOP("Said", "an archive"),
    QT_TRANSLATE_NOOP("Said", "a spreadsheet"),
    QT_TRANSLATE_NOOP("Said", "a presentation"),
    QT_TRANSLATE_NOOP("Said", "an OpenDocument or e-book file"),
    QT_TRANSLATE_NOOP("Said", "{name} is a rich text file (RTF), which is not read."),
    QT_TRANSLATE_NOOP("Said", "{name} is an old Office file, or one protected by a password."),
    QT_TRANSLATE_NOOP("Said", "Save it as DOCX without a password, and choose that."),
    QT_TRANSLATE_NOOP("Said", "Fetch or export it again."),
    QT_TRANSLATE_NOOP("Said", "Fetch it again."),
    QT_TRANSLATE_NOOP("Said", "{name} is nested too deeply to be read."),
    QT_TRANSLATE_NOOP("Said", "Open it in the program that made it, and export it again."),
    QT_TRANSLATE_NOOP("Said", "{name} takes more than {n} GB to read."),
    QT_TRANSLATE_NOOP("Said", "{n} of the {pages} pages of {name} are damaged and cannot be read."),
    QT_TRANSLATE_NOOP(
        "Said",
        "Open it in a PDF reader, print or export it to a new PDF, and choose that.",
    ),
    QT_TRANSLATE_NOOP("Said", "{name} has no text: {subject} pictures only, as from a scanner."),
    QT_TRANSLATE_NOOP("Said", "its page holds"),
    QT_TRANSLATE_NOOP("Said", "its {n} pages hold"),
    QT_TRANSLATE_NOOP(
        "Said",
        "Run text recognition over it first (OCR, for example with OCRmyPDF), then choose the "
        "result.",
    ),
    QT_TRANSLATE_NOOP("Said", "{name} is encrypted in a way that cannot be read here ({reason})."),
    QT_TRANSLATE_NOOP("Said", "Export it to a new PDF without protection, and choose that."),
    QT_TRANSLATE_NOOP("Said", "{name} could not be read within {n} seconds."),
    QT_TRANSLATE_NOOP(
        "Said",
        "It may be damaged or made to be unreadable: export it again, or split it.",
    ),
    QT_TRANSLATE_NOOP("Said", "{name} could not be read: its reader broke off (code {code})."),
    QT_TRANSLATE_NOOP("Said", "{name} is no file that holds a document."),
    QT_TRANSLATE_NOOP("Said", "{name} cannot be looked at ({reason})."),
    QT_TRANSLATE_NOOP("Said", "Check its name, and that you may read its folder."),
    QT_TRANSLATE_NOOP(
        "Said",
        "The model reads {n} tokens at most, and the question with its answer alone takes more.",
    ),
    QT_TRANSLATE_NOOP(
        "Said",
        "Ask a shorter question, allow a shorter answer, or choose another model.",
    ),
    QT_TRANSLATE_NOOP(
        "Said",
        "Keep only what fits (it ends with {end}, the document with {last}), choose a model with a "
        "context of at least {n} tokens, or split the document into {parts} parts and ask each of "
        "them.",
    ),
    QT_TRANSLATE_NOOP(
        "Said",
        "Choose a model with a context of at least {n} tokens, or split the document into "
        "{parts} parts and ask each of them.",
    ),
)
