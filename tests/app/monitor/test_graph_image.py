"""Shares become pixels: the right colour at the right height."""

import numpy as np

from app.monitor.graph_image import SEND_PIXELS, Palette, stacked, strip
from app.monitor.history import Shares

PALETTE = Palette(
    computing=0xFF0000FF,
    sending=0xFF00FF00,
    waiting=0xFFFFFF00,
    idle=0xFF808080,
    unknown=0xFFFFFFFF,
    gap=0xFF000000,
)


def shares(computing, sending, waiting, idle):
    return Shares(*(np.array(part, dtype=float) for part in (computing, sending, waiting, idle)))


def test_a_stacked_graph_has_computing_at_the_bottom_then_sending_waiting_idle():
    image = stacked(shares([0.5], [0.25], [0.125], [0.125]), 12, 80, PALETTE)
    column = image[:, 3].tolist()
    assert column[40:] == [PALETTE.computing] * 40
    assert column[20:40] == [PALETTE.sending] * 20
    assert set(column[10:20]) == {PALETTE.waiting, PALETTE.idle}, "waiting is striped"
    assert column[:10] == [PALETTE.idle] * 10


def test_what_is_not_known_has_no_colour_of_a_state():
    image = stacked(shares([0.25], [0], [0], [0]), 4, 40, PALETTE)
    assert image[:29, 0].tolist() == [PALETTE.unknown] * 29
    assert image[-10:, 0].tolist() == [PALETTE.computing] * 10


def test_intervals_are_spread_over_the_width():
    image = stacked(shares([1, 0], [0, 1], [0, 0], [0, 0]), 10, 4, PALETTE)
    assert image[2].tolist() == [PALETTE.computing] * 5 + [PALETTE.sending] * 5


def test_a_strip_tells_states_apart_by_height_and_parts_chunks():
    row = shares([1, 1, 1, 0, 0], [0, 0, 0, 1, 0], [0, 0, 0, 0, 1], [0, 0, 0, 0, 0])
    image = strip(row, np.array([1.0]), 20, PALETTE)
    body = 20 - SEND_PIXELS
    assert image[:body, 0].tolist() == [PALETTE.computing] * body
    assert image[body:, 0].tolist() == [0] * SEND_PIXELS
    assert image[:body, 1].tolist() == [PALETTE.gap] * body, "a chunk begins here"
    assert image[:body, 3].tolist() == [0] * body
    assert image[body:, 3].tolist() == [PALETTE.sending] * SEND_PIXELS
    waiting = image[:, 4]
    assert PALETTE.waiting in waiting
    assert waiting[0] == 0 and waiting[-1] == 0, "waiting is a band in the middle"


def test_a_little_computing_in_a_pixel_is_seen_but_lighter():
    image = strip(shares([0.01, 1.0], [0, 0], [0, 0], [0, 0]), np.array([]), 10, PALETTE)
    little, full = int(image[0, 0]), int(image[0, 1])
    assert full == PALETTE.computing
    assert little not in (0, full, PALETTE.gap)
