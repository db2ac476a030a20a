"""Finds text that is cut off, and controls a screen reader has no name for."""

from __future__ import annotations

import re

from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtGui import QAccessible, QKeySequence
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractScrollArea,
    QCheckBox,
    QComboBox,
    QLabel,
    QMainWindow,
    QPushButton,
    QScrollArea,
    QStyle,
    QStyleOptionComboBox,
    QTabBar,
    QWidget,
)

from app.widgets.combo import ElidedComboBox
from app.widgets.elided import ElidedLabel

# Where a line may break: at white space, and after any Chinese character.
BREAK = re.compile(r"\s+|(?<=[\u3000-\u9fff\uff00-\uffef])")


def clipped(root: QWidget) -> list[str]:
    """What is cut off below a shown widget: labels, buttons, and widgets outside their parents."""
    found = []
    for widget in root.findChildren(QWidget):
        if not widget.isVisibleTo(root) or widget.size().isEmpty():
            continue
        if isinstance(widget, ElidedLabel):
            if widget.text() and widget.toolTip() == "":
                found.append(f"shortened without a tool tip: {widget.text()!r}")
        elif isinstance(widget, QLabel) and widget.text():
            found += _label_problems(widget)
        elif isinstance(widget, QPushButton | QCheckBox) and widget.text():
            needed = widget.minimumSizeHint()
            if widget.width() < needed.width() or widget.height() < needed.height():
                found.append(f"button {widget.text()!r}: {widget.size()} of {needed}")
        elif isinstance(widget, QComboBox) and not isinstance(widget, ElidedComboBox):
            found += _choice_problems(widget)
        found += _outside(widget)
    return found


def _choice_problems(box: QComboBox) -> list[str]:
    """An entry that is shown without its end."""
    option = QStyleOptionComboBox()
    box.initStyleOption(option)
    field = box.style().subControlRect(
        QStyle.ComplexControl.CC_ComboBox, option, QStyle.SubControl.SC_ComboBoxEditField, box
    )
    needed = box.fontMetrics().horizontalAdvance(box.currentText())
    return [f"choice {box.currentText()!r} in {field.size()}"] if needed > field.width() else []


def _label_problems(label: QLabel) -> list[str]:
    room = label.contentsRect()
    if label.wordWrap():
        needed = label.heightForWidth(label.width())
        is_cut = needed > label.height()
        words = BREAK.split(label.text())
        widest = max((label.fontMetrics().horizontalAdvance(word) for word in words), default=0)
        is_cut = is_cut or widest > room.width() + 1
    else:
        lines = label.text().split("\n")
        widest = max(label.fontMetrics().horizontalAdvance(line.replace("&", "")) for line in lines)
        is_cut = widest > room.width() + 1 or label.height() < label.fontMetrics().height()
    return [f"label {label.text()[:60]!r} in {label.size()}"] if is_cut else []


def _outside(widget: QWidget) -> list[str]:
    """A widget that reaches beyond its parent, unless the parent scrolls."""
    parent = widget.parentWidget()
    if parent is None or widget.isWindow():
        return []
    if isinstance(parent.parentWidget(), QAbstractScrollArea | QTabBar):
        return []
    if isinstance(parent, QAbstractScrollArea | QScrollArea | QTabBar):
        return []
    place = QRect(QPoint(0, 0), parent.size()).adjusted(-1, -1, 1, 1)
    if place.contains(widget.geometry()):
        return []
    name = widget.accessibleName() or type(widget).__name__
    return [f"{name[:60]!r} at {widget.geometry()} in {type(parent).__name__} {parent.size()}"]


def nameless(root: QWidget) -> list[str]:
    """The shown widgets below root that take the focus and have no accessible name."""
    found = []
    for widget in [root, *root.findChildren(QWidget)]:
        takes_focus = widget.focusPolicy() & Qt.FocusPolicy.TabFocus
        if not takes_focus or not widget.isVisibleTo(root) or widget.focusProxy() is not None:
            continue
        if widget.objectName().startswith("qt_"):  # parts inside Qt's own controls
            continue
        interface = QAccessible.queryAccessibleInterface(widget)
        name = interface.text(QAccessible.Text.Name) if interface is not None else ""
        if not name.strip():
            found.append(f"{type(widget).__name__} {widget.objectName()} in {_path(widget)}")
    return found


def _path(widget: QWidget) -> str:
    names = []
    parent = widget.parentWidget()
    while parent is not None:
        names.append(type(parent).__name__)
        parent = parent.parentWidget()
    return " < ".join(names)


def without_tip(root: QWidget) -> list[str]:
    """Shown buttons with a picture only that do not say what they do when they are pointed at."""
    return [
        button.accessibleName()
        for button in root.findChildren(QAbstractButton)
        if button.isVisibleTo(root)
        and not button.text()
        and not button.icon().isNull()
        and not button.toolTip()
    ]


def shared_letters(window: QMainWindow) -> dict[str, list[str]]:
    """The letters pressed with Alt that mean more than one of the shown texts and menus."""
    texts = [action.text() for action in window.menuBar().actions()]
    for widget in window.findChildren(QWidget):
        is_reached = isinstance(widget, QAbstractButton) or (
            isinstance(widget, QLabel) and widget.buddy() is not None
        )
        if is_reached and widget.isVisible() and widget.isEnabled():
            texts.append(widget.text())
    by_letter: dict[str, list[str]] = {}
    for text in texts:
        letter = QKeySequence.mnemonic(text).toString()
        if letter:
            by_letter.setdefault(letter, []).append(text)
    return {letter: texts for letter, texts in by_letter.items() if len(texts) > 1}
