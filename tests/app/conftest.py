"""Qt without a screen, pages over the scripted runtime, and tests that leave nothing behind."""

from __future__ import annotations

import gc
import os
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
pytest.importorskip("PySide6", reason="the window needs Qt")

from PySide6.QtCore import QCoreApplication, QEvent, QTimer
from PySide6.QtGui import QGuiApplication, QIcon
from PySide6.QtWidgets import QApplication
from shiboken6 import isValid

from app.appearance import apply_theme
from app.icons import application_icon
from app.language import apply_language
from tests.app.clock import VirtualClock
from tests.app.scripted import Scene
from tests.app.showing import Showing


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """A warning of Qt fails the test it appears in."""
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.qt_log_level_fail("WARNING"))
            # Said of every window on the platform without a screen.
            item.add_marker(pytest.mark.qt_log_ignore("does not support propagateSizeHints"))


@pytest.fixture(scope="session")
def qapp(qapp_args: list[str], qapp_cls: type[QApplication], pytestconfig: pytest.Config):
    application = QApplication.instance() or QApplication(["hpipe"])
    application.setStyle("Fusion")
    application.setWindowIcon(application_icon())
    apply_language(application, "en")
    apply_theme(application, "light")
    # What lives until now is no test's.
    gc.collect()
    gc.freeze()
    yield application
    gc.unfreeze()
    application.setWindowIcon(QIcon())


@pytest.fixture(autouse=True)
def own_folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Settings, logs and caches of a test are its own."""
    monkeypatch.setenv("HPIPE_STATE", str(tmp_path / "state"))
    monkeypatch.setenv("HPIPE_CACHE", str(tmp_path / "cache"))


@pytest.fixture(autouse=True)
def nothing_left(qapp: QApplication) -> Iterator[None]:
    """Fails a test that leaves a thread, a running timer or a window behind."""
    threads_before = set(threading.enumerate())
    windows_before = set(QGuiApplication.topLevelWindows())
    # As in the window (app/garbage.py): a collection on the runtime's thread would destroy Qt
    # objects there, and crash.
    gc.disable()
    yield
    gc.enable()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    gc.collect()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    threads = [t.name for t in threading.enumerate() if t not in threads_before and t.is_alive()]
    widgets = [w for w in QApplication.topLevelWidgets() if not w.isHidden()]
    windows = [
        w for w in QGuiApplication.topLevelWindows() if w not in windows_before and w.isVisible()
    ]
    timers = [f"{timer!r} of {timer.parent()!r}" for timer in _running_timers()]
    # What outlives a test is looked at once and never again: that keeps this check quick.
    gc.freeze()
    for widget in widgets:
        widget.close()
        widget.deleteLater()
    assert not threads, f"threads left: {threads}"
    assert not widgets, f"windows left: {widgets}"
    assert not windows, f"windows left: {windows}"
    assert not timers, f"timers left: {timers}"


def _running_timers() -> list[QTimer]:
    # type() and not isinstance: a proxy in some other module may raise when its class is asked.
    return [
        timer
        for timer in gc.get_objects()
        if issubclass(type(timer), QTimer) and isValid(timer) and timer.isActive()
    ]


@pytest.fixture
def showing(qapp: QApplication) -> Iterator[Callable[..., Showing]]:
    """Makes `Showing`s and closes them: showing(Scene.LOST, clock=..., theme="dark")."""
    made: list[Showing] = []

    def make(
        scene: Scene = Scene.THREE, clock: VirtualClock | None = None, theme: str = "light"
    ) -> Showing:
        made.append(Showing(scene, clock, theme))  # type: ignore[arg-type]
        return made[-1]

    yield make
    for one in made:
        one.close()
    apply_theme(qapp, "light")
