"""Shows that a model is being brought in, how far it is, and lets a person stop it."""

from __future__ import annotations

from PySide6.QtWidgets import QFrame, QHBoxLayout, QProgressBar, QVBoxLayout, QWidget

from app.format import memory, percent
from app.models.getter import ModelGetter
from app.said import said
from app.theme import GAP, GAP_SMALL, GAP_TINY
from app.widgets.basics import button, set_property
from app.widgets.elided import ElidedLabel
from app.widgets.icon_label import IconLabel

STEPS = 1000


class GettingStrip(QFrame):
    """Hidden while nothing is fetched."""

    def __init__(self, getter: ModelGetter, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._getter = getter
        self.setProperty("kind", "note")
        set_property(self, "level", "info")
        self._text = ElidedLabel()
        self._bar = QProgressBar()
        self._bar.setTextVisible(False)
        self._bar.setAccessibleName(self.tr("Progress of getting the model"))
        self._cancel = button(self.tr("Stop"), getter.cancel, kind="quiet")
        self._cancel.setAccessibleName(self.tr("Stop getting the model"))
        words = QVBoxLayout()
        words.setSpacing(GAP_TINY)
        words.addWidget(self._text)
        words.addWidget(self._bar)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(GAP, GAP_SMALL, GAP_SMALL, GAP_SMALL)
        layout.setSpacing(GAP)
        layout.addWidget(IconLabel("download", "accent"))
        layout.addLayout(words, 1)
        layout.addWidget(self._cancel)
        getter.changed.connect(self._show_progress)
        self._show_progress()

    def _show_progress(self) -> None:
        self.setVisible(self._getter.is_busy)
        step, done, total = self._getter.progress
        text = self.tr("Getting {name} …").format(name=self._getter.name)
        if step and step != self._getter.name:
            text += f" {said(step)}"
        if total:
            self._bar.setRange(0, STEPS)
            self._bar.setValue(round(STEPS * done / total))
            text += self.tr(" {part} of {size}").format(
                part=percent(done / total), size=memory(total)
            )
        else:
            self._bar.setRange(0, 0)
        self._text.setText(text)
