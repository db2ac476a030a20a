"""Searches the Hugging Face hub and brings in what a person picks."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QLineEdit, QListWidgetItem, QVBoxLayout, QWidget

from app.bridge import Bridge, Call
from app.format import memory
from app.models.getter import ModelGetter
from app.theme import GAP, GAP_SMALL
from app.widgets.basics import button, label, row
from app.widgets.two_lines import two_line_list
from runtime.errors import HPipeError
from runtime.service import Service
from runtime.snapshots import ModelSummary


class HubSearch(QWidget):
    """A search field, what it found, and a button that gets the chosen model."""

    failed = Signal(object)  # HPipeError

    def __init__(self, bridge: Bridge, getter: ModelGetter, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._bridge = bridge
        self._getter = getter
        self._call: Call | None = None
        self.words = QLineEdit()
        self.words.setPlaceholderText(self.tr("A name, or owner/model"))
        self.words.setAccessibleName(self.tr("Search the Hugging Face hub"))
        self.words.setClearButtonEnabled(True)
        self.words.returnPressed.connect(self.search)
        self._search = button(self.tr("&Search"), self.search, icon="search")
        self.results = two_line_list(self.tr("Models found on the hub"))
        self.results.itemActivated.connect(lambda _item: self._get())
        self._status = label(
            self.tr("The hub is asked only when you search. Downloads stay on this computer."),
            muted=True,
            wrap=True,
        )
        self._get_button = button(self.tr("&Get this model"), self._get, icon="download")
        self.results.currentRowChanged.connect(self._show_busy)
        getter.changed.connect(self._show_busy)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, GAP, 0, 0)
        layout.setSpacing(GAP)
        layout.addLayout(row(self.words, self._search, spacing=GAP_SMALL))
        layout.addWidget(self.results, 1)
        bottom = row(spacing=GAP)
        bottom.addWidget(self._status, 1)
        bottom.addWidget(self._get_button)
        layout.addLayout(bottom)
        self._show_busy()

    @property
    def status(self) -> str:
        return self._status.text()

    def search(self) -> None:
        words = self.words.text().strip()
        if not words:
            self.words.setFocus(Qt.FocusReason.OtherFocusReason)
            return
        if self._call is not None:
            self._call.cancel()
        self._status.setText(self.tr("Searching …"))
        self.results.clear()
        self._call = self._bridge.call(
            Service.search_hub, words, owner=self, on_done=self._show, on_error=self._failed
        )

    def _show(self, models: tuple[ModelSummary, ...]) -> None:
        self._call = None
        for model in models:
            size = f", {memory(model.total_bytes)}" if model.total_bytes else ""
            item = QListWidgetItem(f"{model.name}\n{model.source}{size}")
            item.setData(Qt.ItemDataRole.UserRole, (model.source, model.name))
            self.results.addItem(item)
        if models:
            self.results.setCurrentRow(0)
            self._status.setText(self.tr("%n model(s) found", "", len(models)))
        else:
            self._status.setText(self.tr("Nothing found. Try fewer or other words."))

    def _failed(self, error: HPipeError) -> None:
        self._call = None
        self._status.setText(self.tr("The search did not work."))
        self.failed.emit(error)

    def _show_busy(self) -> None:
        chosen = self.results.currentItem() is not None
        self._get_button.setEnabled(chosen and not self._getter.is_busy)

    def _get(self) -> None:
        item = self.results.currentItem()
        if item is not None and not self._getter.is_busy:
            source, name = item.data(Qt.ItemDataRole.UserRole)
            self._getter.get(source, name)
