"""Dresses the application: palette and a small stylesheet from one theme's colours."""

from __future__ import annotations

import sys

from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QGuiApplication, QPalette
from PySide6.QtWidgets import QApplication

from app.icons import ICON_FOLDER, application_icon
from app.theme import (
    CONTROL_HEIGHT,
    DARK,
    LIGHT,
    RADIUS,
    Colors,
    ThemeChoice,
)
from runtime.version import VERSION

# Arrows and ticks of controls: a stylesheet takes them from files only.
CONTROL_FOLDER = ICON_FOLDER.parent / "controls"


def make_application() -> QApplication:
    """The one QApplication, named, sharp at fractional scales and in the Fusion style."""
    QGuiApplication.setHighDpiScaleFactorRoundingPolicy(
        Qt.HighDpiScaleFactorRoundingPolicy.PassThrough
    )
    application = QApplication(sys.argv[:1])
    application.setApplicationName("hpipe")
    application.setApplicationDisplayName("HPipe")
    application.setApplicationVersion(VERSION)
    QGuiApplication.setDesktopFileName("hpipe")
    application.setStyle("Fusion")
    application.setWindowIcon(application_icon())
    return application


def apply_theme(application: QApplication, choice: ThemeChoice) -> None:
    """Dress the whole application; "system" follows the system's light or dark choice."""
    hints = application.styleHints()
    if choice == "system":
        hints.unsetColorScheme()
        is_dark = hints.colorScheme() == Qt.ColorScheme.Dark
    else:
        is_dark = choice == "dark"
        hints.setColorScheme(Qt.ColorScheme.Dark if is_dark else Qt.ColorScheme.Light)
    colors = DARK if is_dark else LIGHT
    application.setPalette(palette_for(colors))
    application.setStyleSheet(stylesheet(colors))


def palette_for(colors: Colors) -> QPalette:
    role = QPalette.ColorRole
    palette = QPalette()
    for where, name in (
        (role.Window, colors.window),
        (role.Base, colors.surface),
        (role.AlternateBase, colors.surface_raised),
        (role.Button, colors.surface),
        (role.ToolTipBase, colors.surface_raised),
        (role.WindowText, colors.text),
        (role.Text, colors.text),
        (role.ButtonText, colors.text),
        (role.ToolTipText, colors.text),
        (role.BrightText, colors.danger),
        (role.PlaceholderText, colors.text_muted),
        (role.Highlight, colors.accent),
        (role.HighlightedText, colors.on_accent),
        (role.Accent, colors.accent),
        (role.Link, colors.accent),
        (role.LinkVisited, colors.accent),
        (role.Light, colors.surface),
        (role.Midlight, colors.border),
        (role.Mid, colors.border_strong),
        (role.Dark, colors.border_strong),
        (role.Shadow, colors.border_strong),
    ):
        palette.setColor(where, QColor(name))
    for where in (role.Text, role.WindowText, role.ButtonText):
        palette.setColor(QPalette.ColorGroup.Disabled, where, QColor(colors.border_strong))
    return palette


def stylesheet(c: Colors) -> str:
    """What the palette cannot say. Roles are dynamic properties: `kind` on frames and buttons."""
    padding = (CONTROL_HEIGHT - 18) // 2 - 1
    theme = "dark" if c is DARK else "light"

    def control(name: str) -> str:
        return (CONTROL_FOLDER / f"{name}-{theme}.svg").as_posix()

    return f"""
QToolTip {{ background: {c.surface_raised}; color: {c.text}; border: 1px solid {c.border};
    padding: 4px 6px; }}

QFrame[kind="card"] {{ background: {c.surface}; border: 1px solid {c.border};
    border-radius: {RADIUS}px; }}
QFrame[kind="card"][selected="true"] {{ border: 1px solid {c.accent}; }}
QFrame[kind="card"]:focus {{ border: 2px solid {c.accent}; }}
QFrame[kind="line"] {{ background: {c.border}; border: none; }}
QWidget[kind="navigation"] {{ background: {c.surface}; border: none;
    border-right: 1px solid {c.border}; }}
QFrame[kind="note"] {{ border-radius: {RADIUS}px; border: none; }}
QFrame[kind="note"][level="info"] {{ background: {c.accent_soft}; }}
QFrame[kind="note"][level="good"] {{ background: {c.good_soft}; }}
QFrame[kind="note"][level="warning"] {{ background: {c.warning_soft}; }}
QFrame[kind="note"][level="error"] {{ background: {c.danger_soft}; }}
QFrame[kind="drop"] {{ border: 2px dashed {c.border_strong}; border-radius: {RADIUS + 4}px;
    background: {c.surface}; }}
QFrame[kind="drop"][active="true"] {{ border-color: {c.accent}; background: {c.accent_soft}; }}
QLabel[muted="true"] {{ color: {c.text_muted}; }}
QLabel[level="good"] {{ color: {c.good}; }}
QLabel[level="warning"] {{ color: {c.warning}; }}
QLabel[level="error"] {{ color: {c.danger}; }}
QLabel[level="info"] {{ color: {c.accent}; }}

QPushButton {{ background: {c.surface}; color: {c.text}; border: 1px solid {c.border_strong};
    border-radius: 6px; padding: {padding}px 12px; min-height: 18px; }}
QPushButton:hover {{ background: {c.surface_raised}; }}
QPushButton:pressed {{ background: {c.border}; }}
QPushButton:focus {{ border: 2px solid {c.accent}; padding: {padding - 1}px 11px; }}
QPushButton:disabled {{ color: {c.border_strong}; border-color: {c.border};
    background: {c.window}; }}
QPushButton[kind="primary"] {{ background: {c.accent}; color: {c.on_accent};
    border: 1px solid {c.accent}; font-weight: 600; }}
QPushButton[kind="primary"]:hover {{ background: {c.accent_hover}; }}
QPushButton[kind="primary"]:focus {{ border: 2px solid {c.text}; padding: {padding - 1}px 11px; }}
QPushButton[kind="primary"]:disabled {{ background: {c.surface_raised}; color: {c.text_muted};
    border-color: {c.border}; }}
QPushButton[kind="quiet"], QToolButton[kind="quiet"] {{ background: transparent;
    border: 1px solid transparent; border-radius: 6px; padding: 5px 8px; color: {c.text}; }}
QPushButton[kind="quiet"]:hover, QToolButton[kind="quiet"]:hover {{
    background: {c.surface_raised}; }}
QPushButton[kind="quiet"]:focus, QToolButton[kind="quiet"]:focus {{
    border: 2px solid {c.accent}; padding: 4px 7px; }}
QPushButton[kind="chip"] {{ border-radius: 14px; padding: 4px 12px; border-color: {c.border};
    background: {c.surface}; }}
QPushButton[kind="chip"]:hover {{ border-color: {c.accent}; background: {c.accent_soft}; }}
QPushButton[kind="chip"]:focus {{ border: 2px solid {c.accent}; padding: 3px 11px; }}
QPushButton[kind="chip"]:checked {{ background: {c.accent_soft}; border-color: {c.accent}; }}
QToolButton::menu-indicator {{ image: none; }}

QPushButton[kind="page"] {{ border: 2px solid transparent; border-radius: 6px; padding: 7px 10px;
    color: {c.text_muted}; background: transparent; text-align: left; }}
QPushButton[kind="page"]:hover {{ background: {c.surface_raised}; color: {c.text}; }}
QPushButton[kind="page"]:checked {{ background: {c.accent_soft}; color: {c.text};
    font-weight: 600; }}
QPushButton[kind="page"]:focus {{ border-color: {c.accent}; }}

QLineEdit, QPlainTextEdit, QComboBox, QAbstractSpinBox {{
    background: {c.surface}; color: {c.text}; border: 1px solid {c.border_strong};
    border-radius: 6px; padding: 4px 8px; min-height: 22px;
    selection-background-color: {c.accent}; selection-color: {c.on_accent}; }}
QLineEdit:focus, QPlainTextEdit:focus, QComboBox:focus, QAbstractSpinBox:focus {{
    border: 2px solid {c.accent}; padding: 3px 7px; }}
QLineEdit:disabled, QPlainTextEdit:disabled, QComboBox:disabled, QAbstractSpinBox:disabled {{
    color: {c.border_strong}; border-color: {c.border}; background: {c.window}; }}
QComboBox::drop-down {{ border: none; width: 24px; }}
QComboBox::down-arrow {{ image: url("{control("down")}"); width: 16px; height: 16px; }}
QAbstractSpinBox::up-button {{ border: none; width: 20px; subcontrol-position: top right; }}
QAbstractSpinBox::down-button {{ border: none; width: 20px; subcontrol-position: bottom right; }}
QAbstractSpinBox::up-arrow {{ image: url("{control("up")}"); width: 12px; height: 12px; }}
QAbstractSpinBox::down-arrow {{ image: url("{control("down")}"); width: 12px; height: 12px; }}

QCheckBox, QRadioButton {{ spacing: 8px; padding: 2px; }}
QCheckBox::indicator, QRadioButton::indicator {{ width: 16px; height: 16px;
    border: 1px solid {c.border_strong}; background: {c.surface}; }}
QCheckBox::indicator {{ border-radius: 4px; }}
QRadioButton::indicator {{ border-radius: 9px; }}
QCheckBox::indicator:checked, QRadioButton::indicator:checked {{ background: {c.accent};
    border-color: {c.accent}; }}
QCheckBox::indicator:checked {{ image: url("{control("check")}"); }}
QRadioButton::indicator:checked {{ image: url("{control("dot")}"); }}
QCheckBox::indicator:focus, QRadioButton::indicator:focus {{ border: 2px solid {c.accent}; }}
QCheckBox::indicator:disabled, QRadioButton::indicator:disabled {{ border-color: {c.border};
    background: {c.window}; }}
QSlider {{ min-height: 22px; }}
QSlider::groove:horizontal {{ height: 4px; border-radius: 2px; background: {c.border}; }}
QSlider::sub-page:horizontal {{ border-radius: 2px; background: {c.accent}; }}
QSlider::sub-page:horizontal:disabled {{ background: {c.border_strong}; }}
QSlider::handle:horizontal {{ width: 16px; height: 16px; margin: -6px 0; border-radius: 8px;
    background: {c.surface}; border: 2px solid {c.accent}; }}
QSlider::handle:horizontal:focus {{ background: {c.accent}; }}
QSlider::handle:horizontal:disabled {{ border-color: {c.border_strong}; }}
QComboBox QAbstractItemView {{ background: {c.surface}; color: {c.text};
    border: 1px solid {c.border}; selection-background-color: {c.accent_soft};
    selection-color: {c.text}; outline: none; }}

QListView, QTreeView, QTableView, QTextBrowser {{ background: {c.surface}; color: {c.text};
    border: 1px solid {c.border}; border-radius: 6px; outline: none;
    selection-background-color: {c.accent_soft}; selection-color: {c.text};
    alternate-background-color: {c.window}; gridline-color: {c.border}; }}
QListView:focus, QTreeView:focus, QTableView:focus, QTextBrowser:focus {{
    border: 1px solid {c.accent}; }}
QPlainTextEdit[kind="bare"], QTextBrowser[kind="bare"], QListView[kind="bare"] {{
    background: {c.surface}; border: 1px solid transparent; padding: 0; }}
QPlainTextEdit[kind="bare"]:focus, QTextBrowser[kind="bare"]:focus,
QListView[kind="bare"]:focus {{ border: 1px solid {c.accent}; padding: 0; }}
QListView::item {{ border-radius: 4px; padding: 6px; }}
QListView::item:hover {{ background: {c.surface_raised}; }}
QListView::item:selected {{ background: {c.accent_soft}; color: {c.text}; }}
QHeaderView::section {{ background: {c.surface}; color: {c.text_muted}; border: none;
    border-bottom: 1px solid {c.border}; padding: 6px 8px; }}

QProgressBar {{ background: {c.surface_raised}; border: none; border-radius: 3px;
    min-height: 6px; max-height: 6px; }}
QProgressBar::chunk {{ background: {c.accent}; border-radius: 3px; }}

QScrollArea, QScrollArea > QWidget > QWidget[kind="page-body"] {{ background: transparent;
    border: none; }}
QScrollBar:vertical {{ background: transparent; width: 12px; margin: 2px; }}
QScrollBar:horizontal {{ background: transparent; height: 12px; margin: 2px; }}
QScrollBar::handle {{ background: {c.border_strong}; border-radius: 4px; min-height: 28px;
    min-width: 28px; }}
QScrollBar::add-line, QScrollBar::sub-line {{ width: 0; height: 0; }}
QScrollBar::add-page, QScrollBar::sub-page {{ background: transparent; }}
QSplitter::handle {{ background: transparent; }}
QSplitter::handle:hover {{ background: {c.border}; }}

QMenuBar {{ background: {c.surface}; color: {c.text}; border-bottom: 1px solid {c.border}; }}
QMenuBar::item {{ padding: 5px 10px; background: transparent; border-radius: 4px; }}
QMenuBar::item:selected {{ background: {c.surface_raised}; }}
QMenu {{ background: {c.surface}; color: {c.text}; border: 1px solid {c.border}; padding: 4px; }}
QMenu::item {{ padding: 6px 24px 6px 10px; border-radius: 4px; }}
QMenu::item:selected {{ background: {c.accent_soft}; color: {c.text}; }}
QMenu::item:disabled {{ color: {c.border_strong}; }}
QMenu::separator {{ height: 1px; background: {c.border}; margin: 4px 6px; }}
QMenu::icon {{ padding-left: 8px; }}
QStatusBar {{ background: {c.surface}; color: {c.text_muted}; border-top: 1px solid {c.border}; }}
QStatusBar::item {{ border: none; }}
QTabBar::tab {{ background: transparent; color: {c.text_muted}; padding: 7px 12px;
    border: none; border-bottom: 2px solid transparent; }}
QTabBar::tab:selected {{ color: {c.text}; border-bottom-color: {c.accent}; }}
QTabBar::tab:focus {{ color: {c.accent}; }}
QTabWidget::pane {{ border: none; border-top: 1px solid {c.border}; }}
"""
