"""The machines, or what stands in their place while there are none."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtWidgets import QStackedWidget, QWidget

from app.state import AppState
from app.widgets.basics import button
from app.widgets.empty_state import EmptyState

Act = Callable[[], object]


class Places(QStackedWidget):
    """Follows the pool. `invitation` belongs below a machine that is alone."""

    def __init__(
        self, state: AppState, machines: QWidget, *, try_again: Act, show_code: Act, diagnose: Act
    ) -> None:
        super().__init__()
        self._state = state
        self._machines = machines
        self._looking = EmptyState(
            "connecting",
            self.tr("Looking for machines …"),
            self.tr("This takes a second or two."),
        )
        self._broken = EmptyState(
            "lost",
            self.tr("HPipe is not connected"),
            self.tr("What went wrong is said above. Mend it, then try again."),
            button(self.tr("Try again"), try_again, kind="primary"),
        )
        self._nobody = EmptyState(
            "machines",
            self.tr("No machine yet"),
            self.tr("Not even this one has answered. Why that is can be checked."),
            button(self.tr("Why is my machine not here?"), diagnose, kind="primary"),
        )
        self.invitation = EmptyState(
            "add",
            self.tr("Bring in another machine"),
            self.tr(
                "Open HPipe there, or run “main.py worker” in its terminal. It appears here within "
                "seconds, and is paired with six digits."
            ),
            button(self.tr("Show this machine's code"), show_code, icon="key"),
            button(self.tr("Why is my machine not here?"), diagnose, kind="quiet"),
        )
        for widget in (machines, self._looking, self._broken, self._nobody):
            self.addWidget(widget)

    def show_pool(self) -> None:
        pool = self._state.pool
        if self._state.start_error is not None:
            self.setCurrentWidget(self._broken)
        elif pool is None:
            self.setCurrentWidget(self._looking)
        elif not pool.machines:
            self.setCurrentWidget(self._nobody)
        else:
            self.setCurrentWidget(self._machines)
        self.invitation.setVisible(pool is not None and len(pool.machines) == 1)
