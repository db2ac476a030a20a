"""The first start in three short steps: this machine, another machine, the demo."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QStackedWidget, QVBoxLayout, QWidget

from app.format import memory
from app.settings.store import SettingsStore
from app.state import AppState
from app.theme import GAP, GAP_LARGE, GAP_PAGE, GAP_TINY, title_font
from app.welcome.steps import StepDots
from app.widgets.basics import button, card, label, row, set_property
from app.widgets.dialog import Dialog
from app.widgets.elided import ElidedLabel
from app.widgets.icon_label import IconLabel
from runtime.errors import HPipeError

STEPS = 3


class WelcomeDialog(Dialog):
    """Shown once. on_add opens what pairs another machine; on_demo tries the sample document."""

    def __init__(
        self,
        store: SettingsStore,
        state: AppState,
        on_add: Callable[[], object],
        on_demo: Callable[[], object],
        parent: QWidget,
    ) -> None:
        super().__init__(parent, 580, 400)
        self._store = store
        self._state = state
        self._on_add = on_add
        self._on_demo = on_demo
        self.heading.setFont(title_font(self))
        self.set_title(self.tr("Welcome to HPipe"))
        self._steps = QStackedWidget()
        for step in (self._this_machine(), self._another_machine(), self._demo()):
            self._steps.addWidget(step)
        self._dots = StepDots(STEPS)
        self.body.addWidget(self._steps, 1)
        self._back = button(self.tr("&Back"), lambda: self.go(-1))
        self._skip = button(self.tr("&Skip"), self.reject, kind="quiet")
        self._next = button(self.tr("&Next"), lambda: self.go(1), kind="primary")
        self._next.setDefault(True)
        self.buttons.insertWidget(0, self._dots)
        for one in (self._skip, self._back, self._next):
            self.buttons.addWidget(one)
        state.pool_changed.connect(self._show_pool)
        self.finished.connect(self._keep)
        self._show_pool()
        self.go(0)
        self._next.setFocus(Qt.FocusReason.OtherFocusReason)

    @property
    def step(self) -> int:
        return self._steps.currentIndex()

    # The three steps

    def _this_machine(self) -> QWidget:
        self._name = ElidedLabel()
        font = self._name.font()
        font.setWeight(font.Weight.DemiBold)
        self._name.setFont(font)
        self._devices = label(muted=True, wrap=True)
        frame, inside = card()
        self._devices.setAlignment(Qt.AlignmentFlag.AlignTop)
        words = QVBoxLayout()
        words.setSpacing(GAP_TINY)
        words.addWidget(self._name)
        words.addWidget(self._devices)
        words.addStretch(1)
        holder = row(IconLabel("this-machine", "accent", 32), spacing=GAP_LARGE)
        holder.addLayout(words, 1)
        inside.addLayout(holder)
        return _step(
            self.tr(
                "HPipe reads long documents with a language model that runs on machines you own. "
                "It splits the model over them, so that all of them read at once. This machine "
                "takes part already:"
            ),
            frame,
        )

    def _another_machine(self) -> QWidget:
        self._found = label(muted=True, wrap=True)
        frame, inside = card()
        for number, text in enumerate(
            (
                self.tr("Open HPipe on the other machine, or run “main.py worker” there."),
                self.tr("It appears on the Machines page of both."),
                self.tr("Type the six digits one machine shows on the other."),
            ),
            start=1,
        ):
            sentence = label(text, wrap=True)
            figure = label(f"{number}.", muted=True)
            figure.setAlignment(Qt.AlignmentFlag.AlignTop)
            line = QHBoxLayout()
            line.addWidget(figure)
            line.addWidget(sentence, 1)
            inside.addLayout(line)
        self.add_button = button(self.tr("&Add a machine now …"), self._add, icon="add")
        return _step(
            self.tr("A second machine in the same network makes long documents faster."),
            frame,
            self._found,
            self.add_button,
        )

    def _demo(self) -> QWidget:
        self.try_button = button(
            self.tr("&Try the demo"), self._try_demo, icon="play", kind="primary"
        )
        return _step(
            self.tr(
                "The demo brings in a small model (about 250 MB), opens a sample document and asks "
                "a question about it. You see who reads what, and where in the document the answer "
                "was found."
            ),
            self.try_button,
            label(
                self.tr("You find these steps again under Help, First steps."),
                muted=True,
                wrap=True,
            ),
        )

    # What happens

    def go(self, by: int) -> None:
        target = self.step + by
        if target >= STEPS:
            self.accept()
            return
        self._steps.setCurrentIndex(target)
        titles = (
            self.tr("Welcome to HPipe"),
            self.tr("Add another machine"),
            self.tr("Try it"),
        )
        self.set_title(titles[target])
        self._dots.show_step(target)
        self._back.setVisible(target > 0)
        is_last = target == STEPS - 1
        self._skip.setVisible(not is_last)
        set_property(self._next, "kind", "" if is_last else "primary")
        self._next.setText(self.tr("&Finish") if is_last else self.tr("&Next"))
        # Enter does what the step is about.
        main = self.try_button if is_last else self._next
        main.setDefault(True)
        main.setFocus(Qt.FocusReason.OtherFocusReason)
        self._next.setAccessibleName(self._next.text().replace("&", ""))

    def _show_pool(self) -> None:
        here = next((m for m in self._state.machines if m.is_this_machine), None)
        if here is None:
            self._name.setText(self.tr("Looking at this machine …"))
            self._devices.setText("")
        else:
            self._name.setText(here.name)
            devices = [d.description.name for d in here.devices]
            free = self.tr("{free} of {total} memory free").format(
                free=memory(here.free_memory_bytes), total=memory(here.total_memory_bytes)
            )
            self._devices.setText("\n".join([*devices, free]))
        others = [m for m in self._state.machines if not m.is_this_machine]
        if others:
            self._found.setText(self.tr("%n other machine(s) found already.", "", len(others)))
        else:
            self._found.setText(self.tr("No other machine is found yet. You can do this later."))

    def _add(self) -> None:
        self.accept()
        self._on_add()

    def _try_demo(self) -> None:
        self.accept()
        self._on_demo()

    def _keep(self) -> None:
        try:
            self._store.change(first_start_done=True)
        except HPipeError:
            return  # the disk is full: it will be shown once more, which is no harm


def _step(text: str, *widgets: QWidget) -> QWidget:
    page = QWidget()
    layout = QVBoxLayout(page)
    layout.setContentsMargins(0, 0, 0, 0)
    layout.setSpacing(GAP_LARGE)
    layout.addWidget(label(text, wrap=True))
    for widget in widgets:
        is_button = widget.inherits("QPushButton")
        layout.addWidget(
            widget, 0, Qt.AlignmentFlag.AlignLeft if is_button else Qt.AlignmentFlag(0)
        )
    layout.addSpacing(GAP)
    layout.addStretch(1)
    layout.setContentsMargins(0, 0, 0, GAP_PAGE - GAP)
    return page
