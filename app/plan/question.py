"""What a plan is wanted for: text and answer, what matters most, and how exact weights are."""

from __future__ import annotations

from PySide6.QtCore import QSize, QTimer, Signal
from PySide6.QtWidgets import QSpinBox, QWidget

from app.theme import CONTROL_HEIGHT, GAP, GAP_LARGE, GAP_TINY
from app.widgets.basics import label, padded, row
from app.widgets.combo import ChoiceBox
from app.widgets.flow import FlowLayout
from runtime.planner.values import Goal

USUAL_TEXT_TOKENS = 8192
USUAL_ANSWER_TOKENS = 256
PATIENCE_MILLISECONDS = 400


class TokensBox(QSpinBox):
    """No higher than the lists beside it; Qt reckons with the padding of its text twice."""

    def sizeHint(self) -> QSize:
        return QSize(super().sizeHint().width(), self._usual_height)

    def minimumSizeHint(self) -> QSize:
        return QSize(super().minimumSizeHint().width(), self._usual_height)

    @property
    def _usual_height(self) -> int:
        return max(CONTROL_HEIGHT, self.fontMetrics().height() + GAP)


class PlanQuestion(QWidget):
    """Emits changed a moment after the last keystroke."""

    changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.text_tokens = self._field(64, 1_000_000, USUAL_TEXT_TOKENS, 1024)
        self.text_tokens.setAccessibleName(self.tr("Length of the text in tokens"))
        self.answer_tokens = self._field(1, 32_768, USUAL_ANSWER_TOKENS, 64)
        self.answer_tokens.setAccessibleName(self.tr("Length of the answer in tokens"))
        self.goal = ChoiceBox()
        self.goal.addItem(self.tr("Fastest answer"), "fastest_answer")
        self.goal.addItem(self.tr("Most documents per hour"), "most_documents")
        self.goal.setAccessibleName(self.tr("What matters most"))
        self.precision = ChoiceBox()
        self.precision.addItem(self.tr("16 bit (full)"), 16)
        self.precision.addItem(self.tr("8 bit"), 8)
        self.precision.addItem(self.tr("4 bit (smallest)"), 4)
        self.precision.setAccessibleName(self.tr("Precision of the weights"))
        self.precision.setToolTip(
            self.tr("Fewer bits need less memory and answer sooner, but are a little less exact.")
        )
        self._text_label = label(self.tr("&Text"), muted=True)
        self._text_label.setBuddy(self.text_tokens)
        answer_label = label(self.tr("An&swer"), muted=True)
        answer_label.setBuddy(self.answer_tokens)
        goal_label = label(self.tr("&Goal"), muted=True)
        goal_label.setBuddy(self.goal)
        precision_label = label(self.tr("P&recision"), muted=True)
        precision_label.setBuddy(self.precision)
        # Where a window is narrow or words are long, what has no room stands in a second line.
        flow = FlowLayout(self, GAP + GAP_LARGE + GAP_TINY)
        for caption, field in (
            (self._text_label, self.text_tokens),
            (answer_label, self.answer_tokens),
            (goal_label, self.goal),
            (precision_label, self.precision),
        ):
            pair = QWidget()
            pair.setLayout(row(caption, field))
            flow.addWidget(pair)
        self._patience = QTimer(self)
        self._patience.setSingleShot(True)
        self._patience.setInterval(PATIENCE_MILLISECONDS)
        self._patience.timeout.connect(self.changed)
        for field in (self.text_tokens, self.answer_tokens):
            # Not start itself, which would take the value for milliseconds.
            field.valueChanged.connect(self._wait)
        self.goal.currentIndexChanged.connect(self.changed)
        self.precision.currentIndexChanged.connect(self.changed)

    def _wait(self, _value: int) -> None:
        self._patience.start()

    def _field(self, low: int, high: int, value: int, step: int) -> QSpinBox:
        field = padded(TokensBox())
        field.setRange(low, high)
        field.setSingleStep(step)
        field.setValue(value)
        field.setGroupSeparatorShown(True)
        field.setSuffix(self.tr(" tokens"))
        return field

    @property
    def chosen_goal(self) -> Goal:
        return "most_documents" if self.goal.currentIndex() == 1 else "fastest_answer"

    @property
    def weight_bits(self) -> int:
        return int(self.precision.currentData())

    def choose_weight_bits(self, weight_bits: int) -> None:
        self.precision.setCurrentIndex(self.precision.findData(weight_bits))

    def follow_document(self, tokens: int) -> None:
        """Take the open document's length; 0: none is open."""
        if tokens:
            self.text_tokens.setValue(tokens)
            self.text_tokens.setToolTip(self.tr("The length of the document that is open."))
        else:
            self.text_tokens.setToolTip("")
