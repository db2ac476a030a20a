"""The plan, or what stands in its place: waiting for it, or what is missing for one."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtWidgets import QStackedWidget, QWidget

from app.plan.waiting import Waiting
from app.widgets.basics import button
from app.widgets.empty_state import EmptyState


class Places(QStackedWidget):
    """Shows one of PLAN, WAITING, NO_MODEL, NO_MACHINES and FAILED."""

    PLAN, WAITING, NO_MODEL, NO_MACHINES, FAILED = range(5)

    def __init__(
        self,
        plan: QWidget,
        *,
        cancel: Callable[[], object],
        ask: Callable[[], object],
        go_to_machines: Callable[[], object],
        get_model: Callable[[], object],
    ) -> None:
        super().__init__()
        self.waiting = Waiting(cancel)
        self.addWidget(plan)
        self.addWidget(self.waiting)
        self.addWidget(
            EmptyState(
                "model",
                self.tr("No model yet"),
                self.tr("Choose one at the left, or get one: then HPipe can split its layers."),
                button(self.tr("&Get a model …"), get_model, icon="download", kind="primary"),
            )
        )
        self.addWidget(
            EmptyState(
                "machines",
                self.tr("No machine takes part"),
                self.tr("A plan needs at least one machine that is paired and not left out."),
                button(self.tr("Go to Mach&ines"), go_to_machines, kind="primary"),
            )
        )
        self.addWidget(
            EmptyState(
                "plan",
                self.tr("No plan yet"),
                self.tr("Nothing was planned. The reason is above, if there is one."),
                button(self.tr("&Plan again"), ask, icon="refresh", kind="primary"),
            )
        )
        self.setCurrentIndex(self.WAITING)
