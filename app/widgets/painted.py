"""Words that a widget paints itself."""

from __future__ import annotations

from PySide6.QtCore import QPointF
from PySide6.QtGui import QFontMetricsF, QPainter


def draw_line(painter: QPainter, corner: QPointF, text: str) -> None:
    """Paint one line whose upper left corner is given, in the painter's font.

    It lies where that font has its baseline. Placed by a rectangle, a name in another script, whose
    letters come from a higher font, would lie lower and touch the line below.
    """
    baseline = QFontMetricsF(painter.font()).ascent()
    painter.drawText(corner + QPointF(0, baseline), text)
