"""Compares what is drawn with kept pictures, coarsely enough for another machine's fonts.

A picture is kept 160 pixels wide. Both are blurred a little, so that letters a pixel further on
do not count and a widget that is missing, moved or of another colour does.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import Qt
from PySide6.QtGui import QImage, QPixmap

FOLDER = Path(__file__).parent / "pictures"
WIDTH = 160
# Set to draw the pictures anew after a change that was looked at and is wanted.
WRITE = "HPIPE_WRITE_PICTURES"
# How much the blurred pictures may differ at their worst place and on average, of 255. Measured:
# all of it a pixel further on 13 and 1.4, letters without hinting 1, an icon of a card missing 32.
WORST = 24.0
MEAN = 2.0

Pixels = NDArray[np.float64]


class Difference(NamedTuple):
    worst: float
    mean: float

    @property
    def is_small(self) -> bool:
        return self.worst <= WORST and self.mean <= MEAN


def shrunk(picture: QPixmap | QImage) -> QImage:
    image = picture.toImage() if isinstance(picture, QPixmap) else picture
    small = image.scaledToWidth(WIDTH, Qt.TransformationMode.SmoothTransformation)
    return small.convertToFormat(QImage.Format.Format_RGB888)


def pixels(image: QImage) -> Pixels:
    """Blurred over 3 x 3 pixels."""
    rows = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), -1)
    found = rows[:, : 3 * image.width()].reshape(image.height(), image.width(), 3).astype(float)
    padded = np.pad(found, ((1, 1), (1, 1), (0, 0)), mode="edge")
    height, width = found.shape[:2]
    parts = [padded[y : y + height, x : x + width] for y in range(3) for x in range(3)]
    blurred: Pixels = np.mean(parts, axis=0)
    return blurred


def difference(one: QImage, other: QImage) -> Difference:
    """Of two shrunk pictures."""
    if one.size() != other.size():
        return Difference(255.0, 255.0)
    apart = np.abs(pixels(one) - pixels(other))
    return Difference(float(apart.max()), float(apart.mean()))


def check(name: str, picture: QPixmap, folder: Path) -> None:
    """Fail unless it looks like the kept picture of that name; folder takes what it looks like."""
    kept = FOLDER / f"{name}.png"
    small = shrunk(picture)
    if os.environ.get(WRITE):
        FOLDER.mkdir(exist_ok=True)
        small.save(str(kept))
    found = difference(QImage(str(kept)).convertToFormat(QImage.Format.Format_RGB888), small)
    if not found.is_small:
        seen = folder / f"{name}.png"
        picture.save(str(seen))
        raise AssertionError(
            f"{name} looks otherwise (worst {found.worst:.0f}, mean {found.mean:.2f}): see {seen}. "
            f"If it should, set {WRITE}=1 and run this test again."
        )
