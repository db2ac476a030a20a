"""The models of this computer: which one is used, what each takes, and deleting one."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QListWidgetItem, QPushButton, QVBoxLayout, QWidget

from app.bridge import Bridge
from app.format import memory, number
from app.state import AppState
from app.theme import GAP, GAP_LARGE
from app.widgets.basics import button, row
from app.widgets.empty_state import EmptyState
from app.widgets.figure import Figure
from app.widgets.question import ask
from app.widgets.two_lines import two_line_list
from runtime.errors import HPipeError
from runtime.service import Service
from runtime.snapshots import ModelSummary

# The length memory is reckoned for while no document is open.
USUAL_TOKENS = 8192


class InstalledModels(QWidget):
    """Thin over the state's models; the one a person points at is `selected`."""

    changed = Signal()
    activated = Signal()
    failed = Signal(object)  # HPipeError

    def __init__(
        self, bridge: Bridge, state: AppState, get_one: QPushButton, parent: QWidget | None = None
    ) -> None:
        """get_one stands where there is no model yet."""
        super().__init__(parent)
        self._bridge = bridge
        self._state = state
        self.list = two_line_list(self.tr("Installed models"))
        self.list.itemActivated.connect(lambda _item: self.activated.emit())
        self.list.currentRowChanged.connect(self._show_selected)
        self._nothing = EmptyState(
            "model",
            self.tr("No model yet"),
            self.tr("The demo model is small and answers simple questions on any machine."),
            get_one,
        )
        self.disk = Figure(self.tr("On disk"))
        self.reach = Figure(self.tr("Reads at most"))
        self.need = Figure(self.tr("Memory it takes"))
        self.delete = button(self.tr("&Delete …"), self._ask_delete, icon="delete")
        facts = row(spacing=GAP_LARGE)
        for figure, share in ((self.disk, 2), (self.reach, 2), (self.need, 4)):
            facts.addWidget(figure, share)
        facts.addWidget(self.delete)
        self._facts = QWidget()
        self._facts.setLayout(facts)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, GAP, 0, 0)
        layout.setSpacing(GAP)
        layout.addWidget(self.list, 1)
        layout.addWidget(self._nothing, 1)
        layout.addWidget(self._facts)
        state.models_changed.connect(self.show_models)
        state.model_chosen.connect(self._follow_choice)
        state.pool_changed.connect(self._show_selected)
        state.prompt_changed.connect(self._show_selected)
        self.show_models()

    @property
    def selected(self) -> ModelSummary | None:
        item = self.list.currentItem()
        model_id = item.data(Qt.ItemDataRole.UserRole) if item is not None else ""
        return next((m for m in self._state.models or () if m.model_id == model_id), None)

    def select(self, model_id: str) -> None:
        for place in range(self.list.count()):
            if self.list.item(place).data(Qt.ItemDataRole.UserRole) == model_id:
                self.list.setCurrentRow(place)

    def show_models(self) -> None:
        was = self.selected
        installed = [m for m in self._state.models or () if m.is_installed]
        self.list.clear()
        for model in installed:
            item = QListWidgetItem(self._line(model))
            item.setData(Qt.ItemDataRole.UserRole, model.model_id)
            item.setToolTip(model.source)
            self.list.addItem(item)
        self.select(was.model_id if was in installed else self._state.model_id)
        for part in (self.list, self._facts):
            part.setVisible(bool(installed))
        self._nothing.setVisible(not installed)
        self._show_selected()

    def _follow_choice(self) -> None:
        """Another one was chosen because the one that was selected is gone."""
        if self.selected is None:
            self.select(self._state.model_id)

    def _line(self, model: ModelSummary) -> str:
        layers = self.tr("%n layer(s)", "", model.layer_count)
        return f"{model.name}\n{memory(model.total_bytes)}, {layers} · {model.source}"

    def _show_selected(self) -> None:
        model = self.selected
        self.delete.setEnabled(model is not None)
        if model is not None:
            self.disk.show_value(
                memory(model.total_bytes), self.tr("%n layer(s)", "", model.layer_count)
            )
            self.reach.show_value(number(model.context_tokens), self.tr("tokens at once"))
            self._show_need(model)
        self.changed.emit()

    def _show_need(self, model: ModelSummary) -> None:
        tokens = min(self._state.prompt_tokens or USUAL_TOKENS, model.context_tokens)
        needed = model.memory_bytes(tokens) or model.total_bytes
        members = self._state.members
        free = sum(machine.free_memory_bytes for machine in members)
        here = sum(machine.free_memory_bytes for machine in members if machine.is_this_machine)
        level, said = "", self.tr("for {tokens} tokens")
        if members and needed <= here:
            level, said = "good", self.tr("for {tokens} tokens: this machine has it free")
        elif members and needed <= free:
            said = self.tr("for {tokens} tokens: the pool has it free, this machine alone not")
        elif members:
            level, said = "warning", self.tr("for {tokens} tokens: the pool has only {free} free")
        said = said.format(tokens=number(tokens), free=memory(free))
        self.need.show_value(memory(needed), said, level)

    # Deleting

    def _ask_delete(self) -> None:
        model = self.selected
        if model is not None:
            ask(
                self,
                self.tr("Delete {name}?").format(name=model.name),
                self.tr(
                    "What HPipe made or fetched for it is deleted from this computer. A folder or "
                    "file of yours stays where it is."
                ),
                self.tr("Delete"),
                lambda: self._delete(model.model_id),
                keep=self.tr("Keep"),
            )

    def _delete(self, model_id: str) -> None:
        self._bridge.call(Service.remove_model, model_id, owner=self, on_error=self._on_error)

    def _on_error(self, error: HPipeError) -> None:
        self.failed.emit(error)
