"""Chooses the model every page works with; it sits below the navigation and is always there."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from app.format import memory
from app.state import AppState
from app.theme import GAP_TINY, small_font
from app.widgets.basics import label
from app.widgets.combo import ElidedComboBox

MORE = "\0more"


class ModelChooser(QWidget):
    """A list of the installed models; its last entry asks for others."""

    more_wanted = Signal()

    def __init__(self, state: AppState, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._state = state
        title = label(self.tr("Model"), muted=True)
        title.setFont(small_font(self))
        self._box = ElidedComboBox()
        self._box.setAccessibleName(self.tr("Model"))
        title.setBuddy(self._box)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(GAP_TINY)
        layout.addWidget(title)
        layout.addWidget(self._box)
        self._box.activated.connect(self._choose)
        state.models_changed.connect(self._show)
        state.model_chosen.connect(self._show)
        state.pool_changed.connect(self._show_unless_known)
        self._show()

    def focus_list(self) -> None:
        self._box.setFocus(Qt.FocusReason.ShortcutFocusReason)

    def _show(self) -> None:
        self._box.clear()
        installed = [m for m in self._state.models or () if m.is_installed]
        for model in installed:
            self._box.addItem(model.name, model.model_id)
            size = memory(model.total_bytes)
            index = self._box.count() - 1
            self._box.setItemData(index, f"{model.name}, {size}", Qt.ItemDataRole.ToolTipRole)
        if self._state.models is None and self._state.start_error is None:
            self._box.addItem(self.tr("Looking …"), "")
        elif not installed:
            self._box.addItem(self.tr("None yet"), "")
        self._box.insertSeparator(self._box.count())
        self._box.addItem(self.tr("Get another model …"), MORE)
        self._box.setCurrentIndex(max(0, self._box.findData(self._state.model_id)))

    def _show_unless_known(self) -> None:
        if self._state.models is None:
            self._show()

    def _choose(self, index: int) -> None:
        chosen = self._box.itemData(index)
        if chosen == MORE:
            self._show()
            self.more_wanted.emit()
        elif chosen:
            self._state.choose_model(chosen)
