"""Chunks through weights in 8 bits, their rows rounded to 8 bits too.

Processors with instructions for it multiply whole numbers of 8 bits twice as fast as numbers of 16,
and four times as fast as numbers of 32; older ones twice as fast as these. Each row is rounded by
its own largest value, so that what a token is given does not depend on the chunk it is read in.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import cache
from typing import Any, Protocol

import torch
from msgspec import Struct

from runtime.engine.agreement import agree, agree_on_average
from runtime.engine.device import has_bfloat16, is_x86
from runtime.engine.eight_bits import COARSE_WEIGHTS, FINE, WholeProducts, rounded

# Weights are laid out for chunks of so many rows.
_LAYOUT_ROWS = 256
_TRIALS = 5
# Where there is no kernel made for the processor, one that is a thousand times slower takes part.
_PATIENCE_SECONDS = 1.0


class WholeWeights(Protocol):
    """A weight (outputs, inputs) in 8 bits, in a layout for chunks."""

    nbytes: int

    def times(self, rows: torch.Tensor) -> torch.Tensor:
        """Products (n, outputs) with rows (n, inputs), in the rows' format."""
        ...


class FineWeights:
    """For processors that add up products of 8 bits in 32 (VNNI)."""

    def __init__(self, weight: torch.Tensor) -> None:
        self._input_factors = _input_factors(weight)
        whole, self._scale = rounded(weight, self._input_factors)
        self._zeros = torch.zeros(len(whole), dtype=torch.long)
        self._packed = torch.ops.onednn.qlinear_prepack(whole, [_LAYOUT_ROWS, whole.shape[1]])
        kept = (whole, self._input_factors, self._scale, self._zeros)
        self.nbytes = sum(tensor.nbytes for tensor in kept)

    def times(self, rows: torch.Tensor) -> torch.Tensor:
        values = rows.to(torch.float32, copy=True).mul_(self._input_factors)
        most, least = values.amax(-1, keepdim=True), values.amin(-1, keepdim=True)
        largest = torch.maximum(most, least.neg_()).clamp_(min=1e-12)
        # In the format in which products are multiplied by it.
        step = largest.div_(FINE.rows).to(rows.dtype)
        # Halves, which narrow formats often meet, go up as often as down.
        whole = values.mul_(step.float().reciprocal()).round_().to(torch.int8)
        # 128 more, as kernels want it: conversion to numbers without a sign is many times slower.
        whole = whole.view(torch.uint8).bitwise_xor_(FINE.zero)
        products: torch.Tensor = torch.ops.onednn.qlinear_pointwise(
            *(whole, 1.0, FINE.zero, self._packed, self._scale, self._zeros, None),
            *(1.0, 0, rows.dtype, "none", [], ""),
        )
        return products.mul_(step)


class CoarseWeights:
    """For processors that add up two of them in 16 bits: weights of 7 bits, rows of 8.

    Rows have single large values far oftener than weights, and need the finer steps.
    """

    def __init__(self, weight: torch.Tensor) -> None:
        self._input_factors = _input_factors(weight)
        self._products = WholeProducts(weight / self._input_factors, weight.dtype, COARSE_WEIGHTS)
        self.nbytes = self._products.nbytes + self._input_factors.nbytes

    def times(self, rows: torch.Tensor) -> torch.Tensor:
        return self._products.times(rows * self._input_factors)


def whole_weights(weight: torch.Tensor) -> WholeWeights | None:
    """The weight in 8 bits for chunks, or None where that is not right, or no faster."""
    kind = whole_chunks(weight.dtype)
    return None if kind is None else kind(weight)


@cache
def whole_chunks(dtype: torch.dtype) -> Callable[[torch.Tensor], WholeWeights] | None:
    """What this processor multiplies rows of this format with sooner than with such weights."""
    if not is_x86():
        return None
    if dtype == torch.bfloat16 and torch.cpu._is_amx_tile_supported():
        # Beside tiles for numbers of 16 bits it takes 0.6 to 2 times as long, by shape and moment,
        # as seen on a Xeon: a clock would tell each engine of a machine something else.
        return None
    case = _Case.of(dtype)
    if case.is_right(FineWeights):
        # Twice as fast as a rule: all engines of a machine are to come to the same, however busy
        # it is.
        return FineWeights if case.seconds(FineWeights) < 1.5 * case.plain_seconds() else None
    # No clock here: numbers of 32 bits take half as long again in all instructions that there are.
    return CoarseWeights if dtype == torch.float32 and case.is_right(CoarseWeights) else None


class _Case(Struct, frozen=True):
    """A product to try kernels with."""

    weight: torch.Tensor
    rows: torch.Tensor

    @classmethod
    def of(cls, dtype: torch.dtype) -> _Case:
        generator: Any = torch.Generator().manual_seed(6)
        weight = torch.randn(1024, 1024, generator=generator).to(dtype)
        rows = torch.randn(256, 1024, generator=generator).to(dtype)
        # Products of two that do not fit into 16 bits, which older instructions add up in.
        weight[0], rows[0] = weight[0].abs().max(), rows[0].abs().max()
        return cls(weight, rows)

    def is_right(self, kind: Callable[[torch.Tensor], WholeWeights]) -> bool:
        """Whether this processor and build of torch have it, and it gives nearly the same."""
        if self.weight.dtype == torch.bfloat16 and not has_bfloat16():
            return False  # what stands in for it takes half a minute
        wanted = torch.nn.functional.linear(self.rows, self.weight)
        began = time.perf_counter()
        try:
            found = kind(self.weight).times(self.rows)
        except (RuntimeError, AttributeError, TypeError, NotImplementedError):
            return False
        if time.perf_counter() - began > _PATIENCE_SECONDS:
            return False
        return agree(found[0, 0], wanted[0, 0], 0.02) and agree_on_average(found, wanted, 0.05)

    def seconds(self, kind: Callable[[torch.Tensor], WholeWeights]) -> float:
        whole = kind(self.weight)
        return _seconds(lambda: whole.times(self.rows))

    def plain_seconds(self) -> float:
        return _seconds(lambda: torch.nn.functional.linear(self.rows, self.weight))


def _input_factors(weight: torch.Tensor) -> torch.Tensor:
    """What inputs are multiplied by before they are rounded, and weights divided by.

    An input counts by the size of its weights: one with small weights is made smaller, and they
    larger, lest it alone says how large the steps of its row are.
    """
    sizes = weight.abs().mean(0, dtype=torch.float32).clamp_(min=1e-12)
    return sizes.div_(sizes.mean())


def _seconds(work: Callable[[], Any]) -> float:
    """The shortest of several times."""
    times = []
    for _ in range(_TRIALS):
        began = time.perf_counter()
        work()
        times.append(time.perf_counter() - began)
    return min(times)
