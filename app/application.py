"""Puts the window together, runs it and takes it apart again without leaving anything behind."""

from __future__ import annotations

import logging
from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QCoreApplication

from app.appearance import apply_theme, make_application
from app.bridge import Bridge
from app.errand import Errand
from app.errors import BugReporter
from app.garbage import WindowThreadCollector
from app.interrupts import Interrupts
from app.language import apply_language
from app.log import close_log, open_log
from app.settings.store import SettingsStore
from app.state import AppState
from app.window import MainWindow
from runtime.coordinator.options import ServiceOptions
from runtime.service import Service
from runtime.version import VERSION

log = logging.getLogger(__name__)


def run_window(options: ServiceOptions | None, errand: Errand) -> int:
    """Show the window until it is closed; options None: over the network, as it is set."""
    handler = open_log()
    log.info("HPipe %s opens its window", VERSION)
    store = SettingsStore()
    application = make_application()
    apply_language(application, store.current.language)
    apply_theme(application, store.current.theme)
    bridge = Bridge(service_maker(store, options))
    state = AppState(bridge)
    state.preferred_model_id = store.current.model_id
    window = MainWindow(bridge, state, store)
    reporter = BugReporter(window)
    bridge.bug_found.connect(reporter.report)
    reporter.install()
    collector = WindowThreadCollector()
    interrupts = Interrupts(window.close_now)
    try:
        window.show()
        bridge.start()
        window.begin(errand)
        return application.exec()
    finally:
        bridge.stop()
        interrupts.close()
        reporter.uninstall()
        collector.close()
        window.deleteLater()
        QCoreApplication.sendPostedEvents(None, 0)
        log.info("HPipe closed its window")
        close_log(handler)


def service_maker(store: SettingsStore, options: ServiceOptions | None) -> Callable[[], Service]:
    """Makes the service in the runtime's thread; what it imports does not hold up the window."""

    def make() -> Service:
        from runtime.coordinator.pool_service import PoolService  # noqa: PLC0415

        return PoolService(options or service_options(store))

    return make


def service_options(store: SettingsStore) -> ServiceOptions:
    settings = store.current
    interfaces = (settings.network_interface,) if settings.network_interface else ()
    return ServiceOptions(
        name=settings.machine_name,
        control_port=settings.port,
        interfaces=interfaces,
        models=Path(settings.model_folder) if settings.model_folder else Path(),
    )
