"""Where the machines stand in the picture of the pool. Pure geometry."""

from __future__ import annotations

import math

from msgspec import Struct


class Place(Struct, frozen=True):
    """The centre of a node."""

    x: float
    y: float


def places(
    count: int, width: float, height: float, margin_x: float, margin_y: float
) -> list[Place]:
    """This machine first, in the middle where there are four or more; the others around it."""
    left, right, top, bottom = margin_x, width - margin_x, margin_y, height - margin_y
    middle_x, middle_y = width / 2, height / 2
    middle = Place(middle_x, middle_y)
    if count <= 1:
        return [middle] * count
    if count == 2:
        return [Place(left, middle_y), Place(right, middle_y)]
    corners = [Place(left, bottom), Place(right, bottom)]
    if count == 3:
        return [Place(middle_x, top), *corners]
    if count == 4:
        return [middle, Place(middle_x, top), *corners]
    if count == 5:
        return [middle, Place(left, top), Place(right, top), *corners]
    angles = (2 * math.pi * number / (count - 1) - math.pi / 2 for number in range(count - 1))
    around = [
        Place(
            middle_x + max(1.0, middle_x - margin_x) * math.cos(angle),
            middle_y + max(1.0, middle_y - margin_y) * math.sin(angle),
        )
        for angle in angles
    ]
    return [middle, *around]


def along(start: Place, end: Place, fraction: float) -> Place:
    """A point on the way from one place to another."""
    return Place(
        start.x + (end.x - start.x) * fraction,
        start.y + (end.y - start.y) * fraction,
    )
