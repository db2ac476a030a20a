"""Asks where to, then writes what the Monitor page shows as a table or as a picture."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QObject, Qt
from PySide6.QtWidgets import QFileDialog, QWidget

from app.monitor.records_file import cannot_write, write_csv
from app.monitor.run import Run
from app.state import AppState
from app.widgets.note import Note
from runtime.errors import HPipeError


class Exports(QObject):
    """Says in the page's note where the file is, or why there is none."""

    def __init__(
        self, run: Run, state: AppState, content: QWidget, note: Note, page: QWidget
    ) -> None:
        super().__init__(page)
        self._run = run
        self._state = state
        self._content = content
        self._note = note
        self._page = page

    def ask_table(self) -> None:
        self._ask_path(
            self.tr("Export the records"), "hpipe-records.csv", "CSV (*.csv)", self.table
        )

    def ask_picture(self) -> None:
        self._ask_path(
            self.tr("Export a picture"), "hpipe-monitor.png", "PNG (*.png)", self.picture
        )

    def _ask_path(self, title: str, name: str, kind: str, act: Callable[[Path], None]) -> None:
        dialog = QFileDialog(self._page, title, str(Path.home() / name), kind)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setDefaultSuffix(name.rsplit(".", 1)[1])
        dialog.fileSelected.connect(lambda path: act(Path(path)))
        dialog.open()

    def table(self, path: Path) -> None:
        """Every record that is kept, as CSV."""
        records = self._run.history.records
        try:
            write_csv(path, records, self._state.machine_name)
        except HPipeError as error:
            self._note.show_error(error)
            return
        words = self.tr("%n record(s) written to {path}.", "", len(records))
        self._note.say("good", words.format(path=path))

    def picture(self, path: Path) -> None:
        """What the page shows now, all of it, as PNG."""
        if self._content.grab().save(str(path), "PNG"):
            self._note.say("good", self.tr("The picture is in {path}.").format(path=path))
        else:
            self._note.show_error(cannot_write(path, self.tr("the system refused")))
