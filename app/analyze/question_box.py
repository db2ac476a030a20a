"""Where a question is written: ready-made ones, one's own, and the options out of the way."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QMimeData, Qt, Signal
from PySide6.QtGui import QInputMethodEvent, QKeyEvent, QTextCursor
from PySide6.QtWidgets import (
    QPlainTextEdit,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from app.format import number
from app.theme import GAP_SMALL
from app.widgets.basics import button, icon_button, label, row
from app.widgets.combo import ChoiceBox
from app.widgets.flow import FlowLayout

LINES = (1, 5)
ENTER = (Qt.Key.Key_Return, Qt.Key.Key_Enter)
CONTROL = Qt.KeyboardModifier.ControlModifier
FRAME = 12  # border and padding, above and below
LENGTHS = (128, 512, 2048)
TEMPERATURES = (0.0, 0.4, 0.8)


class QuestionInput(QPlainTextEdit):
    """Enter asks, Shift+Enter begins a new line; grows with what is written."""

    sent = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setTabChangesFocus(True)
        self.setPlaceholderText(self.tr("Ask about the document"))
        self.setAccessibleName(self.tr("Question"))
        self.setAccessibleDescription(self.tr("Enter asks, Shift and Enter begin a new line."))
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAsNeeded)
        self._is_composing = False
        self.document().documentLayout().documentSizeChanged.connect(lambda _: self._fit())
        self._fit()

    def event(self, event: QEvent) -> bool:
        """Ctrl+Enter asks too, whatever else it is a shortcut for."""
        if (
            event.type() == QEvent.Type.ShortcutOverride
            and isinstance(event, QKeyEvent)
            and event.key() in ENTER
            and event.modifiers() in (CONTROL, Qt.KeyboardModifier.NoModifier)
        ):
            event.accept()
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in ENTER and not self._is_composing:
            if not event.modifiers() & Qt.KeyboardModifier.ShiftModifier:
                self.sent.emit()
                return
            self.insertPlainText("\n")
            return
        super().keyPressEvent(event)

    def inputMethodEvent(self, event: QInputMethodEvent) -> None:
        """While a Chinese or Japanese word is composed, Enter chooses it and asks nothing."""
        super().inputMethodEvent(event)
        self._is_composing = bool(event.preeditString())

    def canInsertFromMimeData(self, source: QMimeData) -> bool:
        return not source.hasUrls() and super().canInsertFromMimeData(source)

    def _fit(self) -> None:
        lines = min(LINES[1], max(LINES[0], round(self.document().size().height())))
        inside = self.document().documentMargin() * 2
        self.setFixedHeight(round(self.fontMetrics().lineSpacing() * lines + inside) + FRAME)


class QuestionBox(QWidget):
    """Emits asked(question) and asked_of_all(question)."""

    asked = Signal(str)
    asked_of_all = Signal(str)
    compare_wanted = Signal(str)
    options_changed = Signal(int, float)  # answer tokens, temperature

    def __init__(self, output_tokens: int, temperature: float) -> None:
        super().__init__()
        self._count = 1
        self._can_ask = True
        self.input = QuestionInput()
        self.input.sent.connect(self.send)
        self.input.textChanged.connect(self._enable)
        self.ask = button(
            self.tr("As&k"), self.send, icon="send", kind="primary",
            name=self.tr("Ask the question"), tip=self.tr("Ask the question (Enter)"),
        )  # fmt: skip
        self.ask_all = button("", self.send_to_all, tip=self.tr("Ask every open document"))
        self._make_options(output_tokens, temperature)
        self.options = icon_button("settings", self.tr("Answer length and temperature"))
        self.options.setCheckable(True)
        self.options.toggled.connect(self._options_row.setVisible)
        chips = QWidget()
        flow = FlowLayout(chips)
        self.chips = [self._chip(*texts) for texts in self._ready_questions()]
        self.compare = button(
            self.tr("Compare"), self._compare, kind="chip",
            name=self.tr("Question: compare"),
        )  # fmt: skip
        for chip in (*self.chips, self.compare):
            flow.addWidget(chip)
        bottom = row(spacing=GAP_SMALL)
        bottom.addWidget(self.input, 1)
        for widget in (self.options, self.ask_all, self.ask):
            bottom.addWidget(widget, 0, Qt.AlignmentFlag.AlignBottom)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(GAP_SMALL)
        layout.addWidget(chips)
        layout.addLayout(bottom)
        layout.addWidget(self._options_row)
        self.show_state(1, can_ask=False, reason="")

    @property
    def question(self) -> str:
        return self.input.toPlainText().strip()

    def set_question(self, question: str) -> None:
        """Put a question in, ready to be changed or asked."""
        self.input.setPlainText(question)
        self.input.moveCursor(QTextCursor.MoveOperation.End)
        self.input.setFocus(Qt.FocusReason.OtherFocusReason)

    def show_state(self, documents: int, *, can_ask: bool, reason: str) -> None:
        """How many documents could be asked, and whether the one that is shown can be."""
        self._count = documents
        self._can_ask = can_ask
        self.ask.setToolTip(reason or self.tr("Ask the question (Enter)"))
        self.ask_all.setText(self.tr("Ask all {n}").format(n=number(documents)))
        self.ask_all.setAccessibleName(
            self.tr("Ask all {n} documents the question").format(n=number(documents))
        )
        self.ask_all.setVisible(documents > 1)
        self.compare.setToolTip(
            self.tr("Read the open documents together and compare them")
            if documents > 1
            else self.tr("Compare what the document says in different places")
        )
        self._enable()

    def send(self) -> None:
        if self.question and self._can_ask:
            question = self.question
            self._keep_focus()
            self.input.clear()
            self.asked.emit(question)

    def send_to_all(self) -> None:
        if self.question:
            question = self.question
            self._keep_focus()
            self.input.clear()
            self.asked_of_all.emit(question)

    def _keep_focus(self) -> None:
        """What was pressed cannot be used without a question: its focus would go to a chip."""
        if self.ask.hasFocus() or self.ask_all.hasFocus():
            self.input.setFocus(Qt.FocusReason.OtherFocusReason)

    def _enable(self) -> None:
        has_question = bool(self.question)
        self.ask.setEnabled(has_question and self._can_ask)
        self.ask_all.setEnabled(has_question)

    def _ready_questions(self) -> tuple[tuple[str, str], ...]:
        return (
            (
                self.tr("Summarise"),
                self.tr("Summarise the document in a few sentences."),
            ),
            (
                self.tr("Key facts"),
                self.tr("List the key facts: names, dates, amounts and decisions."),
            ),
            (self.tr("Find"), self.tr("What does the document say about ")),
        )

    def _chip(self, text: str, question: str) -> QPushButton:
        return button(
            text, lambda: self.set_question(question), kind="chip",
            name=self.tr("Question: {text}").format(text=text), tip=question,
        )  # fmt: skip

    def _compare(self) -> None:
        if self._count > 1:
            question = self.tr(
                "Compare the documents: what do they agree on, where do they differ?"
            )
            self.compare_wanted.emit(question)
        else:
            self.set_question(
                self.tr("Compare the choices the document describes: what speaks for each?")
            )

    def _make_options(self, output_tokens: int, temperature: float) -> None:
        self._length = ChoiceBox()
        names = (self.tr("Short"), self.tr("Medium"), self.tr("Long"))
        for name, tokens in zip(names, LENGTHS, strict=True):
            text = self.tr("{name}: up to {n} tokens").format(name=name, n=number(tokens))
            self._length.addItem(text, tokens)
        self._length.setCurrentIndex(max(0, self._length.findData(output_tokens)))
        self._length.setAccessibleName(self.tr("Longest answer"))
        self._temperature = ChoiceBox()
        names = (
            self.tr("{n}: the likeliest words"),
            self.tr("{n}: a little varied"),
            self.tr("{n}: varied"),
        )
        for name, value in zip(names, TEMPERATURES, strict=True):
            self._temperature.addItem(name.format(n=number(value, 1)), value)
        self._temperature.setCurrentIndex(max(0, self._temperature.findData(temperature)))
        self._temperature.setAccessibleName(self.tr("Temperature"))
        self._length.currentIndexChanged.connect(self._tell_options)
        self._temperature.currentIndexChanged.connect(self._tell_options)
        captions = (
            (label(self.tr("Length"), muted=True), self._length),
            (label(self.tr("Temperature"), muted=True), self._temperature),
        )
        self._options_row = QWidget()
        flow = FlowLayout(self._options_row)
        for caption, control in captions:
            holder = QWidget()
            holder.setLayout(row(caption, control, spacing=GAP_SMALL))
            flow.addWidget(holder)
        self._options_row.hide()

    def _tell_options(self) -> None:
        self.options_changed.emit(self._length.currentData(), self._temperature.currentData())
