"""Colours, spacing and type of the window, light and dark.

Every text colour reaches 4.5 : 1 on the surfaces it is used on (tests/app/test_theme.py).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from PySide6.QtGui import QColor, QFont, QPalette
from PySide6.QtWidgets import QApplication, QWidget

ThemeChoice = Literal["system", "light", "dark"]

# Spacing, in device-independent pixels: one scale for the whole window.
GAP_TINY = 4
GAP_SMALL = 8
GAP = 12
GAP_LARGE = 16
GAP_PAGE = 24
RADIUS = 8
CONTROL_HEIGHT = 32
NAVIGATION_WIDTH = 188


@dataclass(frozen=True)
class Colors:
    """One theme's colours, by what they are for."""

    window: str
    surface: str
    surface_raised: str
    border: str
    border_strong: str
    text: str
    text_muted: str
    accent: str
    accent_hover: str
    on_accent: str
    accent_soft: str
    good: str
    warning: str
    danger: str
    good_soft: str
    warning_soft: str
    danger_soft: str
    # How a stage spends its time, for graphs and timelines.
    computing: str
    waiting: str
    sending: str
    idle: str


LIGHT = Colors(
    window="#f5f6f9",
    surface="#ffffff",
    surface_raised="#edf0f5",
    border="#dde1e9",
    border_strong="#868fa0",
    text="#1a1e26",
    text_muted="#576071",
    accent="#2b5cd0",
    accent_hover="#234db2",
    on_accent="#ffffff",
    accent_soft="#e4ecfc",
    good="#15703f",
    warning="#8a5000",
    danger="#b3261e",
    good_soft="#e2f3e9",
    warning_soft="#fcf0d9",
    danger_soft="#fce8e6",
    computing="#2b5cd0",
    waiting="#e0a526",
    sending="#17876d",
    idle="#c9ced8",
)

DARK = Colors(
    window="#15171c",
    surface="#1d2027",
    surface_raised="#282c35",
    border="#333843",
    border_strong="#7c8597",
    text="#e7e9ee",
    text_muted="#a4acbb",
    accent="#86aafa",
    accent_hover="#a2bffc",
    on_accent="#0e1524",
    accent_soft="#27344f",
    good="#6fcf97",
    warning="#e8b84a",
    danger="#f59189",
    good_soft="#1c3327",
    warning_soft="#37301a",
    danger_soft="#3d2322",
    computing="#86aafa",
    waiting="#e0b04a",
    sending="#4fc3a6",
    idle="#454b58",
)

# Sixteen hues told apart with the common colour blindnesses as far as hue and lightness can; a
# name or a number always stands beside them.
MACHINE_COLORS = (
    "#4e88c7",
    "#e69f00",
    "#2a9d8f",
    "#cc6699",
    "#7a5fb5",
    "#a8b400",
    "#d55e00",
    "#56b4e9",
    "#1b7f3b",
    "#8f2d56",
    "#b08d57",
    "#3b3fa5",
    "#f0b6c8",
    "#6b7280",
    "#7fd1b9",
    "#c2410c",
)


def colors_of(widget: QWidget) -> Colors:
    """The colours that go with a widget's palette."""
    return colors_of_palette(widget.palette())


def colors_of_palette(palette: QPalette) -> Colors:
    return DARK if palette.color(QPalette.ColorRole.Window).lightness() < 128 else LIGHT


def machine_color(index: int) -> QColor:
    """The fill of a machine's blocks and bars; index is AppState.color_index(machine_id)."""
    return QColor(MACHINE_COLORS[index % len(MACHINE_COLORS)])


def text_on(background: QColor) -> QColor:
    """Near-black or white, whichever reads better on a fill."""
    dark, light = QColor("#10131a"), QColor("#ffffff")
    return dark if contrast(dark, background) >= contrast(light, background) else light


def contrast(first: QColor, second: QColor) -> float:
    """The WCAG 2 contrast ratio of two opaque colours, 1 to 21."""
    lighter, darker = sorted((_luminance(first), _luminance(second)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(color: QColor) -> float:
    def linear(value: float) -> float:
        return value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4

    red, green, blue = (linear(v) for v in (color.redF(), color.greenF(), color.blueF()))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def title_font(widget: QWidget) -> QFont:
    return _scaled(widget, 1.55, QFont.Weight.DemiBold)


def heading_font(widget: QWidget) -> QFont:
    return _scaled(widget, 1.12, QFont.Weight.DemiBold)


def figure_font(widget: QWidget) -> QFont:
    """For one large number."""
    return _scaled(widget, 1.35, QFont.Weight.DemiBold)


def small_font(widget: QWidget) -> QFont:
    return _scaled(widget, 0.9, QFont.Weight.Normal)


def _scaled(widget: QWidget, factor: float, weight: QFont.Weight) -> QFont:
    font = QFont(QApplication.font(widget))
    if font.pointSizeF() > 0:
        font.setPointSizeF(font.pointSizeF() * factor)
    else:
        font.setPixelSize(round(font.pixelSize() * factor))
    font.setWeight(weight)
    return font
