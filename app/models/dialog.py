"""Chooses among the installed models and brings in others."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QEvent, QObject, Qt, QTimer
from PySide6.QtWidgets import QFileDialog, QTabWidget, QVBoxLayout, QWidget

from app.bridge import Bridge
from app.models.getter import ModelGetter
from app.models.hub_search import HubSearch
from app.models.installed import InstalledModels
from app.models.strip import GettingStrip
from app.state import AppState
from app.theme import GAP, GAP_LARGE
from app.widgets.basics import button, card, label, row
from app.widgets.dialog import Dialog
from app.widgets.icon_label import IconLabel
from runtime.errors import HPipeError
from runtime.snapshots import ModelSummary

DEMO = "demo"


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
        get_demo = button(self.tr("Get the demo model"), self.get_demo, kind="primary")
        self.installed = InstalledModels(bridge, state, get_demo)
        self.installed.activated.connect(self._use)
        self.hub = HubSearch(bridge, getter)
        self._tabs = QTabWidget()
        self._tabs.setAccessibleName(self.tr("Where models come from"))
        self._tabs.addTab(self.installed, self.tr("&Installed"))
        self._tabs.addTab(self._local_sources(), self.tr("&From this computer"))
        self._tabs.addTab(self.hub, self.tr("&Hugging Face hub"))
        self._tabs.tabBar().installEventFilter(self)
        self._tabs.tabBar().setAccessibleName(self.tr("Where models come from"))
        self.body.addWidget(self._strip)
        self.body.addWidget(self._tabs, 1)
        self._use_button = button(self.tr("Use this model"), self._use, kind="primary")
        self._use_button.setDefault(True)
        self.buttons.addWidget(button(self.tr("Close"), self.reject))
        self.buttons.addWidget(self._use_button)
        self.installed.changed.connect(self._show_use)
        self.installed.failed.connect(self.note.show_error)
        self._tabs.currentChanged.connect(self._show_use)
        getter.changed.connect(self._show_busy)
        getter.failed.connect(self._show_error)
        getter.added.connect(self._show_added)
        self.hub.failed.connect(self.note.show_error)
        self._show_use()
        self._show_busy()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """The hub's letter leads into its search; walking over the tabs stays on them."""
        if event.type() == QEvent.Type.Shortcut and watched is self._tabs.tabBar():
            QTimer.singleShot(0, self, self._focus_search)
        return super().eventFilter(watched, event)

    def _focus_search(self) -> None:
        if self._tabs.currentWidget() is self.hub:
            self.hub.words.setFocus(Qt.FocusReason.ShortcutFocusReason)

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

    # Using one

    def _show_use(self) -> None:
        can_use = self.installed.selected is not None and self._tabs.currentIndex() == 0
        self._use_button.setEnabled(can_use)

    def _use(self) -> None:
        model = self.installed.selected
        if model is not None:
            self._state.choose_model(model.model_id)
            self.accept()

    # What the getter tells

    def _show_busy(self) -> None:
        for one in self._get_buttons:
            one.setEnabled(not self._getter.is_busy)

    def _show_error(self, error: HPipeError) -> None:
        self.note.show_error(error)

    def _show_added(self, model: ModelSummary) -> None:
        self.note.say("good", self.tr("{name} is ready to use.").format(name=model.name))
        self.installed.select(model.model_id)
        self._tabs.setCurrentIndex(0)
