"""Weights of a linear layer in 4, 8 or 16 bits, as kernels for a few rows read them.

A token's time goes into reading weights, so that fewer bits make it faster; a chunk computes enough
with each weight that unpacking it first costs little.
"""

from __future__ import annotations

from typing import Protocol

import torch

from runtime.engine.eight_bits import eight_bits
from runtime.engine.four_bits import FourBits, fits_four_bits
from runtime.engine.sixteen_bits import sixteen_bits


class Quantised(Protocol):
    """A weight (outputs, inputs) in few bits."""

    @property
    def nbytes(self) -> int: ...

    @property
    def serves_chunks(self) -> bool:
        """Whether it is as good for many rows."""
        ...

    def times(self, rows: torch.Tensor) -> torch.Tensor:
        """Products (rows, outputs) with some rows (rows, inputs); meant for few of them.

        A row's product does not depend on the other rows.
        """
        ...

    def unpacked(self) -> torch.Tensor:
        """The weight, transposed (inputs, outputs), in the format it had."""
        ...


def quantised(weight: torch.Tensor, bits: int) -> Quantised | None:
    """The weight in so many bits, or None where its shape or format does not allow it."""
    if bits == 16:
        return sixteen_bits(weight)
    if bits == 8:
        return eight_bits(weight)
    return FourBits(weight) if bits == 4 and fits_four_bits(weight) else sixteen_bits(weight)
