"""A stage's graph: the right colour at the right height, and nothing heavier than it must be."""

import numpy as np
import pytest
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QApplication

from app.monitor.history import Shares
from app.monitor.shares_plot import SharesPlot
from app.monitor.view import INTERVALS
from app.theme import DARK, LIGHT

WIDTH, HEIGHT = 480, 80


@pytest.fixture
def plot(qtbot):
    made = SharesPlot()
    made.resize(WIDTH, HEIGHT)
    made.dress(LIGHT)
    qtbot.addWidget(made)
    made.show()
    return made


def shares(computing, sending, waiting, idle):
    return Shares(*(np.full(INTERVALS, part) for part in (computing, sending, waiting, idle)))


def column(plot, x):
    """The colours of a column of pixels, from the bottom to the top."""
    QApplication.processEvents()
    image = plot.grab().toImage()
    return [image.pixelColor(x, HEIGHT - 1 - y).name() for y in range(HEIGHT)]


def test_computing_is_at_the_bottom_then_sending_waiting_and_idle(plot):
    plot.show_shares(shares(0.5, 0.25, 0.125, 0.125))
    found = column(plot, WIDTH // 2)
    assert set(found[2:36]) == {LIGHT.computing}
    assert set(found[44:58]) == {LIGHT.sending}
    assert set(found[62:68]) == {LIGHT.waiting, LIGHT.surface_raised}, "waiting is striped"
    assert set(found[72:78]) == {LIGHT.surface_raised}


def test_what_is_not_known_has_no_colour_of_a_state(plot):
    plot.show_shares(shares(0.25, 0.0, 0.0, 0.0))
    assert set(column(plot, 9)[44:78]) == {LIGHT.surface}


def test_each_interval_is_a_bar_of_its_own(plot):
    parts = [np.zeros(INTERVALS) for _ in range(4)]
    parts[0][: INTERVALS // 2] = 1.0
    parts[1][INTERVALS // 2 :] = 1.0
    plot.show_shares(Shares(*parts))
    assert column(plot, WIDTH // 2 - 3)[20] == LIGHT.computing
    assert column(plot, WIDTH // 2 + 3)[20] == LIGHT.sending


@pytest.mark.parametrize("width", [240, 960])
def test_stripes_are_as_wide_however_the_graph_is_stretched(plot, width):
    plot.resize(width, HEIGHT)
    plot.show_shares(shares(0.0, 0.0, 1.0, 0.0))
    QApplication.processEvents()
    image = plot.grab().toImage()
    row = [image.pixelColor(x, 20) == QColor(LIGHT.waiting) for x in range(30, 90)]
    assert sum(row) == 30
    assert row == row[6:] + row[:6]


def test_it_takes_the_colours_of_another_theme(plot):
    plot.show_shares(shares(0.5, 0.0, 0.0, 0.5))
    plot.dress(DARK)
    found = column(plot, 100)
    assert (found[10], found[70]) == (DARK.computing, DARK.surface_raised)
