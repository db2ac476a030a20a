"""The sentences of the runtime that the window says in its own language; fields are in braces.

A time is "2.5 s", n a number, size, room and taken are amounts of memory; a clause, a subject and a
reason are translated by themselves, and everything else is taken over as it is.
tests/app/test_said.py keeps the list true, and whole.
"""

from __future__ import annotations

from PySide6.QtCore import QT_TRANSLATE_NOOP

from app.sentences import (
    checks,
    documents,
    engines,
    jobs,
    machines,
    model_files,
    models,
    pairing,
    planning,
    system,
)

SENTENCES: tuple[str, ...] = (
    *planning.SENTENCES,
    *jobs.SENTENCES,
    *machines.SENTENCES,
    *pairing.SENTENCES,
    *checks.SENTENCES,
    *documents.SENTENCES,
    *engines.SENTENCES,
    *models.SENTENCES,
    *model_files.SENTENCES,
    *system.SENTENCES,
)
# How what is translated by itself is put together again.
AND_THEN = QT_TRANSLATE_NOOP("Said", "{clause}; {more}")
NEXT = QT_TRANSLATE_NOOP("Said", "{clause} {more}")
END = QT_TRANSLATE_NOOP("Said", "{clause}.")
