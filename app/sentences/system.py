"""Times, and what a system says of a file or a port, as the window says it."""

from __future__ import annotations

from PySide6.QtCore import QT_TRANSLATE_NOOP

SENTENCES: tuple[str, ...] = (
    # Times.
    QT_TRANSLATE_NOOP("Said", "{n} ms"),
    QT_TRANSLATE_NOOP("Said", "{n} s"),
    QT_TRANSLATE_NOOP("Said", "{n} min"),
    # What a system says of a file or a port.
    QT_TRANSLATE_NOOP("Said", "Permission denied"),
    QT_TRANSLATE_NOOP("Said", "Access is denied"),
    QT_TRANSLATE_NOOP("Said", "No such file or directory"),
    QT_TRANSLATE_NOOP("Said", "No space left on device"),
    QT_TRANSLATE_NOOP("Said", "Read-only file system"),
    QT_TRANSLATE_NOOP("Said", "Is a directory"),
    QT_TRANSLATE_NOOP("Said", "Not a directory"),
    QT_TRANSLATE_NOOP("Said", "Input/output error"),
    QT_TRANSLATE_NOOP("Said", "Address already in use"),
)
