"""The window's icons: one-colour SVG drawings, tinted and drawn sharp at any scale."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from PySide6.QtCore import QByteArray, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QAction, QIcon, QPainter, QPixmap
from PySide6.QtSvg import QSvgRenderer
from PySide6.QtWidgets import QAbstractButton, QApplication, QPushButton, QWidget

from app.theme import Colors, colors_of_palette

ICON_FOLDER = Path(__file__).resolve().parent.parent / "assets" / "icons"
ICON_SIZE = 18
TEXT_GAP = 6
NAME_PROPERTY = "hpipeIcon"
ROLE_PROPERTY = "hpipeIconRole"


@lru_cache(maxsize=512)
def pixmap(name: str, color: str, size: int = ICON_SIZE, ratio: float = 1.0) -> QPixmap:
    """The drawing `name` in a colour, `size` device-independent pixels square."""
    source = (ICON_FOLDER / f"{name}.svg").read_text(encoding="utf-8")
    renderer = QSvgRenderer(QByteArray(source.replace("currentColor", color).encode()))
    image = QPixmap(QSize(round(size * ratio), round(size * ratio)))
    image.fill(Qt.GlobalColor.transparent)
    painter = QPainter(image)
    renderer.render(painter, QRectF(0, 0, image.width(), image.height()))
    painter.end()
    image.setDevicePixelRatio(ratio)
    return image


def icon(name: str, colors: Colors, role: str = "text", gap: int = 0) -> QIcon:
    """An icon in one of the theme's colours, dimmed where its control is disabled.

    gap is empty room at its right: the style alone sets a text too close to it.
    """
    result = QIcon()
    for ratio in (1.0, 2.0):
        for color, mode in (
            (getattr(colors, role), QIcon.Mode.Normal),
            (colors.border_strong, QIcon.Mode.Disabled),
        ):
            result.addPixmap(_with_gap(pixmap(name, color, ICON_SIZE, ratio), gap), mode)
    return result


def _with_gap(picture: QPixmap, gap: int) -> QPixmap:
    if not gap:
        return picture
    ratio = picture.devicePixelRatio()
    wide = QPixmap(QSize(picture.width() + round(gap * ratio), picture.height()))
    wide.fill(Qt.GlobalColor.transparent)
    painter = QPainter(wide)
    painter.drawPixmap(QRect(0, 0, picture.width(), picture.height()), picture)
    painter.end()
    wide.setDevicePixelRatio(ratio)
    return wide


def set_icon(target: QAbstractButton | QAction, name: str, role: str = "text") -> None:
    """Give a button or an action an icon that `retint` keeps in the theme's colours."""
    target.setProperty(NAME_PROPERTY, name)
    target.setProperty(ROLE_PROPERTY, role)
    _tint(target, colors_of_palette(QApplication.palette()))


def _tint(target: QAbstractButton | QAction, colors: Colors) -> None:
    gap = TEXT_GAP if isinstance(target, QPushButton) and target.text() else 0
    name, role = target.property(NAME_PROPERTY), target.property(ROLE_PROPERTY)
    target.setIcon(icon(name, colors, role, gap))
    if gap:
        target.setIconSize(QSize(ICON_SIZE + gap, ICON_SIZE))


def retint(root: QWidget) -> None:
    """Draw every icon below a window anew, after its palette changed."""
    colors = colors_of_palette(QApplication.palette())
    for kind in (QAbstractButton, QAction):
        for target in root.findChildren(kind):
            if target.property(NAME_PROPERTY):
                _tint(target, colors)


def application_icon() -> QIcon:
    result = QIcon()
    for size in (16, 24, 32, 48, 64, 128, 256):
        result.addPixmap(pixmap("hpipe", "", size))
    return result
