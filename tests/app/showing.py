"""A page or the whole window over the scripted runtime, for tests and for looking at."""

from __future__ import annotations

import importlib
from collections.abc import Callable

from PySide6.QtCore import QCoreApplication, QEvent, QEventLoop, QTimer
from PySide6.QtWidgets import QApplication, QWidget

from app.appearance import apply_theme
from app.bridge import Bridge
from app.settings.store import SettingsStore
from app.state import AppState
from app.theme import ThemeChoice
from app.widgets.page import Page
from tests.app.clock import VirtualClock
from tests.app.scripted import Scene, ScriptedService

PAGES = {
    "machines": ("app.machines.page", "MachinesPage"),
    "plan": ("app.plan.page", "PlanPage"),
    "analyze": ("app.analyze.page", "AnalyzePage"),
    "monitor": ("app.monitor.page", "MonitorPage"),
}
PageClass = Callable[[Bridge, AppState], Page]


def page_class(name: str) -> PageClass:
    module, kind = PAGES[name]
    found: PageClass = getattr(importlib.import_module(module), kind)
    return found


class Showing:
    """A scripted service, its bridge and state, and one widget over them. Call `close` at the end.

    clock None: scripted jobs run in real time; VirtualClock(None) stands until it is advanced.
    """

    def __init__(
        self,
        scene: Scene = Scene.THREE,
        clock: VirtualClock | None = None,
        theme: ThemeChoice = "light",
    ) -> None:
        application = QApplication.instance()
        if isinstance(application, QApplication):
            apply_theme(application, theme)
        self.service = ScriptedService(scene, clock)
        self.clock = self.service.clock
        self.bridge = Bridge(lambda: self.service)
        self.state = AppState(self.bridge)
        self.widget: QWidget | None = None

    def page(self, kind: PageClass, size: tuple[int, int] = (1240, 760)) -> Page:
        page = kind(self.bridge, self.state)
        self._show(page, size)
        return page

    def window(self, size: tuple[int, int] = (1240, 800)) -> QWidget:
        from app.window import MainWindow

        store = SettingsStore()
        store.change(first_start_done=True)
        window = MainWindow(self.bridge, self.state, store)
        window.make_all_pages()  # before it is shown: much less is laid out and polished twice
        self._show(window, size)
        return window

    def start(self) -> None:
        """Start the scripted service and wait until the state knows what there is."""
        self.bridge.start()
        wait_until(lambda: self.state.start_error is not None or self._is_known())

    def _is_known(self) -> bool:
        return self.state.pool is not None and self.state.models is not None

    def _show(self, widget: QWidget, size: tuple[int, int]) -> None:
        self.widget = widget
        widget.resize(*size)
        widget.show()

    def close(self) -> None:
        self.bridge.stop()
        if self.widget is not None:
            self.widget.hide()
            self.widget.deleteLater()
            self.widget = None
        self.state.deleteLater()
        self.bridge.deleteLater()
        QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)


def wait_until(is_so: Callable[[], object], milliseconds: int = 5000) -> None:
    """Run the window's loop until something is so; TimeoutError if it does not come."""
    loop = QEventLoop()
    look, limit = QTimer(), QTimer()
    look.setInterval(5)
    look.timeout.connect(lambda: loop.quit() if is_so() else None)
    limit.setSingleShot(True)
    limit.timeout.connect(loop.quit)
    if not is_so():
        look.start()
        limit.start(milliseconds)
        loop.exec()
    look.stop()
    limit.stop()
    if not is_so():
        raise TimeoutError("what the test waits for did not happen")


def settle(widget: QWidget) -> None:
    """Let layouts and deferred deletions happen."""
    for _ in range(3):
        QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
        QApplication.processEvents()
    widget.repaint()


def run_loop(milliseconds: int) -> None:
    """Let the window live for a while, for looking at it; tests wait for something instead."""
    loop = QEventLoop()
    QTimer.singleShot(milliseconds, loop.quit)
    loop.exec()
