"""Weights in 16 bits for processors that compute in 32 alone.

Half the memory, and as much less to read for each token; widening them on the way costs nothing, as
the products that wait for them are what takes the time.
"""

from __future__ import annotations

import warnings
from functools import cache
from typing import Any

import torch
from msgspec import Struct

from runtime.engine import numbered
from runtime.engine.agreement import agree
from runtime.engine.device import is_x86

# Kernels take so many rows after the other; what is left over, in parts of some rows.
_PERIOD = 120
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
        lacking = _rows_lacking()[count % _PERIOD]
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
    try:
        case = _Case.made()
        found = [case.kept.times(case.rows[:count]) for count in (1, 2, 7, 127, 151, 250, 500)]
        whole = case.kept.unpacked().t()
    except (RuntimeError, AttributeError, TypeError, NotImplementedError):
        return False
    wanted = torch.nn.functional.linear(case.rows, whole)
    # A row gets the same bits, whichever others come with it.
    is_same = all(torch.equal(some, found[-1][: len(some)]) for some in found)
    return is_same and torch.equal(whole, case.weight) and agree(found[-1], wanted[:500], 1e-4)


@cache
def _rows_lacking() -> tuple[int, ...]:
    """How many rows are added to so many, so that each is added up as it would be among others.

    Some processors' kernels for one row or two do that in an order of their own, also where those
    are left over of more.
    """
    case = _Case.made()
    together = case.kept.products(case.rows[:_PERIOD])
    is_good = [
        torch.equal(case.kept.products(case.rows[:count]), together[:count])
        for count in range(1, _PERIOD + 1)
    ]
    return (0, *(is_good.index(True, place) - place for place in range(_PERIOD - 1)))


class _Case(Struct, frozen=True):
    """A product to try the kernel with."""

    weight: torch.Tensor
    rows: torch.Tensor
    kept: SixteenBits

    @classmethod
    def made(cls) -> _Case:
        generator: Any = torch.Generator().manual_seed(7)
        weight = torch.randn(80, 96, generator=generator).half().float()
        return cls(weight, torch.randn(512, 96, generator=generator), SixteenBits(weight))


def _prepacked(weight: torch.Tensor) -> Any:
    torch.backends.quantized.engine = "fbgemm"
    with warnings.catch_warnings():
        # It tells of values that become 0, which are too small to matter.
        warnings.simplefilter("ignore")
        return torch.ops.quantized.linear_prepack_fp16(weight.contiguous(), None)
