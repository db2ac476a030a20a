"""Numbers of the last while, where any stretch of them is one slice. No Qt in here."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


class Ring:
    """The last `capacity` rows of `columns` numbers.

    Every row is written twice, half the storage apart, so that the rows that are kept always lie
    in one piece.
    """

    def __init__(self, capacity: int, columns: int) -> None:
        self._capacity = capacity
        self._rows: Floats = np.zeros((2 * capacity, columns))
        self._written = 0

    def __len__(self) -> int:
        return min(self._written, self._capacity)

    def append(self, *row: float) -> None:
        place = self._written % self._capacity
        self._rows[place] = row
        self._rows[place + self._capacity] = row
        self._written += 1

    @property
    def rows(self) -> Floats:
        """What is kept, oldest first: a view that the next append may change."""
        count = len(self)
        end = self._written % self._capacity + self._capacity
        if self._written < self._capacity:
            return self._rows[:count]
        return self._rows[end - self._capacity : end]
