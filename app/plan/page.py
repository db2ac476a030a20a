"""The Plan page: asks for a plan, lets a person change it, and has it used or not."""

from __future__ import annotations

from msgspec.structs import replace
from PySide6.QtCore import Qt
from PySide6.QtGui import QHideEvent, QShowEvent
from PySide6.QtWidgets import QMenu, QPushButton, QStackedWidget, QVBoxLayout, QWidget

from app.bridge import Bridge, Call
from app.format import number
from app.plan.draft import Draft, draft_of
from app.plan.faces import Face, faces_of
from app.plan.guest_dialog import GuestDialog
from app.plan.guests import Guest, with_guests
from app.plan.question import PlanQuestion
from app.plan.shortage import Shortage
from app.plan.waiting import Waiting
from app.plan.workbench import Workbench
from app.state import AppState
from app.theme import GAP
from app.widgets.basics import button, icon_button, set_property
from app.widgets.elided import ElidedLabel
from app.widgets.empty_state import EmptyState
from app.widgets.page import Page, scrolling
from runtime.errors import HPipeError
from runtime.planner.values import Infeasible, Plan, PlanningProblem, PlanOutcome
from runtime.service import Service
from runtime.snapshots import PlanAnswer, PlanRequest


class PlanPage(Page):
    """Asks again when the model, the lengths, the goal or the pool change, while it is shown."""

    def __init__(self, bridge: Bridge, state: AppState, parent: QWidget | None = None) -> None:
        super().__init__(bridge, state, self.tr("Plan"), parent)
        self._asked: PlanRequest | None = None
        self._asked_members: tuple[object, ...] = ()
        # What the service answered, and what is worked on: the same, but for machines nobody has.
        self._answer: PlanAnswer | None = None
        self._guests: tuple[Guest, ...] = ()
        self._problem: PlanningProblem | None = None
        self._automatic: PlanOutcome | None = None
        self._faces: dict[str, Face] = {}
        self._call: Call | None = None
        self.workbench = Workbench()
        self._make_commands()
        self._make_toolbar()
        self._make_body()
        bridge.ready.connect(self._look)
        state.pool_changed.connect(self._look)
        state.models_changed.connect(self._look)
        state.model_chosen.connect(self._on_model)
        state.prompt_changed.connect(self._on_document)
        state.plan_chosen.connect(self._show_choice)
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
            self.tr("&Only what I have"), self._drop_guests, shortcut="Ctrl+Shift+D"
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

    def _make_toolbar(self) -> None:
        self._balance_button = button(
            self.tr("&Balance"), self._balance_layers, icon="balance", kind="quiet",
            name=self.tr("Balance the layers"),
            tip=self.tr("The best boundaries for these machines in this order (Ctrl+B)"),
        )  # fmt: skip
        self._even_button = button(
            self.tr("&Even"), self.workbench.split_evenly, kind="quiet",
            name=self.tr("Even layers"), tip=self.tr("As many layers for each machine (Ctrl+E)"),
        )  # fmt: skip
        self._alone_button = self._menu_button(self.tr("&One machine"), self._fill_alone)
        self._add_button = self._menu_button(self.tr("&Add a machine"), self._fill_add)
        self._undo_button = icon_button("undo", self.tr("Undo (Ctrl+Z)"), self._undo.trigger)
        self._redo_button = icon_button("redo", self.tr("Redo (Ctrl+Shift+Z)"), self._redo.trigger)
        self._choice = ElidedLabel()
        self._choice.setProperty("muted", True)
        self._choice.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self._decide_button = button(
            self.tr("Let HPipe &decide"), self._let_decide,
            tip=self.tr("HPipe makes the best plan for each document (Ctrl+Backspace)"),
        )  # fmt: skip
        self._use_button = button(
            self.tr("&Use this plan"), self._use_plan, icon="check", kind="primary"
        )
        for widget in (
            self._balance_button, self._even_button, self._alone_button, self._add_button,
            self._undo_button, self._redo_button,
        ):  # fmt: skip
            self.workbench.toolbar.addWidget(widget)
        self.workbench.toolbar.addWidget(self._choice, 1)
        self.actions.addWidget(self._decide_button)
        self.actions.addWidget(self._use_button)

    def _menu_button(self, text: str, fill: object) -> QPushButton:
        result = button(text, kind="quiet")
        menu = QMenu(result)
        menu.aboutToShow.connect(lambda: fill(menu))  # type: ignore[operator]
        result.setMenu(menu)
        return result

    def _make_body(self) -> None:
        self.question = PlanQuestion()
        self.question.changed.connect(self._look)
        self.workbench.changed.connect(self._show_commands)
        self.workbench.changed.connect(self._show_choice)
        self.shortage = Shortage()
        self.shortage.hide()
        content = QWidget()
        layout = QVBoxLayout(content)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(GAP)
        layout.addWidget(self.shortage)
        layout.addWidget(self.workbench, 1)
        self._waiting = Waiting(self._cancel)
        self._states: dict[str, QWidget] = {
            "plan": scrolling(content, self.tr("Plan")),
            "waiting": self._waiting,
            "no-model": EmptyState(
                "model",
                self.tr("No model yet"),
                self.tr("Choose one at the left, or get one: then HPipe can split its layers."),
            ),
            "no-machines": EmptyState(
                "machines",
                self.tr("No machine takes part"),
                self.tr("A plan needs at least one machine that is paired and not left out."),
                button(
                    self.tr("Go to &Machines"),
                    lambda: self.page_wanted.emit("machines"),
                    kind="primary",
                ),
            ),
            "failed": EmptyState(
                "plan",
                self.tr("No plan yet"),
                self.tr("Nothing was planned. The reason is above, if there is one."),
                button(self.tr("&Plan again"), self._ask, icon="refresh", kind="primary"),
            ),
        }
        self._stack = QStackedWidget()
        for widget in self._states.values():
            self._stack.addWidget(widget)
        self.body.setSpacing(GAP)
        self.body.addWidget(self.question)
        self.body.addWidget(self._stack, 1)
        self._show_state("waiting")

    # Asking

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._look()
        self._show_commands()

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self._show_commands()

    def _on_model(self) -> None:
        self._answer = None
        self._problem = None
        self._look()

    def _on_document(self) -> None:
        self.question.follow_document(self.state.prompt_tokens)
        self._look()

    @property
    def _members(self) -> tuple[object, ...]:
        """What of the pool a plan depends on."""
        return tuple(
            (machine.machine_id, machine.memory_limit_bytes) for machine in self.state.members
        )

    def _request(self) -> PlanRequest:
        return PlanRequest(
            model_id=self.state.model_id,
            prompt_tokens=self.question.text_tokens.value(),
            output_tokens=self.question.answer_tokens.value(),
            goal=self.question.chosen_goal,
        )

    def _look(self) -> None:
        """Show what there is; ask for a plan if it would be another one than was asked for."""
        model = self.state.model
        if self.state.models is not None and model is None:
            self._forget()
            self._show_state("no-model")
        elif self.state.pool is not None and not self._members:
            self._forget()
            self._show_state("no-machines")
        elif model is not None and self.state.pool is not None:
            self._waiting.show_machines(self.state.machines)
            is_new = self._request() != self._asked or self._members != self._asked_members
            if self.isVisible() and is_new:
                self._ask()
        self._show_commands()

    def _forget(self) -> None:
        self._cancel_call()
        self._asked = None
        self._answer = None
        self._problem = None
        self.set_subtitle("")

    def _ask(self) -> None:
        self._cancel_call()
        self._asked, self._asked_members = self._request(), self._members
        self.note.clear()
        if self._problem is None:
            self._waiting.show_machines(self.state.machines)
            self._show_state("waiting")
        self.set_subtitle(self.tr("Planning …"))
        self._call = self.bridge.call(
            Service.plan, self._asked, owner=self, on_done=self._on_answer, on_error=self._on_error
        )

    def _cancel_call(self) -> None:
        if self._call is not None:
            self._call.cancel()
            self._call = None

    def _cancel(self) -> None:
        self._cancel_call()
        self.set_subtitle("")
        self._show_state("failed")

    def _on_error(self, error: HPipeError) -> None:
        self._call = None
        self.note.show_error(error)
        self.set_subtitle("")
        self._show_state("failed" if self._problem is None else "plan")

    def _on_answer(self, answer: PlanAnswer) -> None:
        self._call = None
        # A plan a person works on stays while only lengths or goal changed.
        kept = None
        if self._problem is not None and not self.workbench.is_automatic:
            kept = self.workbench.draft
        elif self.state.chosen_plan is not None:
            kept = draft_of(self.state.chosen_plan.stages)
        self._answer = answer
        if self._guests:
            self._solve_with_guests(kept)
        else:
            self._open(answer.problem, answer.outcome, kept)

    def _open(
        self, problem: PlanningProblem, outcome: PlanOutcome, draft: Draft | None = None
    ) -> None:
        """Work on a problem with the planner's answer to it."""
        self._problem, self._automatic = problem, outcome
        self._faces = faces_of(problem, self.state)
        self.shortage.setVisible(isinstance(outcome, Infeasible))
        if isinstance(outcome, Infeasible):
            self.shortage.show_outcome(outcome, self._name_of)
        automatic = outcome if isinstance(outcome, Plan) else None
        own = self._answer.outcome if self._answer is not None else None
        without = own if isinstance(own, Plan) else None
        if problem.devices:
            self.workbench.open(problem, automatic, self._faces, draft, without)
        self.workbench.setVisible(bool(problem.devices))
        self._show_state("plan")
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
        self._drop_guests()
        self.workbench.take_automatic()

    def _balance_layers(self) -> None:
        draft = self.workbench.draft
        if self._problem is None or draft is None:
            return
        self.note.clear()
        self.bridge.call(
            Service.solve,
            replace(self._problem, fixed_order=draft.keys),
            owner=self,
            on_done=self._on_balanced,
            on_error=self.note.show_error,
        )

    def _on_balanced(self, outcome: PlanOutcome) -> None:
        if isinstance(outcome, Plan):
            self.workbench.do(draft_of(outcome.stages))
        else:
            self.note.say("warning", outcome.reason, " ".join(outcome.suggestions))

    def _fill_alone(self, menu: QMenu) -> None:
        menu.clear()
        for key, face in self._faces.items():
            menu.addAction(face.name, lambda key=key: self.workbench.use_alone(key))

    def _fill_add(self, menu: QMenu) -> None:
        menu.clear()
        for key in self.workbench.unused:
            name = self._faces[key].name
            menu.addAction(name, lambda key=key: self.workbench.add_device(key))
        if menu.isEmpty():
            menu.addAction(self.tr("All machines take part")).setEnabled(False)
        menu.addSeparator()
        menu.addAction(self._what_if)
        if self._guests:
            menu.addAction(self._without_guests)

    # What if

    def _ask_what_if(self) -> None:
        GuestDialog(self._add_guest, self).open()

    def _add_guest(self, guest: Guest) -> None:
        self._guests = (*self._guests, guest)
        self._solve_with_guests()

    def _solve_with_guests(self, draft: Draft | None = None) -> None:
        if self._answer is None:
            return
        problem = with_guests(self._answer.problem, self._guests)
        self._cancel_call()
        self.set_subtitle(self.tr("Planning …"))
        self._call = self.bridge.call(
            Service.solve,
            problem,
            owner=self,
            on_done=lambda outcome: self._on_solved(problem, outcome, draft),
            on_error=self._on_error,
        )

    def _on_solved(
        self, problem: PlanningProblem, outcome: PlanOutcome, draft: Draft | None
    ) -> None:
        self._call = None
        self._open(problem, outcome, draft)

    def _drop_guests(self) -> None:
        if self._guests and self._answer is not None:
            self._guests = ()
            self._cancel_call()
            self._open(self._answer.problem, self._answer.outcome)

    # Showing

    def _show_state(self, name: str) -> None:
        self._stack.setCurrentWidget(self._states[name])
        self.question.setVisible(name != "no-model")
        self._show_commands()

    @property
    def _is_shown(self) -> bool:
        return self.isVisible() and self._stack.currentWidget() is self._states["plan"]

    def _show_commands(self) -> None:
        is_shown = self._is_shown
        can_use = self.workbench.plan_to_use is not None
        is_used = can_use and self._uses_draft
        for part in (self._balance, self._balance_button, self._even, self._even_button):
            part.setEnabled(is_shown)
        for part in (self._alone_button, self._add_button, self._what_if):
            part.setEnabled(is_shown)
        self._without_guests.setEnabled(is_shown and bool(self._guests))
        for part in (self._undo, self._undo_button):
            part.setEnabled(is_shown and self.workbench.can_undo)
        for part in (self._redo, self._redo_button):
            part.setEnabled(is_shown and self.workbench.can_redo)
        for part in (self._use, self._use_button):
            part.setEnabled(is_shown and can_use and not is_used)
        could_change = (
            self.state.chosen_plan is not None
            or bool(self._guests)
            or (isinstance(self._automatic, Plan) and not self.workbench.is_automatic)
        )
        for part in (self._decide, self._decide_button):
            part.setEnabled(is_shown and could_change)

    @property
    def _uses_draft(self) -> bool:
        chosen = self.state.chosen_plan
        return chosen is not None and draft_of(chosen.stages) == self.workbench.draft

    def _show_choice(self) -> None:
        """Which plan jobs will use, in words."""
        if self.workbench.guests:
            self._choice.setText(self.tr("What if: no job uses this."))
            set_property(self._choice, "level", "warning")
        elif self.state.chosen_plan is None:
            self._choice.setText(self.tr("HPipe decides for each document."))
            set_property(self._choice, "level", "")
        elif self._uses_draft:
            self._choice.setText(self.tr("In use for the next documents."))
            set_property(self._choice, "level", "good")
        else:
            self._choice.setText(self.tr("Another plan of yours is in use."))
            set_property(self._choice, "level", "warning")
        self._show_commands()
