"""Makers of the plain controls every page uses, so that they look and speak alike."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QAbstractSpinBox,
    QFrame,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QSizePolicy,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from app.icons import set_icon
from app.theme import GAP, GAP_LARGE, GAP_SMALL


def button(
    text: str,
    on_click: Callable[[], object] | None = None,
    *,
    icon: str = "",
    kind: str = "",
    name: str = "",
    tip: str = "",
) -> QPushButton:
    """A push button. kind: "", "primary", "quiet" or "chip"; name: for screen readers."""
    result = QPushButton(text)
    result.setAutoDefault(False)
    if kind:
        result.setProperty("kind", kind)
    if icon:
        set_icon(result, icon, "on_accent" if kind == "primary" else "text")
    result.setAccessibleName(name or text.replace("&", ""))
    result.setToolTip(tip)
    if on_click is not None:
        result.clicked.connect(lambda _checked=False: on_click())
    return result


def icon_button(icon: str, name: str, on_click: Callable[[], object] | None = None) -> QToolButton:
    """A button with a picture only; its name is its tool tip too."""
    result = QToolButton()
    result.setProperty("kind", "quiet")
    result.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
    set_icon(result, icon)
    result.setAccessibleName(name)
    result.setToolTip(name)
    if on_click is not None:
        result.clicked.connect(lambda _checked=False: on_click())
    return result


def label(text: str = "", *, muted: bool = False, wrap: bool = False, level: str = "") -> QLabel:
    """A label. level: "", "good", "warning", "error" or "info"."""
    result = QLabel(text)
    result.setTextFormat(Qt.TextFormat.PlainText)
    if muted:
        result.setProperty("muted", True)
    if level:
        result.setProperty("level", level)
    if wrap:
        result.setWordWrap(True)
        policy = QSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Minimum)
        policy.setHeightForWidth(True)
        result.setSizePolicy(policy)
    return result


SpinBox = TypeVar("SpinBox", bound=QAbstractSpinBox)


def padded(box: SpinBox) -> SpinBox:
    """A spin box whose text keeps off its left edge, which a stylesheet cannot do."""
    field = box.findChild(QLineEdit)
    if field is not None:
        field.setTextMargins(GAP_SMALL - 2, 0, 0, 0)
    return box


def set_property(widget: QWidget, name: str, value: object) -> None:
    """Change a property the stylesheet looks at."""
    if widget.property(name) != value:
        widget.setProperty(name, value)
        widget.style().unpolish(widget)
        widget.style().polish(widget)
        widget.update()


def card(*, is_flat: bool = False) -> tuple[QFrame, QVBoxLayout]:
    """A raised surface with a layout inside; is_flat: with less room above and below."""
    frame = QFrame()
    frame.setProperty("kind", "card")
    inside = QVBoxLayout(frame)
    margin = GAP if is_flat else GAP_LARGE
    inside.setContentsMargins(GAP_LARGE, margin, GAP_LARGE, margin)
    inside.setSpacing(GAP)
    return frame, inside


def line() -> QFrame:
    """A thin horizontal rule."""
    frame = QFrame()
    frame.setProperty("kind", "line")
    frame.setFixedHeight(1)
    return frame


def row(*items: QWidget | int | None, spacing: int = GAP) -> QHBoxLayout:
    """Widgets side by side; a number is a fixed gap and None takes what is left over."""
    layout = QHBoxLayout()
    layout.setContentsMargins(0, 0, 0, 0)
    layout.setSpacing(spacing)
    for item in items:
        if item is None:
            layout.addStretch(1)
        elif isinstance(item, int):
            layout.addSpacing(item)
        else:
            layout.addWidget(item)
    return layout
