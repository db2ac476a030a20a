"""The Plan page: asks for a plan, lets a person change it, and has it used or not."""

from __future__ import annotations

from msgspec.structs import replace
from PySide6.QtGui import QHideEvent, QShowEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget

from app.bridge import Bridge
from app.format import number
from app.plan.draft import Draft, draft_of
from app.plan.faces import Face, faces_of
from app.plan.guest_dialog import GuestDialog
from app.plan.inquiry import Inquiry
from app.plan.places import Places
from app.plan.question import PlanQuestion
from app.plan.shortage import Shortage
from app.plan.toolbar import Toolbar
from app.plan.workbench import Workbench
from app.state import AppState
from app.theme import GAP
from app.widgets.basics import button
from app.widgets.page import Page, scrolling
from runtime.errors import HPipeError
from runtime.planner.values import Infeasible, Plan, PlanningProblem, PlanOutcome
from runtime.service import Service
from runtime.snapshots import PlanRequest


class PlanPage(Page):
    """Asks again when the model, the lengths, the goal or the pool change, while it is shown."""

    def __init__(self, bridge: Bridge, state: AppState, parent: QWidget | None = None) -> None:
        super().__init__(bridge, state, self.tr("Plan"), parent)
        self._faces: dict[str, Face] = {}
        self._is_open = False
        self.inquiry = Inquiry(bridge, state, self)
        self.workbench = Workbench()
        self._make_commands()
        self._make_body()
        self.inquiry.begun.connect(self._on_begun)
        self.inquiry.answered.connect(self._open)
        self.inquiry.failed.connect(self._on_error)
        bridge.ready.connect(self._look)
        state.pool_changed.connect(self._look)
        state.models_changed.connect(self._look)
        state.model_chosen.connect(self._on_model)
        state.prompt_changed.connect(self._on_document)
        state.plan_chosen.connect(self._show_commands)
        self._on_document()
        self._look()

    # Making

    def _make_commands(self) -> None:
        self._use = self.command(
            self.tr("&Use this plan"), self._use_plan, shortcut="Ctrl+Return", icon="check"
        )
        self._decide = self.command(
            self.tr("Let &HPipe decide"), self._let_decide, shortcut="Ctrl+Backspace"
        )
        self._balance = self.command(
            self.tr("&Balance the layers"), self._balance_layers, shortcut="Ctrl+B",
            icon="balance", is_separated=True,
        )  # fmt: skip
        self._even = self.command(
            self.tr("&Even layers"), self.workbench.split_evenly, shortcut="Ctrl+E"
        )
        self._what_if = self.command(
            self.tr("&What if I had …"), self._ask_what_if, shortcut="Ctrl+Shift+A", icon="add"
        )
        self._without_guests = self.command(
            self.tr("&Only what I have"), self.inquiry.drop_guests, shortcut="Ctrl+Shift+D"
        )
        self._undo = self.command(
            self.tr("U&ndo"), self.workbench.undo, shortcut="Ctrl+Z", icon="undo",
            is_separated=True,
        )  # fmt: skip
        self._redo = self.command(
            self.tr("&Redo"), self.workbench.redo, shortcut="Ctrl+Shift+Z", icon="redo"
        )
        self._refresh = self.command(
            self.tr("&Plan again"), self._ask, shortcut="F5", icon="refresh", is_separated=True
        )

    def _make_body(self) -> None:
        self._decide_button = button(
            self.tr("Let HPipe &decide"), self._let_decide,
            tip=self.tr("HPipe makes the best plan for each document (Ctrl+Backspace)"),
        )  # fmt: skip
        self._use_button = button(
            self.tr("&Use this plan"), self._use_plan, icon="check", kind="primary"
        )
        self.actions.addWidget(self._decide_button)
        self.actions.addWidget(self._use_button)
        self.question = PlanQuestion()
        self.question.changed.connect(self._look)
        self.question.choose_weight_bits(self.state.weight_bits)
        self.question.precision.currentIndexChanged.connect(self._choose_precision)
        self.state.weight_bits_chosen.connect(self._show_precision)
        self.toolbar = Toolbar(
            balance=self._balance,
            even=self._even,
            undo=self._undo,
            redo=self._redo,
            what_if=self._what_if,
            without_guests=self._without_guests,
            use_alone=self.workbench.use_alone,
            add_device=self.workbench.add_device,
        )
        self.workbench.above.addWidget(self.toolbar)
        self.workbench.changed.connect(self._show_commands)
        self.shortage = Shortage()
        self.shortage.precision_wanted.connect(self.state.choose_weight_bits)
        self.shortage.hide()
        content = QWidget()
        layout = QVBoxLayout(content)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(GAP)
        layout.addWidget(self.shortage)
        layout.addWidget(self.workbench, 1)
        self.places = Places(
            scrolling(content, self.tr("Plan")),
            cancel=self._cancel,
            ask=self._ask,
            go_to_machines=lambda: self.page_wanted.emit("machines"),
            get_model=self.models_wanted.emit,
        )
        self.body.setSpacing(GAP)
        self.body.addWidget(self.question)
        self.body.addWidget(self.places, 1)

    # Asking

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._look()
        self._show_commands()

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self._show_commands()

    def _on_model(self) -> None:
        self._forget()
        self._look()

    def _on_document(self) -> None:
        self.question.follow_document(self.state.prompt_tokens)
        self._look()

    def _choose_precision(self) -> None:
        self.state.choose_weight_bits(self.question.weight_bits)

    def _show_precision(self) -> None:
        self.question.choose_weight_bits(self.state.weight_bits)

    def _request(self) -> PlanRequest:
        return PlanRequest(
            model_id=self.state.model_id,
            prompt_tokens=self.question.text_tokens.value(),
            output_tokens=self.question.answer_tokens.value(),
            goal=self.question.chosen_goal,
            weight_bits=self.question.weight_bits,
        )

    def _look(self) -> None:
        """Show what there is; ask for a plan if it would be another one than was asked for."""
        model = self.state.model
        if self.state.models is not None and model is None:
            self._forget()
            self._show_place(Places.NO_MODEL)
        elif self.state.pool is not None and not self.state.members:
            self._forget()
            self._show_place(Places.NO_MACHINES)
        elif model is not None and self.state.pool is not None:
            self.places.waiting.show_machines(self.state.machines, self.state.measured_share)
            if self.isVisible() and self.inquiry.differs(self._request()):
                self._ask()
        self._show_commands()

    def _forget(self) -> None:
        self.inquiry.forget()
        self._is_open = False
        self.set_subtitle("")

    def _ask(self) -> None:
        self.inquiry.ask(self._request())

    def _on_begun(self) -> None:
        self.note.clear()
        self.set_subtitle(self.tr("Planning …"))
        if not self._is_open:
            self.places.waiting.show_machines(self.state.machines, self.state.measured_share)
            self._show_place(Places.WAITING)

    def _cancel(self) -> None:
        self.inquiry.cancel()
        self.set_subtitle("")
        self._show_place(Places.FAILED)

    def _on_error(self, error: HPipeError) -> None:
        self.note.show_error(error)
        self.set_subtitle("")
        self._show_place(Places.PLAN if self._is_open else Places.FAILED)

    def _kept_draft(self) -> Draft | None:
        """What a person works on stays while only lengths or goal changed."""
        if self._is_open and not self.workbench.is_automatic:
            return self.workbench.draft
        chosen = self.state.chosen_plan
        return draft_of(chosen.stages) if chosen is not None else None

    def _open(self, keeps_draft: bool) -> None:
        """Work on the problem that was answered."""
        problem, outcome = self.inquiry.problem, self.inquiry.outcome
        if problem is None:
            return
        draft = self._kept_draft() if keeps_draft else None
        self._is_open = True
        self._faces = self.toolbar.faces = faces_of(problem, self.state)
        self.shortage.setVisible(isinstance(outcome, Infeasible))
        if isinstance(outcome, Infeasible):
            self.shortage.show_outcome(outcome, self._name_of)
        if problem.devices:
            self.workbench.open(
                problem, self.inquiry.best, self._faces, draft, self.inquiry.without_guests
            )
        self.workbench.setVisible(bool(problem.devices))
        self._show_place(Places.PLAN)
        self._show_subtitle(problem)

    def _show_subtitle(self, problem: PlanningProblem) -> None:
        layers = self.tr("%n layer(s)", "", len(problem.model.layers))
        machines = self.tr("%n machine(s)", "", len({d.machine_id for d in problem.devices}))
        tokens = self.tr("{count} tokens").format(count=number(problem.prompt_tokens))
        name = self.state.model.name if self.state.model else problem.model.name
        text = f"{name}: {layers}, {machines}, {tokens}"
        context = problem.model.context_tokens
        if context and problem.prompt_tokens + problem.output_tokens > context:
            text += self.tr(" (the model reads {count} at most)").format(count=number(context))
        self.set_subtitle(text)

    def _name_of(self, machine_id: str, device_id: str) -> str:
        face = self._faces.get(f"{machine_id}/{device_id}")
        return face.name if face else self.state.machine_name(machine_id)

    # Acting

    def _use_plan(self) -> None:
        plan = self.workbench.plan_to_use
        if plan is not None:
            self.state.choose_plan(plan)

    def _let_decide(self) -> None:
        self.state.choose_plan(None)
        self.inquiry.drop_guests()
        self.workbench.take_automatic()

    def _balance_layers(self) -> None:
        problem, draft = self.inquiry.problem, self.workbench.draft
        if problem is None or draft is None:
            return
        self.note.clear()
        self.bridge.call(
            Service.solve,
            replace(problem, fixed_order=draft.keys),
            owner=self,
            on_done=self._on_balanced,
            on_error=self.note.show_error,
        )

    def _on_balanced(self, outcome: PlanOutcome) -> None:
        if isinstance(outcome, Plan):
            self.workbench.do(draft_of(outcome.stages))
        else:
            self.note.say("warning", outcome.reason, " ".join(outcome.suggestions))

    def _ask_what_if(self) -> None:
        dialog = GuestDialog(self.inquiry.add_guest, self)
        # Back to where it is asked from: Qt by itself goes to the window's first control.
        dialog.finished.connect(lambda _result: self.toolbar.add.setFocus())
        dialog.open()

    # Showing

    def _show_place(self, place: int) -> None:
        self.places.setCurrentIndex(place)
        self.question.setVisible(place != Places.NO_MODEL)
        self._show_commands()

    def _show_commands(self) -> None:
        """What can be done now, and which plan jobs will use."""
        bench, chosen = self.workbench, self.state.chosen_plan
        is_shown = self.isVisible() and self.places.currentIndex() == Places.PLAN
        uses_draft = chosen is not None and draft_of(chosen.stages) == bench.draft
        for command in (self._balance, self._even, self._what_if):
            command.setEnabled(is_shown)
        self._without_guests.setEnabled(is_shown and bool(self.inquiry.guests))
        self._undo.setEnabled(is_shown and bench.can_undo)
        self._redo.setEnabled(is_shown and bench.can_redo)
        can_use = is_shown and bench.plan_to_use is not None and not uses_draft
        could_change = (
            chosen is not None
            or bool(self.inquiry.guests)
            or (self.inquiry.best is not None and not bench.is_automatic)
        )
        for command, its_button, can_act in (
            (self._use, self._use_button, can_use),
            (self._decide, self._decide_button, is_shown and could_change),
        ):
            command.setEnabled(can_act)
            its_button.setEnabled(can_act)
        self.toolbar.unused = bench.unused
        self.toolbar.show_choice(
            is_what_if=bool(bench.guests), is_chosen=chosen is not None, is_shown=uses_draft
        )
