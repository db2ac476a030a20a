"""Shares become pixels: the right colour at the right height."""

import numpy as np

from app.monitor.history import Shares
from app.monitor.strip_image import SEND_PIXELS, Palette, strip

PALETTE = Palette(
    computing=0xFF0000FF,
    sending=0xFF00FF00,
    waiting=0xFFFFFF00,
    gap=0xFF000000,
)


def shares(computing, sending, waiting, idle):
    return Shares(*(np.array(part, dtype=float) for part in (computing, sending, waiting, idle)))


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
