"""The column at the left: one button per page, and the model chooser below them."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QButtonGroup, QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from app.icons import set_icon
from app.model_chooser import ModelChooser
from app.state import AppState
from app.theme import GAP, GAP_LARGE, GAP_SMALL, GAP_TINY, NAVIGATION_WIDTH, heading_font
from app.widgets.basics import icon_button, label
from app.widgets.icon_label import IconLabel


class Navigation(QWidget):
    """Emits page_chosen(name) when a person picks a page."""

    page_chosen = Signal(str)
    settings_wanted = Signal()

    def __init__(
        self, state: AppState, pages: dict[str, tuple[str, str]], parent: QWidget | None = None
    ) -> None:
        """pages maps a page's name to its icon and its translated title."""
        super().__init__(parent)
        self.setProperty("kind", "navigation")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setFixedWidth(NAVIGATION_WIDTH)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(GAP, GAP_LARGE, GAP, GAP_LARGE)
        layout.setSpacing(GAP_TINY)
        brand = QHBoxLayout()
        brand.setSpacing(GAP_SMALL)
        brand.setContentsMargins(GAP_SMALL, 0, 0, GAP)
        brand.addWidget(IconLabel("hpipe", "text", 26))
        name = label("HPipe")
        name.setFont(heading_font(self))
        brand.addWidget(name, 1)
        settings = icon_button("settings", self.tr("Settings"), self.settings_wanted.emit)
        brand.addWidget(settings)
        layout.addLayout(brand)
        self._buttons: dict[str, QPushButton] = {}
        group = QButtonGroup(self)
        for number, (page, (icon, title)) in enumerate(pages.items(), start=1):
            item = QPushButton(title)
            item.setProperty("kind", "page")
            item.setCheckable(True)
            item.setAutoDefault(False)
            set_icon(item, icon)
            item.setAccessibleName(title)
            item.setToolTip(self.tr("{title} (Ctrl+{number})").format(title=title, number=number))
            item.clicked.connect(lambda _checked=False, page=page: self.page_chosen.emit(page))
            group.addButton(item)
            layout.addWidget(item)
            self._buttons[page] = item
        layout.addStretch(1)
        self.chooser = ModelChooser(state)
        layout.addWidget(self.chooser)

    def show_page(self, page: str) -> None:
        self._buttons[page].setChecked(True)

    def focus_page(self, page: str) -> None:
        self._buttons[page].setFocus(Qt.FocusReason.OtherFocusReason)
