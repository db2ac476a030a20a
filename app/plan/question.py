"""What a plan is wanted for: how long the text and the answer are, and what matters most."""

from __future__ import annotations

from PySide6.QtCore import QTimer, Signal
from PySide6.QtWidgets import QComboBox, QSpinBox, QWidget

from app.theme import GAP, GAP_TINY
from app.widgets.basics import label, padded, row
from runtime.planner.values import Goal

USUAL_TEXT_TOKENS = 8192
USUAL_ANSWER_TOKENS = 256
PATIENCE_MILLISECONDS = 400


class PlanQuestion(QWidget):
    """Emits changed a moment after the last keystroke."""

    changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.text_tokens = self._field(64, 1_000_000, USUAL_TEXT_TOKENS, 1024)
        self.text_tokens.setAccessibleName(self.tr("Length of the text in tokens"))
        self.answer_tokens = self._field(1, 32_768, USUAL_ANSWER_TOKENS, 64)
        self.answer_tokens.setAccessibleName(self.tr("Length of the answer in tokens"))
        self.goal = QComboBox()
        self.goal.addItem(self.tr("Fastest answer"), "fastest_answer")
        self.goal.addItem(self.tr("Most documents per hour"), "most_documents")
        self.goal.setAccessibleName(self.tr("What matters most"))
        self._text_label = label(self.tr("&Text"), muted=True)
        self._text_label.setBuddy(self.text_tokens)
        answer_label = label(self.tr("A&nswer"), muted=True)
        answer_label.setBuddy(self.answer_tokens)
        goal_label = label(self.tr("&Goal"), muted=True)
        goal_label.setBuddy(self.goal)
        self.setLayout(
            row(
                self._text_label, self.text_tokens, GAP - GAP_TINY,
                answer_label, self.answer_tokens, GAP - GAP_TINY,
                goal_label, self.goal, None,
            )
        )  # fmt: skip
        self._patience = QTimer(self)
        self._patience.setSingleShot(True)
        self._patience.setInterval(PATIENCE_MILLISECONDS)
        self._patience.timeout.connect(self.changed)
        for field in (self.text_tokens, self.answer_tokens):
            # Not start itself, which would take the value for milliseconds.
            field.valueChanged.connect(self._wait)
        self.goal.currentIndexChanged.connect(self.changed)

    def _wait(self, _value: int) -> None:
        self._patience.start()

    def _field(self, low: int, high: int, value: int, step: int) -> QSpinBox:
        field = padded(QSpinBox())
        field.setRange(low, high)
        field.setSingleStep(step)
        field.setValue(value)
        field.setGroupSeparatorShown(True)
        field.setSuffix(self.tr(" tokens"))
        return field

    @property
    def chosen_goal(self) -> Goal:
        return "most_documents" if self.goal.currentIndex() == 1 else "fastest_answer"

    def follow_document(self, tokens: int) -> None:
        """Take the open document's length; 0: none is open."""
        if tokens:
            self.text_tokens.setValue(tokens)
            self.text_tokens.setToolTip(self.tr("The length of the document that is open."))
        else:
            self.text_tokens.setToolTip("")
