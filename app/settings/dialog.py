"""The settings: how HPipe looks, what this machine is called and where it listens."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QFileDialog,
    QGridLayout,
    QLineEdit,
    QSpinBox,
    QWidget,
)

from app.language import LANGUAGES
from app.settings.store import Settings, SettingsStore
from app.theme import GAP, GAP_SMALL
from app.widgets.basics import button, icon_button, label, line, padded, row
from app.widgets.combo import ChoiceBox, ElidedComboBox
from app.widgets.dialog import Dialog
from app.widgets.elided import ElidedLabel
from runtime.errors import HPipeError, SetupError
from runtime.ports import CONTROL_PORT

LONGEST_NAME = 40
FIELD_WIDTH = 300


class SettingsDialog(Dialog):
    """Writes what was changed and hands the old and new settings to on_changed."""

    def __init__(
        self,
        store: SettingsStore,
        on_changed: Callable[[Settings, Settings], object],
        parent: QWidget,
    ) -> None:
        super().__init__(parent, 560)
        self.set_title(
            self.tr("Settings"),
            self.tr("Nothing about you or your documents ever leaves your machines."),
        )
        self._store = store
        self._on_changed = on_changed
        now = store.current
        self._grid = QGridLayout()
        self._grid.setHorizontalSpacing(GAP * 2)
        self._grid.setVerticalSpacing(GAP_SMALL)
        self._grid.setColumnStretch(1, 1)

        self._make_look(now)
        self._make_machine(now)
        self._make_models(now)
        self.body.addLayout(self._grid)
        self.body.addStretch(1)
        self.buttons.addWidget(button(self.tr("Cancel"), self.reject))
        save = button(self.tr("Save"), self.save, kind="primary")
        save.setDefault(True)
        self.buttons.addWidget(save)
        self.theme.setFocus(Qt.FocusReason.OtherFocusReason)

    def _make_look(self, now: Settings) -> None:
        self._section(self.tr("Look"))
        self.theme = ChoiceBox()
        for value, text in (
            ("system", self.tr("As the system")),
            ("light", self.tr("Light")),
            ("dark", self.tr("Dark")),
        ):
            self.theme.addItem(text, value)
        self._choose(self.theme, now.theme)
        self._field(self.tr("&Theme"), self.theme)
        self.language = ChoiceBox()
        self.language.addItem(self.tr("As the system"), "")
        for value, text in LANGUAGES.items():
            self.language.addItem(text, value)
        self._choose(self.language, now.language)
        self._field(
            self.tr("&Language"), self.language, self.tr("Used when HPipe is opened again.")
        )

    def _make_machine(self, now: Settings) -> None:
        self._section(self.tr("This machine"))
        self.name = QLineEdit(now.machine_name)
        self.name.setMaxLength(LONGEST_NAME)
        self.name.setPlaceholderText(self.tr("The name of the computer"))
        self._field(self.tr("&Name"), self.name, self.tr("What other machines see."))
        self.network = ElidedComboBox()
        self.network.addItem(self.tr("All networks"), "")
        for value, text in _interfaces():
            self.network.addItem(text, value)
        if self.network.findData(now.network_interface) < 0:
            missing = self.tr("{name} (not there now)").format(name=now.network_interface)
            self.network.addItem(missing, now.network_interface)
        self._choose(self.network, now.network_interface)
        self._field(self.tr("Net&work"), self.network, self.tr("Where machines find each other."))
        self.port = padded(QSpinBox())
        self.port.setRange(0, 65000)
        self.port.setSpecialValueText(self.tr("{port} (usual)").format(port=CONTROL_PORT))
        self.port.setGroupSeparatorShown(False)
        self.port.setValue(now.port)
        self._field(
            self.tr("&Port"), self.port, self.tr("The ports right after it are used as well.")
        )

    def _make_models(self, now: Settings) -> None:
        self._section(self.tr("Models"))
        self._folder = now.model_folder
        self._folder_label = ElidedLabel(mode=Qt.TextElideMode.ElideMiddle)
        self._folder_label.setMinimumWidth(120)
        self._reset = icon_button("undo", self.tr("Use the usual folder"), self._use_usual_folder)
        choose = button(
            self.tr("C&hange …"), self._choose_folder, name=self.tr("Change the model folder")
        )
        self._show_folder()
        holder = QWidget()
        holder.setLayout(row(self._folder_label, self._reset, choose, spacing=GAP_SMALL))
        self._field(self.tr("Folder"), holder, self.tr("Where models are kept; they are large."))

    def _section(self, title: str) -> None:
        place = self._grid.rowCount()
        if place > 1:
            self._grid.addWidget(line(), place, 0, 1, 2)
            place += 1
        heading = label(title)
        font = heading.font()
        font.setWeight(font.Weight.DemiBold)
        heading.setFont(font)
        self._grid.addWidget(heading, place, 0, 1, 2)

    def _field(self, text: str, field: QWidget, explanation: str = "") -> None:
        place = self._grid.rowCount()
        title = label(text)
        title.setBuddy(field)
        field.setAccessibleName(text.replace("&", ""))
        field.setAccessibleDescription(explanation)
        field.setMinimumWidth(FIELD_WIDTH)
        self._grid.addWidget(title, place, 0, Qt.AlignmentFlag.AlignVCenter)
        self._grid.addWidget(field, place, 1)
        if explanation:
            self._grid.addWidget(label(explanation, muted=True, wrap=True), place + 1, 1)

    @staticmethod
    def _choose(box: ChoiceBox, value: str) -> None:
        box.setCurrentIndex(max(0, box.findData(value)))

    # The model folder

    def _show_folder(self) -> None:
        self._folder_label.setText(self._folder or self.tr("The usual folder"))
        self._reset.setEnabled(bool(self._folder))

    def _use_usual_folder(self) -> None:
        self._folder = ""
        self._show_folder()

    def _choose_folder(self) -> None:
        picker = QFileDialog(self, self.tr("Choose the folder for models"), self._folder)
        picker.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        picker.setFileMode(QFileDialog.FileMode.Directory)
        picker.fileSelected.connect(self.set_folder)
        picker.open()

    def set_folder(self, path: str) -> None:
        self._folder = path
        self._show_folder()

    def save(self) -> None:
        before = self._store.current
        try:
            if self._folder and not Path(self._folder).is_dir():
                raise SetupError(
                    self.tr("{folder} is not there.").format(folder=self._folder),
                    self.tr("Choose a folder that exists."),
                )
            self._store.change(
                theme=self.theme.currentData(),
                language=self.language.currentData(),
                machine_name=self.name.text().strip(),
                network_interface=self.network.currentData(),
                port=self.port.value(),
                model_folder=self._folder,
            )
        except HPipeError as error:
            self.note.show_error(error)
            return
        self.accept()
        self._on_changed(before, self._store.current)


def _interfaces() -> list[tuple[str, str]]:
    """Name and text of every network that other machines may be on."""
    from runtime.discovery.interfaces import list_interfaces  # noqa: PLC0415 (only asked here)

    return [
        (one.name, f"{one.name} ({one.addresses[0]})")
        for one in list_interfaces()
        if one.is_up and not one.is_loopback
    ]
