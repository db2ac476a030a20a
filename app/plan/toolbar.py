"""The buttons above the bar of layers, and beside them which plan jobs will use."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMenu, QPushButton, QWidget

from app.plan.faces import Face
from app.theme import GAP_SMALL
from app.widgets.basics import button, icon_button, row, set_property
from app.widgets.elided import ElidedLabel


class Toolbar(QWidget):
    """Acts through the page's commands; its menus list the devices of the problem."""

    def __init__(
        self,
        *,
        balance: QAction,
        even: QAction,
        undo: QAction,
        redo: QAction,
        what_if: QAction,
        without_guests: QAction,
        use_alone: Callable[[str], object],
        add_device: Callable[[str], object],
    ) -> None:
        super().__init__()
        self._what_if = what_if
        self._without_guests = without_guests
        self._use_alone = use_alone
        self._add_device = add_device
        self.faces: Mapping[str, Face] = {}
        self.unused: tuple[str, ...] = ()
        self.balance = button(
            self.tr("&Balance"), balance.trigger, icon="balance", kind="quiet",
            name=self.tr("Balance the layers"),
            tip=self.tr("The best boundaries for these machines in this order (Ctrl+B)"),
        )  # fmt: skip
        self.even = button(
            self.tr("Eve&n"), even.trigger, kind="quiet",
            name=self.tr("Even layers"), tip=self.tr("As many layers for each machine (Ctrl+E)"),
        )  # fmt: skip
        self.alone = self._menu_button(self.tr("One mach&ine"), self._fill_alone)
        self.add = self._menu_button(self.tr("Add a ma&chine"), self._fill_add)
        self.undo = icon_button("undo", self.tr("Undo (Ctrl+Z)"), undo.trigger)
        self.redo = icon_button("redo", self.tr("Redo (Ctrl+Shift+Z)"), redo.trigger)
        # A button can be used when its command can.
        for one, action in (
            (self.balance, balance),
            (self.even, even),
            (self.alone, what_if),
            (self.add, what_if),
            (self.undo, undo),
            (self.redo, redo),
        ):
            one.setEnabled(action.isEnabled())
            action.enabledChanged.connect(one.setEnabled)
        self._choice = ElidedLabel()
        self._choice.setProperty("muted", True)
        self._choice.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        layout = row(
            self.balance, self.even, self.alone, self.add, self.undo, self.redo, spacing=GAP_SMALL
        )
        layout.addWidget(self._choice, 1)
        self.setLayout(layout)

    def _menu_button(self, text: str, fill: Callable[[QMenu], None]) -> QPushButton:
        result = button(text, kind="quiet")
        menu = QMenu(result)
        menu.aboutToShow.connect(lambda: fill(menu))
        result.setMenu(menu)
        return result

    def _fill_alone(self, menu: QMenu) -> None:
        menu.clear()
        for key, face in self.faces.items():
            menu.addAction(face.name, lambda key=key: self._use_alone(key))

    def _fill_add(self, menu: QMenu) -> None:
        menu.clear()
        for key in self.unused:
            menu.addAction(self.faces[key].name, lambda key=key: self._add_device(key))
        if menu.isEmpty():
            menu.addAction(self.tr("All machines take part")).setEnabled(False)
        menu.addSeparator()
        menu.addAction(self._what_if)
        if self._without_guests.isEnabled():
            menu.addAction(self._without_guests)

    @property
    def choice(self) -> str:
        return self._choice.text()

    def show_choice(self, *, is_what_if: bool, is_chosen: bool, is_shown: bool) -> None:
        """Which plan jobs will use, in words: HPipe's, the one shown, or another one."""
        if is_what_if:
            text, level = self.tr("What if: no job uses this."), "warning"
        elif not is_chosen:
            text, level = self.tr("HPipe decides for each document."), ""
        elif is_shown:
            text, level = self.tr("In use for the next documents."), "good"
        else:
            text, level = self.tr("Another plan of yours is in use."), "warning"
        self._choice.setText(text)
        set_property(self._choice, "level", level)
