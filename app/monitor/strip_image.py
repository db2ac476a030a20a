"""Draws a row of the measured timeline as pixels, in a few array operations. No Qt in here.

States differ by more than their colour: sending is a thin line at the foot, and waiting a striped
band in the middle.
"""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from app.monitor.history import Shares
from app.monitor.ring import Floats

Pixels = NDArray[np.uint32]
STRIPE_PIXELS = 6
SEND_PIXELS = 3


class Palette(NamedTuple):
    """Colours as 0xffRRGGBB."""

    computing: int
    sending: int
    waiting: int
    gap: int


@lru_cache(maxsize=32)
def stripes(height: int, width: int, scale: int) -> NDArray[np.bool_]:
    """Where a diagonal stripe of a pattern is."""
    y, x = np.ogrid[:height, :width]
    period = STRIPE_PIXELS * scale
    return (x + y) % period < period // 2


def strip(shares: Shares, breaks: Floats, height: int, palette: Palette, scale: int = 1) -> Pixels:
    """The pixels of a row, one share per pixel column; breaks are columns where a chunk begins.

    Transparent (0) where the stage idles.
    """
    width = len(shares.computing)
    image: Pixels = np.zeros((height, width), dtype=np.uint32)
    foot = SEND_PIXELS * scale
    body = max(1, height - foot)
    waiting = shares.waiting > 0.5
    middle = slice(int(body * 0.3), max(int(body * 0.3) + 1, int(body * 0.7)))
    band = image[middle]
    band[stripes(band.shape[0], width, scale) & waiting] = palette.waiting
    computing = shares.computing > 0.0
    image[:body, computing] = blend(palette.computing, palette.gap, shares.computing[computing])
    image[body:, shares.sending > 0.0] = palette.sending
    at = breaks[(breaks >= 0) & (breaks < width)].astype(int)
    image[:body, at] = palette.gap
    return image


def blend(color: int, behind: int, share: Floats) -> Pixels:
    """A colour over another, the more the larger the share; never less than a third."""
    weight = np.clip(0.35 + 0.65 * share, 0.0, 1.0)
    mixed = np.full(len(share), 0xFF000000, dtype=np.uint32)
    for shift in (0, 8, 16):
        front, back = (color >> shift) & 0xFF, (behind >> shift) & 0xFF
        part = np.rint(front * weight + back * (1 - weight)).astype(np.uint32)
        mixed |= part << shift
    return mixed
