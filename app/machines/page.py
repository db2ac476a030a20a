"""The Machines page: who is in the pool, and how to bring more machines in."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication
from PySide6.QtWidgets import QWidget

from app.bridge import Bridge
from app.state import AppState
from app.widgets.page import Page


class MachinesPage(Page):
    """Rows for this machine and every machine found."""

    def __init__(self, bridge: Bridge, state: AppState, parent: QWidget | None = None) -> None:
        super().__init__(
            bridge, state, QCoreApplication.translate("MachinesPage", "Machines"), parent
        )
