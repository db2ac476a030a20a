"""Chunks through weights in 8 bits, their rows rounded to 8 bits too.

Processors with instructions for it multiply whole numbers of 8 bits twice as fast as numbers of 16,
and four times as fast as numbers of 32. Each row is rounded by its own largest value, so that what
a token is given does not depend on the chunk it is read in.
"""

from __future__ import annotations

import platform
import time
from collections.abc import Callable
from functools import cache
from typing import Any

import torch

from runtime.engine.agreement import agree, agree_on_average
from runtime.engine.eight_bits import rounded

# Steps from zero to a row's largest value, and what stands for zero.
_STEPS, _ZERO = 127, 128
# Weights are laid out for chunks of so many rows.
_LAYOUT_ROWS = 256
_TRIALS = 5
# Where there is no kernel made for the processor, one that is a thousand times slower takes part.
_PATIENCE_SECONDS = 1.0


class WholeWeights:
    """A weight (outputs, inputs) in 8 bits, in a layout for chunks."""

    def __init__(self, weight: torch.Tensor) -> None:
        # An input counts by the size of its weights: one with small weights is made smaller, and
        # they larger, lest it alone says how large the steps of its row are.
        sizes = weight.abs().mean(0, dtype=torch.float32).clamp_(min=1e-12)
        self._input_factors = sizes.div_(sizes.mean())
        whole, self._scale = rounded(weight, self._input_factors)
        self._zeros = torch.zeros(len(whole), dtype=torch.long)
        self._packed = torch.ops.onednn.qlinear_prepack(whole, [_LAYOUT_ROWS, whole.shape[1]])
        kept = (whole, self._input_factors, self._scale, self._zeros)
        self.nbytes = sum(tensor.nbytes for tensor in kept)

    def times(self, rows: torch.Tensor) -> torch.Tensor:
        """Products (n, outputs) with rows (n, inputs), in the rows' format."""
        values = rows.to(torch.float32, copy=True).mul_(self._input_factors)
        most, least = values.amax(-1, keepdim=True), values.amin(-1, keepdim=True)
        largest = torch.maximum(most, least.neg_()).clamp_(min=1e-12)
        # In the format in which products are multiplied by it.
        step = largest.div_(_STEPS).to(rows.dtype)
        # Halves, which narrow formats often meet, go up as often as down.
        whole = values.mul_(step.float().reciprocal()).round_().to(torch.int8)
        # 128 more, as kernels want it: conversion to numbers without a sign is many times slower.
        whole = whole.view(torch.uint8).bitwise_xor_(_ZERO)
        products: torch.Tensor = torch.ops.onednn.qlinear_pointwise(
            *(whole, 1.0, _ZERO, self._packed, self._scale, self._zeros, None),
            *(1.0, 0, rows.dtype, "none", [], ""),
        )
        return products.mul_(step)


@cache
def has_whole_chunks(dtype: torch.dtype) -> bool:
    """Whether such products are there, right, and no slower than those of this format."""
    if platform.machine().lower() not in ("x86_64", "amd64"):
        return False
    if dtype == torch.bfloat16 and torch.cpu._is_amx_tile_supported():
        # Beside tiles for numbers of 16 bits it takes 0.6 to 2 times as long, by shape and moment,
        # as seen on a Xeon: a clock would tell each engine of a machine something else.
        return False
    generator: Any = torch.Generator().manual_seed(6)
    weight = torch.randn(1024, 1024, generator=generator).to(dtype)
    rows = torch.randn(256, 1024, generator=generator).to(dtype)
    # Products of two that do not fit into 16 bits, which older instructions add up in.
    weight[0], rows[0] = weight[0].abs().max(), rows[0].abs().max()
    wanted = torch.nn.functional.linear(rows, weight)
    began = time.perf_counter()
    try:
        narrow = WholeWeights(weight)
        found = narrow.times(rows)
    except (RuntimeError, AttributeError, TypeError, NotImplementedError):
        return False
    if time.perf_counter() - began > _PATIENCE_SECONDS:
        return False
    if not agree(found[0, 0], wanted[0, 0], 0.02) or not agree_on_average(found, wanted, 0.05):
        return False
    plain = _seconds(lambda: torch.nn.functional.linear(rows, weight))
    # Twice as fast as a rule: all engines of a machine are to come to the same, however busy it is.
    return _seconds(lambda: narrow.times(rows)) < 1.5 * plain


def _seconds(work: Callable[[], Any]) -> float:
    """The shortest of several times."""
    times = []
    for _ in range(_TRIALS):
        began = time.perf_counter()
        work()
        times.append(time.perf_counter() - began)
    return min(times)
