"""A live graph of how a stage spends its time: stacked bars, one for each interval."""

from __future__ import annotations

import numpy as np
import pyqtgraph
from PySide6.QtCore import Qt
from PySide6.QtGui import QBrush, QColor, QPaintEvent
from PySide6.QtWidgets import QWidget

from app.monitor.history import Shares
from app.monitor.view import INTERVALS
from app.theme import Colors
from app.widgets.hatch import hatched

# As they are drawn: idling reaches behind waiting, which is striped.
STATES = ("computing", "sending", "idle", "waiting")
MIDDLE_ALPHA = 0.12


class SharesPlot(pyqtgraph.GraphicsView):
    """Its height is a whole. Empty where nothing is known yet.

    Without axes and not antialiased: sixteen of them are redrawn several times a second.
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.frames_drawn = 0
        # What is around it speaks for it, has its tool tip and scrolls.
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setAntialiasing(False)
        self._box = pyqtgraph.ViewBox(enableMouse=False, enableMenu=False)
        self.setCentralItem(self._box)
        edges, nothing = np.arange(INTERVALS + 1), np.zeros(INTERVALS)
        self._bars = {
            state: pyqtgraph.BarGraphItem(
                x0=edges[:-1], x1=edges[1:], y0=nothing, height=nothing, pen=None
            )
            for state in STATES
        }
        self._middle = pyqtgraph.InfiniteLine(0.5, angle=0)
        for item in (*self._bars.values(), self._middle):
            self._box.addItem(item)
        self._box.setRange(xRange=(0, INTERVALS), yRange=(0, 1), padding=0)
        self._stripes = QBrush()
        self._box.sigTransformChanged.connect(self._keep_stripes)

    def show_shares(self, shares: Shares) -> None:
        """One share for each of view.INTERVALS."""
        sent_from = shares.computing
        rest_from = sent_from + shares.sending
        self._bars["computing"].setOpts(height=shares.computing)
        self._bars["sending"].setOpts(y0=sent_from, height=shares.sending)
        self._bars["idle"].setOpts(y0=rest_from, height=shares.waiting + shares.idle)
        self._bars["waiting"].setOpts(y0=rest_from, height=shares.waiting)

    def dress(self, colors: Colors) -> None:
        """Take the theme's colours."""
        self.setBackground(QColor(colors.surface))
        middle = QColor(colors.text)
        middle.setAlphaF(MIDDLE_ALPHA)
        self._middle.setPen(middle)
        self._bars["computing"].setOpts(brush=QColor(colors.computing))
        self._bars["sending"].setOpts(brush=QColor(colors.sending))
        self._bars["idle"].setOpts(brush=QColor(colors.surface_raised))
        self._stripes = hatched(QColor(colors.waiting))
        self._keep_stripes()

    def _keep_stripes(self) -> None:
        """Stripes of the same width however the graph is stretched."""
        bars = self._bars["waiting"]
        from_pixels, _ = bars.deviceTransform(self.viewportTransform()).inverted()
        self._stripes.setTransform(from_pixels)
        bars.setOpts(brush=self._stripes)

    def paintEvent(self, event: QPaintEvent) -> None:
        self.frames_drawn += 1
        super().paintEvent(event)
