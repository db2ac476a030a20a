"""The menus: every action of the window and of its pages, with its shortcut."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt, QUrl
from PySide6.QtGui import QAction, QActionGroup, QDesktopServices, QKeySequence
from PySide6.QtWidgets import QMenu, QMessageBox

from app.icons import set_icon
from app.log import log_file
from app.widgets.page import Page
from runtime.version import VERSION

if TYPE_CHECKING:
    from app.window import MainWindow


class Menus(QObject):
    """A menu for the program, one for each page (filled when the page is made), view and help."""

    def __init__(self, window: MainWindow, pages: dict[str, str]) -> None:
        """pages maps a page's name to its translated title."""
        super().__init__(window)
        self._window = window
        bar = window.menuBar()
        program = bar.addMenu(self.tr("&HPipe"))
        self._add(program, self.tr("&Choose the model"), self._choose_model, "Ctrl+M", "model")
        self._add(
            program, self.tr("&Get another model …"), window.open_models, "Ctrl+Shift+M", "download"
        )
        program.addSeparator()
        self._add(program, self.tr("&Settings …"), window.open_settings, "Ctrl+,", "settings")
        program.addSeparator()
        quit_action = self._add(program, self.tr("&Quit"), window.close, "Ctrl+Q")
        quit_action.setMenuRole(QAction.MenuRole.QuitRole)
        mnemonics = {
            "machines": self.tr("&Machines"),
            "plan": self.tr("&Plan"),
            "analyze": self.tr("&Analyze"),
            "monitor": self.tr("M&onitor"),
        }
        self._pages: dict[str, QMenu] = {}
        for name in pages:
            menu = bar.addMenu(mnemonics[name])
            menu.menuAction().setEnabled(False)
            self._pages[name] = menu
        view = bar.addMenu(self.tr("&View"))
        for number, (name, title) in enumerate(pages.items(), start=1):
            self._add(view, title, lambda name=name: window.show_page(name), f"Ctrl+{number}", name)
        view.addSeparator()
        self._add_themes(view.addMenu(self.tr("&Theme")))
        view.addSeparator()
        self._add(view, self.tr("&Full screen"), self._full_screen, "F11")
        help_menu = bar.addMenu(self.tr("H&elp"))
        self._add(help_menu, self.tr("&First steps …"), window.open_welcome, "F1", "help")
        self._add(help_menu, self.tr("&Open the folder of the log"), _open_log_folder, "", "folder")
        help_menu.addSeparator()
        self._add(help_menu, self.tr("&About HPipe"), self._about, "", "info")

    def fill(self, name: str, page: Page) -> None:
        """Put a page's commands into its menu."""
        menu = self._pages[name]
        menu.addActions(page.commands)
        menu.menuAction().setEnabled(bool(page.commands))

    def _add(
        self,
        menu: QMenu,
        text: str,
        function: Callable[[], object],
        shortcut: str = "",
        icon: str = "",
    ) -> QAction:
        action = QAction(text, self._window)
        if shortcut:
            action.setShortcut(QKeySequence(shortcut))
        if icon:
            set_icon(action, icon)
        action.triggered.connect(lambda _checked=False: function())
        menu.addAction(action)
        return action

    def _add_themes(self, menu: QMenu) -> None:
        group = QActionGroup(self)
        choices = (
            ("system", self.tr("&As the system")),
            ("light", self.tr("&Light")),
            ("dark", self.tr("&Dark")),
        )
        actions = {}
        for choice, text in choices:
            action = self._add(menu, text, lambda choice=choice: self._window.set_theme(choice))
            action.setCheckable(True)
            group.addAction(action)
            actions[choice] = action

        def show_choice() -> None:
            actions[self._window.store.current.theme].setChecked(True)

        menu.aboutToShow.connect(show_choice)

    def _choose_model(self) -> None:
        self._window.navigation.chooser.focus_list()

    def _full_screen(self) -> None:
        self._window.setWindowState(self._window.windowState() ^ Qt.WindowState.WindowFullScreen)

    def _about(self) -> None:
        box = QMessageBox(self._window)
        box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        box.setWindowTitle(self.tr("About HPipe"))
        box.setText(f"HPipe {VERSION}")
        box.setInformativeText(
            self.tr(
                "Pools the machines you own and runs one language model over all of them to read "
                "long documents. Nothing leaves your machines."
            )
        )
        box.open()


def _open_log_folder() -> None:
    QDesktopServices.openUrl(QUrl.fromLocalFile(str(log_file().parent)))
