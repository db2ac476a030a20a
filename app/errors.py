"""The one dialog for bugs. Errors a person can mend never get here: pages show them in place."""

from __future__ import annotations

import logging
import platform
import sys
import threading
import traceback
from types import TracebackType

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QDialog, QPlainTextEdit, QVBoxLayout, QWidget

from app.log import log_file
from app.theme import GAP, GAP_LARGE, heading_font
from app.widgets.basics import button, label, row
from runtime.version import VERSION

log = logging.getLogger(__name__)


class BugReporter(QObject):
    """Catches what nobody caught, on any thread, and shows the first of it."""

    _caught = Signal(object)

    def __init__(self, window: QWidget) -> None:
        super().__init__(window)
        self._window = window
        self._dialog: BugDialog | None = None
        self._caught.connect(self._show, Qt.ConnectionType.QueuedConnection)
        self._old_hooks = (sys.excepthook, threading.excepthook)

    def install(self) -> None:
        sys.excepthook = self._on_exception
        threading.excepthook = self._on_thread_exception

    def uninstall(self) -> None:
        sys.excepthook, threading.excepthook = self._old_hooks

    def report(self, error: BaseException) -> None:
        """Log a bug and show it; while its dialog is open, further ones are only logged."""
        log.error("Unexpected error", exc_info=error)
        self._caught.emit(error)

    def _on_exception(
        self, kind: type[BaseException], error: BaseException, trace: TracebackType | None
    ) -> None:
        if issubclass(kind, KeyboardInterrupt):
            return
        self.report(error.with_traceback(trace))

    def _on_thread_exception(self, arguments: threading.ExceptHookArgs) -> None:
        if arguments.exc_value is not None:
            self.report(arguments.exc_value)

    def _show(self, error: BaseException) -> None:
        if self._dialog is not None:
            return
        self._dialog = BugDialog(error, self._window)
        self._dialog.finished.connect(self._forget)
        self._dialog.open()

    def _forget(self) -> None:
        if self._dialog is not None:
            self._dialog.deleteLater()
            self._dialog = None


class BugDialog(QDialog):
    """Says that HPipe made a mistake, with everything a report needs."""

    def __init__(self, error: BaseException, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(self.tr("HPipe made a mistake"))
        self.details = (
            f"HPipe {VERSION}, Python {platform.python_version()}, {platform.platform()}\n\n"
            + "".join(traceback.format_exception(error))
        )
        title = label(self.tr("This is a mistake in HPipe, not yours."), wrap=True)
        title.setFont(heading_font(self))
        text = label(
            self.tr(
                "You can go on working. If it happens again, please report it with the details "
                "below. The log is in {path}."
            ).format(path=log_file()),
            wrap=True,
        )
        text.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        trace = QPlainTextEdit(self.details)
        trace.setReadOnly(True)
        trace.setTabChangesFocus(True)
        trace.setAccessibleName(self.tr("Details of the mistake"))
        copy = button(self.tr("&Copy details"), self._copy, icon="copy")
        close = button(self.tr("C&lose"), self.accept, kind="primary")
        close.setDefault(True)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(GAP_LARGE, GAP_LARGE, GAP_LARGE, GAP_LARGE)
        layout.setSpacing(GAP)
        for widget in (title, text, trace):
            layout.addWidget(widget)
        layout.addLayout(row(copy, None, close))
        self.resize(640, 420)

    def _copy(self) -> None:
        QGuiApplication.clipboard().setText(self.details)
