"""Chooses among the installed models and brings in others."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QFileDialog,
    QListWidgetItem,
    QTabWidget,
    QVBoxLayout,
    QWidget,
)

from app.bridge import Bridge
from app.format import memory, number
from app.models.getter import ModelGetter
from app.models.hub_search import HubSearch
from app.models.strip import GettingStrip
from app.state import AppState
from app.theme import GAP, GAP_LARGE
from app.widgets.basics import button, card, label, row
from app.widgets.dialog import Dialog
from app.widgets.empty_state import EmptyState
from app.widgets.icon_label import IconLabel
from app.widgets.two_lines import two_line_list
from runtime.errors import HPipeError
from runtime.snapshots import MachineState, ModelSummary

DEMO = "demo"
USABLE = {MachineState.PAIRED, MachineState.MEASURING, MachineState.READY, MachineState.WORKING}


class ModelDialog(Dialog):
    """Installed models in one tab; the demo, a folder, a file and the hub in the others."""

    def __init__(
        self, bridge: Bridge, state: AppState, getter: ModelGetter, parent: QWidget
    ) -> None:
        super().__init__(parent, 660, 520)
        self.set_title(self.tr("Models"))
        self._state = state
        self._getter = getter
        self._strip = GettingStrip(getter)
        self.installed = two_line_list(self.tr("Installed models"))
        self.installed.itemActivated.connect(lambda _item: self._use())
        self._nothing = EmptyState(
            "model",
            self.tr("No model yet"),
            self.tr("The demo model is small and answers simple questions on any machine."),
            button(self.tr("Get the demo model"), self.get_demo, kind="primary"),
        )
        installed = QWidget()
        inside = QVBoxLayout(installed)
        inside.setContentsMargins(0, GAP, 0, 0)
        inside.addWidget(self.installed, 1)
        inside.addWidget(self._nothing, 1)
        self.hub = HubSearch(bridge, getter)
        self._tabs = QTabWidget()
        self._tabs.setAccessibleName(self.tr("Where models come from"))
        self._tabs.addTab(installed, self.tr("&Installed"))
        self._tabs.addTab(self._local_sources(), self.tr("&From this computer"))
        self._tabs.addTab(self.hub, self.tr("&Hugging Face hub"))
        self._tabs.tabBar().setAccessibleName(self.tr("Where models come from"))
        self.body.addWidget(self._strip)
        self.body.addWidget(self._tabs, 1)
        self._use_button = button(self.tr("Use this model"), self._use, kind="primary")
        self._use_button.setDefault(True)
        self.buttons.addWidget(button(self.tr("Close"), self.reject))
        self.buttons.addWidget(self._use_button)
        self.installed.currentRowChanged.connect(self._show_use)
        self._tabs.currentChanged.connect(self._show_use)
        state.models_changed.connect(self._show_models)
        state.pool_changed.connect(self._show_models)
        getter.changed.connect(self._show_busy)
        getter.failed.connect(self._show_error)
        getter.added.connect(self._show_added)
        self.hub.failed.connect(self.note.show_error)
        self._show_models()
        self._show_busy()

    def show_tab(self, index: int) -> None:
        self._tabs.setCurrentIndex(index)

    # Sources on this computer

    def _local_sources(self) -> QWidget:
        holder = QWidget()
        layout = QVBoxLayout(holder)
        layout.setContentsMargins(0, GAP, 0, 0)
        layout.setSpacing(GAP)
        self._get_buttons = [
            button(self.tr("Get the &demo"), self.get_demo, name=self.tr("Get the demo model")),
            button(self.tr("Choose a f&older …"), self._choose_folder),
            button(self.tr("Choose a &GGUF file …"), self._choose_file),
        ]
        sources = (
            (
                "play",
                self.tr("Demo model"),
                self.tr(
                    "Gemma 3 270M, about 250 MB. Small, quick, and enough to see how it works."
                ),
            ),
            (
                "folder",
                self.tr("A Hugging Face folder"),
                self.tr("A folder with config.json, tokenizer.json and safetensors files."),
            ),
            (
                "document",
                self.tr("A GGUF file"),
                self.tr("It is converted once; the file itself stays as it is."),
            ),
        )
        for (icon, title, text), action in zip(sources, self._get_buttons, strict=True):
            frame, inside = card()
            heading = label(title)
            font = heading.font()
            font.setWeight(font.Weight.DemiBold)
            heading.setFont(font)
            words = QVBoxLayout()
            words.addWidget(heading)
            words.addWidget(label(text, muted=True, wrap=True))
            line = row(IconLabel(icon, "accent", 24), spacing=GAP_LARGE)
            line.addLayout(words, 1)
            line.addWidget(action)
            inside.addLayout(line)
            layout.addWidget(frame)
        layout.addStretch(1)
        return holder

    def get_demo(self) -> None:
        self._get(DEMO, self.tr("the demo model"))

    def _choose_folder(self) -> None:
        picker = QFileDialog(self, self.tr("Choose the folder of a model"))
        picker.setFileMode(QFileDialog.FileMode.Directory)
        self._pick(picker)

    def _choose_file(self) -> None:
        picker = QFileDialog(self, self.tr("Choose a GGUF file"))
        picker.setNameFilters([self.tr("GGUF models (*.gguf)"), self.tr("All files (*)")])
        self._pick(picker)

    def _pick(self, picker: QFileDialog) -> None:
        picker.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        picker.fileSelected.connect(lambda path: self._get(path, Path(path).name))
        picker.open()

    def _get(self, source: str, name: str) -> None:
        self.note.clear()
        self._getter.get(source, name)

    # Installed

    def _show_models(self) -> None:
        chosen = self._selected() or self._state.model_id
        installed = [m for m in self._state.models or () if m.is_installed]
        self.installed.clear()
        for model in installed:
            item = QListWidgetItem(self._line(model))
            item.setData(Qt.ItemDataRole.UserRole, model.model_id)
            item.setToolTip(model.source)
            self.installed.addItem(item)
            if model.model_id == chosen:
                self.installed.setCurrentItem(item)
        self.installed.setVisible(bool(installed))
        self._nothing.setVisible(not installed)
        self._show_use()

    def _line(self, model: ModelSummary) -> str:
        free = sum(m.free_memory_bytes for m in self._state.machines if m.state in USABLE)
        text = self.tr("{name}\n{size}, {layers} layers, reads up to {context} tokens").format(
            name=model.name,
            size=memory(model.total_bytes),
            layers=number(model.layer_count),
            context=number(model.context_tokens),
        )
        if free and model.total_bytes > free:
            text += self.tr(" · needs more than the {free} that are free in the pool").format(
                free=memory(free)
            )
        return text

    def _selected(self) -> str:
        item = self.installed.currentItem()
        return item.data(Qt.ItemDataRole.UserRole) if item else ""

    def _show_use(self) -> None:
        self._use_button.setEnabled(bool(self._selected()) and self._tabs.currentIndex() == 0)

    def _use(self) -> None:
        if self._selected():
            self._state.choose_model(self._selected())
            self.accept()

    # What the getter tells

    def _show_busy(self) -> None:
        for one in self._get_buttons:
            one.setEnabled(not self._getter.is_busy)

    def _show_error(self, error: HPipeError) -> None:
        self.note.show_error(error)

    def _show_added(self, model: ModelSummary) -> None:
        self.note.say("good", self.tr("{name} is ready to use.").format(name=model.name))
        self.installed.setCurrentRow(-1)
        self._show_models()
        self._tabs.setCurrentIndex(0)
