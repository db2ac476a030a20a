"""The Machines page: who is in the pool, and how to bring more machines in."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from PySide6.QtCore import QCoreApplication, QPoint, Qt
from PySide6.QtWidgets import QMenu, QSplitter, QStackedWidget, QVBoxLayout, QWidget

from app.bridge import Bridge, Call
from app.format import memory
from app.machines.add_dialog import AddDialog
from app.machines.code_dialog import CodeDialog
from app.machines.details import MachineDetails
from app.machines.diagnose_dialog import DiagnoseDialog
from app.machines.limit_dialog import LimitDialog
from app.machines.list import MachineList
from app.machines.pair_dialog import PairDialog
from app.machines.picture import PoolPicture
from app.machines.rename_dialog import RenameDialog
from app.machines.words import CONNECTED, speed
from app.state import AppState
from app.theme import GAP, GAP_SMALL
from app.widgets.basics import button, card
from app.widgets.empty_state import EmptyState
from app.widgets.page import Page
from app.widgets.question import ask
from runtime.service import Service
from runtime.snapshots import MachineSnapshot


class MachinesPage(Page):
    """Machines at the left; the picture of the pool and the chosen machine at the right."""

    def __init__(self, bridge: Bridge, state: AppState, parent: QWidget | None = None) -> None:
        title = QCoreApplication.translate("MachinesPage", "Machines")
        super().__init__(bridge, state, title, parent)
        self._chosen = ""
        self._notice_shown = False
        self._measuring: Call | None = None
        self._make_commands()
        self._measure_button = button(self.tr("Measure again"), self.measure, icon="refresh")
        self.actions.addWidget(self._measure_button)
        self._add_button = button(
            self.tr("Add a machine"), self.add_machine, icon="add", kind="primary"
        )
        self.actions.addWidget(self._add_button)
        self.list = MachineList(state)
        self.list.chosen.connect(self.choose)
        self.list.pair_wanted.connect(self.pair)
        self.list.help_wanted.connect(self.diagnose)
        self.list.menu_wanted.connect(self._show_menu)
        self.list.below.addWidget(self._invitation())
        self.picture = PoolPicture(state)
        self.picture.chosen.connect(self.choose)
        self.details = MachineDetails(state)
        self.details.rename_wanted.connect(self.rename)
        self.details.limit_wanted.connect(self.limit_memory)
        self.details.forget_wanted.connect(self.forget)
        self.details.pair_wanted.connect(lambda: self.pair(self._chosen))
        self.details.include_wanted.connect(self.include)
        frame, inside = card()
        inside.setContentsMargins(GAP_SMALL, GAP_SMALL, GAP_SMALL, GAP_SMALL)
        inside.addWidget(self.picture)
        right = QWidget()
        column = QVBoxLayout(right)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(GAP)
        column.addWidget(frame, 4)
        column.addWidget(self.details, 5)
        splitter = QSplitter(Qt.Orientation.Horizontal)
        splitter.setChildrenCollapsible(False)
        splitter.setHandleWidth(GAP)
        splitter.addWidget(self.list)
        splitter.addWidget(right)
        splitter.setStretchFactor(0, 3)
        splitter.setStretchFactor(1, 2)
        self.list.setMinimumWidth(360)
        right.setMinimumWidth(290)
        self._splitter = splitter
        self._make_stack()
        self.body.addWidget(self._stack, 1)
        state.pool_changed.connect(self._show_pool)
        state.model_chosen.connect(self._show_measure)
        state.jobs_changed.connect(self._show_measure)
        state.job_changed.connect(self._show_measure)
        self._show_pool()

    def _make_stack(self) -> None:
        """The machines, and what stands in their place while there are none."""
        self._loading = EmptyState(
            "connecting",
            self.tr("Looking for machines …"),
            self.tr("This takes a second or two."),
        )
        self._broken = EmptyState(
            "lost",
            self.tr("HPipe is not connected"),
            self.tr("What went wrong is said above. Mend it, then try again."),
            button(self.tr("Try again"), self.bridge.restart, kind="primary"),
        )
        self._none = EmptyState(
            "machines",
            self.tr("No machine yet"),
            self.tr("Not even this one has answered. Why that is can be checked."),
            button(self.tr("Why is my machine not here?"), self.diagnose, kind="primary"),
        )
        self._stack = QStackedWidget()
        for widget in (self._splitter, self._loading, self._broken, self._none):
            self._stack.addWidget(widget)

    def _make_commands(self) -> None:
        self._add = self.command(
            self.tr("&Add a machine …"), self.add_machine, shortcut="Ctrl+N", icon="add"
        )
        self._code = self.command(
            self.tr("&Show this machine's code …"), self.show_code, shortcut="Ctrl+K", icon="key"
        )
        self.command(
            self.tr("&Why is my machine not here? …"), self.diagnose, shortcut="Ctrl+D", icon="help"
        )
        self._measure = self.command(
            self.tr("Measure again"),
            self.measure,
            shortcut="Ctrl+R",
            icon="refresh",
            is_separated=True,
        )
        self._pair = self.command(
            self.tr("&Pair …"),
            lambda: self.pair(self._chosen),
            shortcut="Ctrl+Shift+N",
            icon="paired",
            is_separated=True,
        )
        self._rename = self.command(self.tr("&Rename …"), self.rename, shortcut="F2", icon="edit")
        self._include = self.command(self.tr("&Use this machine"), self._toggle, shortcut="Ctrl+U")
        self._include.setCheckable(True)
        self._limit = self.command(
            self.tr("&Limit memory …"), self.limit_memory, shortcut="Ctrl+Shift+L", icon="memory"
        )
        self._forget = self.command(
            self.tr("&Forget …"), self.forget, shortcut="Ctrl+Del", icon="delete"
        )

    def _invitation(self) -> QWidget:
        """Stands below the cards while this machine is alone."""
        self._alone = EmptyState(
            "add",
            self.tr("Bring in another machine"),
            self.tr(
                "Open HPipe there, or run “main.py worker” in its terminal. It appears here within "
                "seconds, and is paired with six digits."
            ),
            button(self.tr("Show this machine's code"), self.show_code, icon="key"),
            button(self.tr("Why is my machine not here?"), self.diagnose, kind="quiet"),
        )
        return self._alone

    # What is shown

    @property
    def chosen(self) -> MachineSnapshot | None:
        return self.state.machine(self._chosen)

    def choose(self, machine_id: str) -> None:
        self._chosen = machine_id
        self.list.show_chosen(machine_id)
        self.picture.show_chosen(machine_id)
        self._show_chosen()

    def _show_pool(self) -> None:
        pool = self.state.pool
        if self.state.start_error is not None:
            self._stack.setCurrentWidget(self._broken)
        elif pool is None:
            self._stack.setCurrentWidget(self._loading)
        elif not pool.machines:
            self._stack.setCurrentWidget(self._none)
        else:
            self._stack.setCurrentWidget(self._splitter)
        for one in (self._add_button, self._add, self._code):
            one.setEnabled(pool is not None)
        self.set_subtitle(self._summary())
        if pool is not None and pool.notice:
            self.note.say("warning", pool.notice, closable=False)
        elif self._notice_shown:
            self.note.clear()
        self._notice_shown = pool is not None and bool(pool.notice)
        self.list.show_pool()
        machines = self.state.machines
        self._alone.setVisible(len(machines) == 1)
        if machines and self.chosen is None:
            self.choose(machines[0].machine_id)
        else:
            self._show_chosen()
        self._show_measure()

    def _summary(self) -> str:
        members = [m for m in self.state.machines if m.is_included and m.state in CONNECTED]
        if not members:
            return ""
        return self.tr("%n machine(s) with {free} of free memory", "", len(members)).format(
            free=memory(sum(m.free_memory_bytes for m in members))
        )

    def _show_chosen(self) -> None:
        machine = self.chosen
        self.details.show_machine(machine)
        is_paired = machine is not None and machine.is_paired
        self._pair.setEnabled(machine is not None and not machine.is_paired)
        self._rename.setEnabled(machine is not None)
        self._include.setEnabled(is_paired)
        self._include.setChecked(machine is not None and machine.is_included)
        self._limit.setEnabled(is_paired and bool(machine and machine.total_memory_bytes))
        self._forget.setEnabled(is_paired and not (machine and machine.is_this_machine))

    def _show_measure(self) -> None:
        is_busy = self._measuring is not None
        connected = [m for m in self.state.machines if m.state in CONNECTED and m.is_included]
        if is_busy:
            text = self.tr("Stop measuring")
        elif any(speed(m) is None for m in connected):
            text = self.tr("Measure")
        else:
            text = self.tr("Measure again")
        for one in (self._measure_button, self._measure):
            one.setText(text)
        self._measure_button.setAccessibleName(text)
        able = is_busy or (bool(connected) and self.state.running_job is None)
        self._measure_button.setEnabled(able)
        self._measure.setEnabled(able)
        tip = self.tr("Measures every machine and every link on the chosen model.")
        self._measure_button.setToolTip("" if is_busy else tip)

    def _show_menu(self, _machine_id: str, where: QPoint) -> None:
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        for action in (self._pair, self._rename, self._include, self._limit, self._forget):
            menu.addAction(action)
        menu.popup(where)

    # What a person does

    def add_machine(self) -> None:
        dialog = AddDialog(self.bridge, self.state, self)
        dialog.pair_wanted.connect(self.pair)
        dialog.code_wanted.connect(self.show_code)
        dialog.help_wanted.connect(self.diagnose)
        dialog.open()

    def pair(self, machine_id: str) -> None:
        machine = self.state.machine(machine_id)
        if machine is not None and not machine.is_paired:
            self.choose(machine_id)
            PairDialog(self.bridge, machine, self).open()

    def show_code(self) -> None:
        CodeDialog(self.bridge, self.state, self).open()

    def diagnose(self) -> None:
        DiagnoseDialog(self.bridge, self).open()

    def rename(self) -> None:
        machine = self.chosen
        if machine is not None:
            key = machine.machine_id
            RenameDialog(machine, lambda name: self._ask(Service.rename, key, name), self).open()

    def limit_memory(self) -> None:
        machine = self.chosen
        if machine is not None:
            key = machine.machine_id
            LimitDialog(
                machine, lambda limit: self._ask(Service.limit_memory, key, limit), self
            ).open()

    def _toggle(self) -> None:
        machine = self.chosen
        if machine is not None:
            self.include(not machine.is_included)

    def include(self, is_included: bool) -> None:
        machine = self.chosen
        if machine is not None:
            self._ask(Service.include, machine.machine_id, is_included)

    def forget(self) -> None:
        machine = self.chosen
        if machine is None or not machine.is_paired or machine.is_this_machine:
            return
        key = machine.machine_id
        ask(
            self,
            self.tr("Forget {name}?").format(name=machine.name),
            self.tr("It is not used any more. To use it again, pair it with a new code."),
            self.tr("Forget"),
            lambda: self._ask(Service.forget, key),
            keep=self.tr("Keep"),
        )

    def measure(self) -> None:
        """Measure every included machine anew, or stop doing so."""
        if self._measuring is not None:
            self._measuring.cancel()
            self._measured()
            return
        model = self.state.model
        if model is None:
            self.note.say(
                "info",
                self.tr("Machines are measured on a model, and none is chosen yet."),
                self.tr("Choose one at the bottom left (Ctrl+M)."),
            )
            return
        self.note.clear()
        self._measuring = self.bridge.call(
            Service.measure,
            model.model_id,
            again=True,
            owner=self,
            on_done=lambda _nothing: self._measured(),
            on_error=self._measuring_failed,
        )
        self._show_measure()

    def _measured(self) -> None:
        self._measuring = None
        self._show_measure()

    def _measuring_failed(self, error: Any) -> None:
        self._measured()
        self.note.show_error(error)

    def _ask(self, function: Callable[..., Awaitable[Any]], *arguments: object) -> None:
        self.bridge.call(function, *arguments, owner=self, on_error=self.note.show_error)
