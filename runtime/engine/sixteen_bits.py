"""Weights in 16 bits for processors that compute in 32 alone.

Half the memory, and as much less to read for each token; widening them on the way costs nothing, as
the products that wait for them are what takes the time.
"""

from __future__ import annotations

import warnings
from functools import cache
from typing import Any

import torch

from runtime.engine import numbered
from runtime.engine.agreement import agree
from runtime.engine.device import is_x86
from runtime.engine.few_rows import FEW_ROWS

# One row or two alone, also when they are left over of more, are added up in an order of their own:
# so many rows are multiplied in the place of none, one, two and so on.
_ROWS_FOR = (0, 3, 3, 3, 4, 5, 6, 8, 8)
_GREATEST = torch.finfo(torch.float16).max


class SixteenBits:
    """A weight (outputs, inputs) as float16: it has all digits of bfloat16, if not its range."""

    serves_chunks = True

    def __init__(self, weight: torch.Tensor) -> None:
        self._packed = _prepacked(weight)
        self.nbytes = weight.numel() * torch.float16.itemsize
        self.number = numbered.number_of(self)

    def times(self, rows: torch.Tensor) -> torch.Tensor:
        count = len(rows)
        lacking = _ROWS_FOR[count] - count if count <= FEW_ROWS else 0
        if not lacking:
            return numbered.products(self, rows)
        filled = torch.cat([rows, rows[:1].expand(lacking, -1)])
        return numbered.products(self, filled)[:count]

    def products(self, rows: torch.Tensor) -> torch.Tensor:
        output: torch.Tensor = torch.ops.quantized.linear_dynamic_fp16(rows, self._packed)
        return output

    def unpacked(self) -> torch.Tensor:
        weight, _ = torch.ops.quantized.linear_unpack_fp16(self._packed)
        transposed: torch.Tensor = weight.t()
        return transposed


def sixteen_bits(weight: torch.Tensor) -> SixteenBits | None:
    """A weight of 32 bits in 16, or None where that is not right, or loses its greatest values."""
    if weight.dtype != torch.float32 or not has_sixteen_bits():
        return None
    return SixteenBits(weight) if bool(weight.abs().max() <= _GREATEST) else None


@cache
def has_sixteen_bits() -> bool:
    """Whether torch's kernel for them is there, and right on this processor."""
    if not is_x86():
        return False
    generator: Any = torch.Generator().manual_seed(7)
    weight = torch.randn(80, 96, generator=generator).half().float()
    rows = torch.randn(FEW_ROWS, 96, generator=generator)
    try:
        kept = SixteenBits(weight)
        wanted = torch.nn.functional.linear(rows, weight)
        found = [kept.times(rows[:count]) for count in range(1, FEW_ROWS + 1)]
        is_same = torch.equal(kept.unpacked().t(), weight)
    except (RuntimeError, AttributeError, TypeError, NotImplementedError):
        return False
    # The same bits for a row whichever others come with it, and those of the weight.
    is_same = is_same and all(torch.equal(some, found[-1][: len(some)]) for some in found)
    return is_same and agree(found[-1], wanted, 1e-4)


def _prepacked(weight: torch.Tensor) -> Any:
    torch.backends.quantized.engine = "fbgemm"
    with warnings.catch_warnings():
        # It tells of values that become 0, which are too small to matter.
        warnings.simplefilter("ignore")
        return torch.ops.quantized.linear_prepack_fp16(weight.contiguous(), None)
