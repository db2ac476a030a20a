"""The window's icons: one-colour SVG drawings, tinted and drawn sharp at any scale."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from PySide6.QtCore import QByteArray, QRectF, QSize, Qt
from PySide6.QtGui import QAction, QIcon, QPainter, QPixmap
from PySide6.QtSvg import QSvgRenderer
from PySide6.QtWidgets import QAbstractButton, QApplication, QWidget

from app.theme import Colors, colors_of_palette

ICON_FOLDER = Path(__file__).resolve().parent.parent / "assets" / "icons"
ICON_SIZE = 18
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


def icon(name: str, colors: Colors, role: str = "text") -> QIcon:
    """An icon in one of the theme's colours, dimmed where its control is disabled."""
    result = QIcon()
    for ratio in (1.0, 2.0):
        result.addPixmap(pixmap(name, getattr(colors, role), ICON_SIZE, ratio))
        result.addPixmap(pixmap(name, colors.border_strong, ICON_SIZE, ratio), QIcon.Mode.Disabled)
    return result


def set_icon(target: QAbstractButton | QAction, name: str, role: str = "text") -> None:
    """Give a button or an action an icon that `retint` keeps in the theme's colours."""
    target.setProperty(NAME_PROPERTY, name)
    target.setProperty(ROLE_PROPERTY, role)
    target.setIcon(icon(name, colors_of_palette(QApplication.palette()), role))


def retint(root: QWidget) -> None:
    """Draw every icon below a window anew, after its palette changed."""
    colors = colors_of_palette(QApplication.palette())
    for kind in (QAbstractButton, QAction):
        for target in root.findChildren(kind):
            name = target.property(NAME_PROPERTY)
            if name:
                target.setIcon(icon(name, colors, target.property(ROLE_PROPERTY)))


def application_icon() -> QIcon:
    result = QIcon()
    for size in (16, 24, 32, 48, 64, 128, 256):
        result.addPixmap(pixmap("hpipe", "", size))
    return result
