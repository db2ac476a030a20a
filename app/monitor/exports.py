"""Asks where to, then writes what the Monitor page shows as a table or as a picture."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QBuffer, QByteArray, QObject
from PySide6.QtWidgets import QWidget

from app.monitor.records_file import write_csv
from app.monitor.run import Run
from app.state import AppState
from app.widgets.note import Note
from app.widgets.save_dialog import ask_where_to_save
from runtime.errors import HPipeError
from runtime.files import write_atomically


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
        path = Path.home() / "hpipe-records.csv"
        ask_where_to_save(
            self._page, self.tr("Export the records"), path, "CSV (*.csv)", self.table
        )

    def ask_picture(self) -> None:
        path = Path.home() / "hpipe-monitor.png"
        ask_where_to_save(
            self._page, self.tr("Export a picture"), path, "PNG (*.png)", self.picture
        )

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
        drawn = QByteArray()
        buffer = QBuffer(drawn)
        buffer.open(QBuffer.OpenModeFlag.WriteOnly)
        self._content.grab().save(buffer, "PNG")
        try:
            write_atomically(path, drawn.data())
        except HPipeError as error:
            self._note.show_error(error)
        else:
            self._note.say("good", self.tr("The picture is in {path}.").format(path=path))
