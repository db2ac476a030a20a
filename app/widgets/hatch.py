"""Diagonal stripes, so that waiting is told from the rest by more than its colour."""

from __future__ import annotations

from PySide6.QtGui import QBrush, QColor, QImage

PERIOD_PIXELS = 6


def hatched(color: QColor) -> QBrush:
    """Stripes as wide as what shows between them."""
    tile = QImage(PERIOD_PIXELS, PERIOD_PIXELS, QImage.Format.Format_ARGB32_Premultiplied)
    tile.fill(0)
    for y in range(PERIOD_PIXELS):
        for x in range(PERIOD_PIXELS):
            if (x + y) % PERIOD_PIXELS < PERIOD_PIXELS // 2:
                tile.setPixelColor(x, y, color)
    return QBrush(tile)
