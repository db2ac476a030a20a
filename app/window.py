"""The main window: navigation, pages, menus, status line, and a clean end."""

from __future__ import annotations

import contextlib
import importlib
from importlib.util import find_spec

from PySide6.QtCore import QByteArray, QSize, QTimer
from PySide6.QtGui import QCloseEvent, QGuiApplication, QShowEvent
from PySide6.QtWidgets import (
    QApplication,
    QHBoxLayout,
    QMainWindow,
    QSizePolicy,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from app.appearance import apply_theme
from app.bridge import Bridge
from app.errand import Errand
from app.icons import retint
from app.menus import Menus
from app.models.dialog import DEMO, ModelDialog
from app.models.getter import ModelGetter
from app.models.strip import GettingStrip
from app.navigation import Navigation
from app.settings.dialog import SettingsDialog
from app.settings.store import Settings, SettingsStore
from app.state import AppState
from app.status_line import StatusLine
from app.theme import GAP, GAP_PAGE
from app.welcome.dialog import WelcomeDialog
from app.widgets.note import Note
from app.widgets.page import Page
from app.widgets.question import ask
from runtime.errors import HPipeError

# Each page's module is imported when the page is made: the first at once, the others when the
# window stands.
PAGES = {
    "machines": ("app.machines.page", "MachinesPage"),
    "plan": ("app.plan.page", "PlanPage"),
    "analyze": ("app.analyze.page", "AnalyzePage"),
    "monitor": ("app.monitor.page", "MonitorPage"),
}
SMALLEST = QSize(880, 560)
USUAL = QSize(1240, 800)
# What the system draws around it, about: its size is not known before it is shown.
FRAME = QSize(16, 40)


class MainWindow(QMainWindow):
    """Holds the pages and what is common to them; everything else is in their folders."""

    def __init__(self, bridge: Bridge, state: AppState, store: SettingsStore) -> None:
        super().__init__()
        self.bridge = bridge
        self.state = state
        self.store = store
        self._pages: dict[str, Page] = {}
        self._current = ""
        self._may_close = False
        self._errand = Errand()
        self._model_dialogs: set[ModelDialog] = set()
        self.setWindowTitle("HPipe")
        self.setMinimumSize(SMALLEST)
        titles = {
            "machines": self.tr("Machines"),
            "plan": self.tr("Plan"),
            "analyze": self.tr("Analyze"),
            "monitor": self.tr("Monitor"),
        }
        # An icon has its page's name.
        self.navigation = Navigation(
            state, {name: (name, title) for name, title in titles.items() if _exists(name)}
        )
        self.navigation.page_chosen.connect(self.show_page)
        self.navigation.settings_wanted.connect(self.open_settings)
        self.navigation.chooser.more_wanted.connect(self.open_models)
        self.banner = Note()
        self.getter = ModelGetter(bridge, state, self)
        self.getter.failed.connect(self._show_model_error)
        self._stack = QStackedWidget()
        # No page may make the window larger than its place; each is told to fit 1024 x 640.
        self._stack.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Ignored)
        right = QVBoxLayout()
        right.setContentsMargins(0, 0, 0, 0)
        right.setSpacing(0)
        above = QVBoxLayout()
        above.setContentsMargins(GAP_PAGE, 0, GAP_PAGE, 0)
        above.setSpacing(GAP)
        edge = QWidget()  # keeps what is shown off the upper edge, and takes no room else
        edge.setFixedHeight(0)
        for strip in (edge, self.banner, GettingStrip(self.getter)):
            above.addWidget(strip)
        right.addLayout(above)
        right.addWidget(self._stack, 1)
        middle = QWidget()
        layout = QHBoxLayout(middle)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self.navigation)
        layout.addLayout(right, 1)
        self.setCentralWidget(middle)
        self.setStatusBar(StatusLine(state))
        self.menus = Menus(self, {name: titles[name] for name in PAGES if _exists(name)})
        bridge.error_raised.connect(self.show_error)
        bridge.start_failed.connect(self._show_start_error)
        bridge.restarting.connect(self.banner.clear)
        bridge.ready.connect(self.banner.clear)
        state.model_chosen.connect(self._keep_model)
        QGuiApplication.styleHints().colorSchemeChanged.connect(self._system_colors_changed)
        self._restore_geometry()
        self.show_page("machines")
        self.navigation.focus_page("machines")

    # Pages

    def page(self, name: str) -> Page:
        """A page by its name, made when it is first asked for."""
        if name not in self._pages:
            module, kind = PAGES[name]
            page: Page = getattr(importlib.import_module(module), kind)(self.bridge, self.state)
            page.wanted.connect(lambda: self.show_page(name))
            page.page_wanted.connect(self.show_page)
            page.models_wanted.connect(self.open_models)
            self._pages[name] = page
            self._stack.addWidget(page)
            self.menus.fill(name, page)
        return self._pages[name]

    def show_page(self, name: str) -> None:
        page = self.page(name)
        self._current = name
        self._stack.setCurrentWidget(page)
        self.navigation.show_page(name)

    @property
    def current_page(self) -> Page:
        return self._pages[self._current]

    def make_all_pages(self) -> None:
        for name in PAGES:
            if _exists(name):
                self.page(name)

    def _make_next_page(self) -> None:
        """One page at a time, so that the window answers in between."""
        missing = [name for name in PAGES if name not in self._pages and _exists(name)]
        if missing:
            self.page(missing[0])
            QTimer.singleShot(0, self, self._make_next_page)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        QTimer.singleShot(0, self, self._make_next_page)

    # What it was opened for

    def begin(self, errand: Errand) -> None:
        """Do what the window was opened for, or welcome a person who opens it the first time."""
        self._errand = errand
        self.state.choose_weight_bits(errand.weight_bits)
        if errand.document is not None:
            self.show_page("analyze")
        if errand.model:
            self.getter.added.connect(self._begin_with_model)
            self.getter.get(errand.model, self.tr("the demo model"))
        elif errand.document is not None:
            self._open_document()
        elif not self.store.current.first_start_done:
            self.open_welcome()

    def _begin_with_model(self) -> None:
        self.getter.added.disconnect(self._begin_with_model)
        self._open_document()

    def _open_document(self) -> None:
        errand = self._errand
        if errand.document is not None:
            self.show_page("analyze")
            page = self.page("analyze")
            page.open_document(errand.document, errand.question, errand.starts)  # type: ignore[attr-defined]

    def try_demo(self) -> None:
        """The demo model, the sample document and its question."""
        from runtime.sample import sample_document, sample_question  # noqa: PLC0415

        self.begin(
            Errand(document=sample_document(), question=sample_question(), model=DEMO, starts=True)
        )

    # Dialogs

    def open_settings(self) -> None:
        SettingsDialog(self.store, self._settings_changed, self).open()

    def open_models(self) -> None:
        dialog = ModelDialog(self.bridge, self.state, self.getter, self)
        self._model_dialogs.add(dialog)
        dialog.finished.connect(lambda: self._model_dialogs.discard(dialog))
        dialog.open()

    def open_welcome(self) -> None:
        WelcomeDialog(self.store, self.state, self._add_machine, self.try_demo, self).open()

    def _add_machine(self) -> None:
        self.show_page("machines")
        self.page("machines").add_machine()  # type: ignore[attr-defined]

    def _settings_changed(self, before: Settings, after: Settings) -> None:
        if before.theme != after.theme:
            self.dress()
        names = ("machine_name", "network_interface", "port", "model_folder")
        if all(getattr(before, name) == getattr(after, name) for name in names):
            return
        if self.state.running_job is None:
            self.bridge.restart()
        else:
            self.banner.say(
                "info",
                self.tr("The new settings are used when HPipe is opened again."),
                self.tr("A job runs, and it is not broken off for them."),
            )

    # Errors

    def show_error(self, error: HPipeError) -> None:
        """Show an error that no page shows by itself, on the page a person looks at."""
        self.current_page.note.show_error(error)

    def _show_model_error(self, error: HPipeError) -> None:
        if not self._model_dialogs:
            self.show_error(error)

    def _show_start_error(self, error: HPipeError) -> None:
        self.banner.say(
            "error",
            error.message,
            error.hint,
            action=self.tr("Try again"),
            on_action=self.bridge.restart,
            closable=False,
        )

    # Theme and model

    def set_theme(self, choice: str) -> None:
        self.store.change(theme=choice)
        self.dress()

    def dress(self) -> None:
        """Put on the theme that is set."""
        application = QApplication.instance()
        if isinstance(application, QApplication):
            apply_theme(application, self.store.current.theme)
            retint(self)

    def _system_colors_changed(self) -> None:
        if self.store.current.theme == "system":
            self.dress()

    def _keep_model(self) -> None:
        if self.state.model_id:
            self.store.change(model_id=self.state.model_id)

    # Geometry and the end

    def _restore_geometry(self) -> None:
        self.resize(USUAL.boundedTo(self.screen().availableSize() - FRAME))
        kept = self.store.current.window_geometry
        if kept:
            self.restoreGeometry(QByteArray.fromBase64(kept.encode("ascii")))

    def close_now(self) -> None:
        """Close without a question: Ctrl-C in the terminal, or the system goes down."""
        self._may_close = True
        self.close()

    def closeEvent(self, event: QCloseEvent) -> None:
        jobs = self.state.running_jobs
        if jobs and not self._may_close:
            event.ignore()
            words = self.tr("{title} is still being worked on. What is read so far is lost.")
            if len(jobs) > 1:
                words = self.tr(
                    "%n document(s) are still being worked on. What is read so far is lost.",
                    "",
                    len(jobs),
                )
            ask(
                self,
                self.tr("Stop the job and close HPipe?"),
                words.format(title=jobs[0].title),
                self.tr("Stop and close"),
                self.close_now,
                keep=self.tr("Keep working"),
            )
            return
        geometry = bytes(self.saveGeometry().toBase64().data()).decode("ascii")
        with contextlib.suppress(HPipeError):  # a full disk must not keep the window open
            self.store.change(window_geometry=geometry)
        event.accept()
        QApplication.quit()


def _exists(name: str) -> bool:
    return find_spec(PAGES[name][0]) is not None
