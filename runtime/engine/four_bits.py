"""Weights in 4 bits, in groups with a scale and a zero point each, for torch's own kernel."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any

import torch

from runtime.engine.device import is_x86

# Weights along a row that share a scale and a zero point in 4 bits.
GROUP_WEIGHTS = 32
_BLOCK_OUTPUTS = 16
# Steps left unused below the least and above the greatest weight of a group, or lacking for them:
# then they are cut off, and the others are nearer to a step. The best is taken. A model that was
# stored in 4 bits before had such groups, and is met exactly.
_SPARE_STEPS = ((0, 0), (0, 1), (1, 0), (1, 1), (-1, 0), (0, -1), (-1, -1))
# Which end is cut off is often all the same, and is not to hang on how a device rounds.
_CLEARLY = 0.999
# Bounds the memory that quantising takes; a multiple of what any kernel handles together.
_OUTPUTS_AT_ONCE = 256


def fits_four_bits(weight: torch.Tensor) -> bool:
    """Whether torch's kernel takes 4-bit weights of that shape."""
    return weight.shape[0] % _BLOCK_OUTPUTS == 0 and weight.shape[1] % GROUP_WEIGHTS == 0


class FourBits:
    """A scale and a zero point for each group of inputs of an output."""

    serves_chunks = False

    def __init__(self, weight: torch.Tensor, *, is_rough: bool = False) -> None:
        outputs = weight.shape[0]
        steps = _SPARE_STEPS[:1] if is_rough else _SPARE_STEPS
        self._dtype, self._kernel_dtype = weight.dtype, _kernel_dtype(weight.dtype)
        # Only where the packed form cannot be read back is another kept to unpack from.
        keeps_whole = not _can_read_back(outputs)
        packed, all_scales, all_whole = [], [], []
        for part in torch.split(weight, _OUTPUTS_AT_ONCE):
            whole, scales = rounded_in_groups(part, steps)
            packed.append(_pack(whole))
            all_scales.append(scales.to(self._kernel_dtype))
            if keeps_whole:
                all_whole.append(whole.to(torch.uint8).t())
        self._packed, self._scales = torch.cat(packed), torch.cat(all_scales, 1)
        self._whole = torch.cat(all_whole, 1) if keeps_whole else None

    @property
    def nbytes(self) -> int:
        extra = 0 if self._whole is None else self._whole.nbytes
        return self._packed.nbytes + self._scales.nbytes + extra

    def times(self, rows: torch.Tensor) -> torch.Tensor:
        product: torch.Tensor = torch.ops.aten._weight_int4pack_mm_for_cpu(
            rows.to(self._kernel_dtype), self._packed, GROUP_WEIGHTS, self._scales
        )
        return product.to(self._dtype)

    def unpacked(self) -> torch.Tensor:
        groups, outputs, _ = self._scales.shape
        whole = _read_back(self._packed, outputs) if self._whole is None else self._whole
        values = whole.to(self._dtype).view(groups, GROUP_WEIGHTS, outputs)
        scale, zero = self._scales.to(self._dtype).unbind(-1)
        return values.sub_(8).mul_(scale[:, None]).add_(zero[:, None]).view(-1, outputs)


def rounded_in_groups(
    weight: torch.Tensor, spare_steps: Sequence[tuple[int, int]] = _SPARE_STEPS
) -> tuple[torch.Tensor, torch.Tensor]:
    """Whole numbers 0 to 15 like the weight, and scale and zero (groups, outputs, 2) in 16 bits."""
    outputs, inputs = weight.shape
    dtype = torch.bfloat16 if weight.dtype == torch.float32 else weight.dtype
    groups = weight.float().view(outputs, -1, GROUP_WEIGHTS)
    least, most = groups.aminmax(dim=-1, keepdim=True)
    pair, whole, error = _rounded(groups, least, most, spare_steps[0], dtype)
    for spare in spare_steps[1:]:
        other_pair, other_whole, other_error = _rounded(groups, least, most, spare, dtype)
        better = other_error < error * _CLEARLY
        whole = torch.where(better, other_whole, whole)
        pair = torch.where(better, other_pair, pair)
        error = torch.minimum(error, other_error)
    scales = pair.view(outputs, -1, 2).transpose(0, 1).to(dtype)
    return whole.to(torch.int32).view(outputs, inputs), scales


def _rounded(
    groups: torch.Tensor,
    least: torch.Tensor,
    most: torch.Tensor,
    spare: tuple[int, int],
    dtype: torch.dtype,
) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Scale and zero, whole numbers, and squared error of groups with some steps unused."""
    below, above = spare
    scale = ((most - least) / (15 - below - above)).clamp_(min=1e-12)
    # A weight is (whole - 8) * scale + zero.
    zero = least + (8 - below) * scale
    # Both are kept in the weight's format: whole numbers make up for what that takes from them.
    scale, zero = scale.to(dtype).float(), zero.to(dtype).float()
    whole = (groups - zero).div_(scale).add_(8).round_().clamp_(0, 15)
    error = torch.addcmul(zero - groups, whole - 8, scale).square_().sum(-1, keepdim=True)
    return torch.cat([scale, zero], -1), whole, error


def _kernel_dtype(dtype: torch.dtype) -> torch.dtype:
    """The format in which torch's kernel is fast.

    On x86 it is written for bfloat16 alone, also for processors that know no such numbers: with
    rows of 32 bits it takes ten times as long.
    """
    return torch.bfloat16 if dtype == torch.float32 and is_x86() else dtype


def _pack(whole: torch.Tensor) -> torch.Tensor:
    packed: torch.Tensor = torch.ops.aten._convert_weight_to_int4pack_for_cpu(whole, 1)
    return packed


def _read_back(packed: torch.Tensor, outputs: int) -> torch.Tensor:
    """Whole numbers (inputs, outputs) of what _pack made, if it lays blocks out as we suppose."""
    block = _block_outputs()
    halves = packed.view(outputs // block, -1, block // 2)
    whole = torch.cat([halves & 15, halves >> 4], -1)
    return whole.transpose(0, 1).reshape(-1, outputs)


def _block_outputs() -> int:
    """Outputs that torch's kernel handles together, which depends on the processor."""
    return {"AVX512": 64, "AVX2": 32}.get(torch.backends.cpu.get_cpu_capability(), 16)


@cache
def _can_read_back(outputs: int) -> bool:
    """Whether the layout is the supposed one: it is not part of what torch promises."""
    if outputs % _block_outputs():
        return False
    generator: Any = torch.Generator().manual_seed(4)
    whole = torch.randint(0, 16, (outputs, GROUP_WEIGHTS), generator=generator, dtype=torch.int32)
    return torch.equal(_read_back(_pack(whole), outputs).int(), whole.t())
