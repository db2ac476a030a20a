"""The Machines page: who is in the pool, and how to bring more machines in."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from PySide6.QtCore import QCoreApplication, QPoint, Qt
from PySide6.QtWidgets import QMenu, QSplitter, QVBoxLayout, QWidget

from app.bridge import Bridge
from app.format import memory
from app.machines.add_dialog import AddDialog
from app.machines.code_dialog import CodeDialog
from app.machines.details import MachineDetails
from app.machines.diagnose_dialog import DiagnoseDialog
from app.machines.limit_dialog import LimitDialog
from app.machines.list import MachineList
from app.machines.measuring import Measuring
from app.machines.pair_dialog import PairDialog
from app.machines.picture import PoolPicture
from app.machines.places import Places
from app.machines.rename_dialog import RenameDialog
from app.state import AppState
from app.theme import GAP, GAP_SMALL
from app.widgets.basics import button, card
from app.widgets.page import Page
from app.widgets.question import ask
from runtime.service import Service
from runtime.snapshots import Hours, MachineSnapshot


class MachinesPage(Page):
    """Machines at the left; the picture of the pool and the chosen machine at the right."""

    def __init__(self, bridge: Bridge, state: AppState, parent: QWidget | None = None) -> None:
        title = QCoreApplication.translate("MachinesPage", "Machines")
        super().__init__(bridge, state, title, parent)
        self._chosen = ""
        self._notice_shown = False
        self.measuring = Measuring(bridge, state, self)
        self.measuring.changed.connect(self._show_measuring)
        self.measuring.failed.connect(self.note.show_error)
        self._make_commands()
        self._make_body()
        state.pool_changed.connect(self._show_pool)
        self._show_pool()
        self._show_measuring()

    def _make_body(self) -> None:
        self._measure_button = button(self.tr("Measure again"), self.measure, icon="refresh")
        self.actions.addWidget(self._measure_button)
        self._add_button = button(
            self.tr("Add a machine"), self.add_machine, icon="add", kind="primary"
        )
        self.actions.addWidget(self._add_button)
        self.list = MachineList(self.state)
        self.list.chosen.connect(self.choose)
        self.list.pair_wanted.connect(self.pair)
        self.list.help_wanted.connect(self.diagnose)
        self.list.menu_wanted.connect(self._show_menu)
        self.picture = PoolPicture(self.state)
        self.picture.chosen.connect(self.choose)
        self.details = MachineDetails(self.state)
        self.details.rename_wanted.connect(self.rename)
        self.details.limit_wanted.connect(self.limit)
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
        # The details are as tall as what they say where there is room; the picture takes the rest.
        column.addWidget(frame, 1)
        column.addWidget(self.details)
        splitter = QSplitter(Qt.Orientation.Horizontal)
        splitter.setChildrenCollapsible(False)
        splitter.setHandleWidth(GAP)
        splitter.addWidget(self.list)
        splitter.addWidget(right)
        splitter.setStretchFactor(0, 3)
        splitter.setStretchFactor(1, 2)
        splitter.setSizes([640, 340])
        self.list.setMinimumWidth(360)
        right.setMinimumWidth(290)
        self._splitter = splitter
        self.places = Places(
            self.state,
            splitter,
            try_again=self.bridge.restart,
            show_code=self.show_code,
            diagnose=self.diagnose,
        )
        self.list.below.addWidget(self.places.invitation)
        self.body.addWidget(self.places, 1)

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
            self.tr("&Limit memory or hours …"), self.limit, shortcut="Ctrl+Shift+L", icon="memory"
        )
        self._forget = self.command(
            self.tr("&Forget …"), self.forget, shortcut="Ctrl+Del", icon="delete"
        )

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
        self.places.show_pool()
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
        if machines and self.chosen is None:
            self.choose(machines[0].machine_id)
        else:
            self._show_chosen()

    def _summary(self) -> str:
        members = self.state.members
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

    def _show_measuring(self) -> None:
        text = self.measuring.words
        for one in (self._measure_button, self._measure):
            one.setText(text)
            one.setEnabled(self.measuring.can_act)
        self._measure_button.setAccessibleName(text)
        tip = self.tr("Measures every machine and every link on the chosen model.")
        self._measure_button.setToolTip("" if self.measuring.is_under_way else tip)

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

    def limit(self) -> None:
        """Limit the memory or the hours of the chosen machine."""
        machine = self.chosen
        if machine is None:
            return

        def save(limit_bytes: int | None, hours: Hours | None) -> None:
            if limit_bytes != machine.memory_limit_bytes:
                self._ask(Service.limit_memory, machine.machine_id, limit_bytes)
            if hours != machine.hours:
                self._ask(Service.limit_hours, machine.machine_id, hours)

        LimitDialog(machine, save, self).open()

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
        """Measure every machine that takes part anew, or stop doing so."""
        model = self.state.model
        if self.measuring.is_under_way:
            self.measuring.stop()
        elif model is None:
            self.note.say(
                "info",
                self.tr("Machines are measured on a model, and none is chosen yet."),
                self.tr("Choose one at the bottom left (Ctrl+M)."),
            )
        else:
            self.note.clear()
            self.measuring.start(model.model_id)

    def _ask(self, function: Callable[..., Awaitable[Any]], *arguments: object) -> None:
        self.bridge.call(function, *arguments, owner=self, on_error=self.note.show_error)
