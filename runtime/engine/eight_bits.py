"""Weights in 8 bits with a scale for each output, and the kernels that read them."""

from __future__ import annotations

import warnings
from functools import cache
from typing import Any

import torch
from msgspec import Struct

from runtime.engine import numbered
from runtime.engine.device import is_x86

# Bounds the memory that quantising takes.
_OUTPUTS_AT_ONCE = 256


class Steps(Struct, frozen=True):
    """Steps from zero to the largest weight, and value of a row, and what stands for its zero."""

    weights: int
    rows: int
    zero: int


# Without VNNI two products are added in 16 bits, which 8 bits of both would overflow.
FINE = Steps(weights=127, rows=127, zero=128)
COARSE_ROWS = Steps(weights=127, rows=63, zero=64)
COARSE_WEIGHTS = Steps(weights=64, rows=127, zero=128)


def eight_bits(weight: torch.Tensor) -> WholeProducts | WideProducts:
    """The weight in 8 bits, for the faster kernel that this processor has."""
    return WholeProducts(weight) if has_whole_products() else WideProducts(weight)


class WideProducts:
    """Weights are widened as they are read, and multiplied with rows as they are."""

    serves_chunks = False

    def __init__(self, weight: torch.Tensor) -> None:
        self._whole, self._scale = rounded(weight)
        self._scale = self._scale.to(weight.dtype)

    @property
    def nbytes(self) -> int:
        return self._whole.nbytes + self._scale.nbytes

    def times(self, rows: torch.Tensor) -> torch.Tensor:
        product: torch.Tensor = torch.ops.aten._weight_int8pack_mm(rows, self._whole, self._scale)
        return product

    def unpacked(self) -> torch.Tensor:
        return self._whole.to(self._scale.dtype).mul_(self._scale[:, None]).t()


class WholeProducts:
    """Rows are rounded to 8 bits too, each by its largest value, and whole numbers multiplied.

    By the same instructions that serve quantised models for servers: eight rows take hardly longer
    than one.
    """

    serves_chunks = False

    def __init__(
        self,
        weight: torch.Tensor,
        dtype: torch.dtype | None = None,
        steps: Steps | None = None,
    ) -> None:
        """dtype is the products' format, the weight's own if none is named.

        Its steps are as fine as this processor can have for weights, if none are named.
        """
        self._dtype = weight.dtype
        self._product_dtype = dtype or weight.dtype
        self._steps = steps or (FINE if torch.cpu._is_vnni_supported() else COARSE_ROWS)
        self._packed, self.nbytes = _prepacked(weight, self._steps.weights)
        self.number = numbered.number_of(self)

    def times(self, rows: torch.Tensor) -> torch.Tensor:
        values = rows.float()
        largest = values.abs().amax(1, keepdim=True).clamp_(min=1e-12)
        products = numbered.products(self, values / largest)
        return products.mul_(largest).to(self._product_dtype)

    def products(self, rows: torch.Tensor) -> torch.Tensor:
        """Products with rows of 32 bits whose largest values are 1."""
        kernel = torch.ops.quantized.linear_with_input_q_dq_qweight_dq_output_fp32
        output: torch.Tensor = kernel(rows, 1 / self._steps.rows, self._steps.zero, self._packed)
        return output

    def unpacked(self) -> torch.Tensor:
        weight, _ = torch.ops.quantized.linear_unpack(self._packed)
        scale = weight.q_per_channel_scales().to(self._dtype)
        whole: torch.Tensor = weight.int_repr()
        return whole.to(self._dtype).mul_(scale[:, None]).t()


@cache
def has_whole_products() -> bool:
    """Whether torch's kernel for them is there, and right on this processor."""
    if not is_x86():
        return False
    generator: Any = torch.Generator().manual_seed(5)
    weight = torch.randn(96, 256, generator=generator)
    rows = torch.randn(5, 256, generator=generator)
    try:
        found = WholeProducts(weight)
        products = found.times(rows)
        alone = torch.cat([found.times(row[None]) for row in rows])
        wanted = rows @ found.unpacked()
    except (RuntimeError, AttributeError, TypeError, NotImplementedError):
        return False
    error = (products - wanted).abs().max() / wanted.abs().max()
    return bool(error < 0.03) and torch.equal(products, alone)


def rounded(
    weight: torch.Tensor, input_factors: torch.Tensor | None = None, steps: int = FINE.weights
) -> tuple[torch.Tensor, torch.Tensor]:
    """Whole numbers like the weight, divided by a factor for each input; each output's scale."""
    whole = torch.empty(weight.shape, dtype=torch.int8, device=weight.device)
    scales = torch.empty(len(weight), device=weight.device)
    for part in torch.split(torch.arange(len(weight)), _OUTPUTS_AT_ONCE):
        place = slice(int(part[0]), int(part[-1]) + 1)
        values = weight[place].float() if input_factors is None else weight[place] / input_factors
        scale = values.abs().amax(1).div_(steps).clamp_(min=1e-12)
        whole[place] = (values / scale[:, None]).round_()
        scales[place] = scale
    return whole, scales


def _prepacked(given: torch.Tensor, steps: int) -> tuple[Any, int]:
    """A weight as the kernel reads it, and how many bytes it has."""
    torch.backends.quantized.engine = "fbgemm"
    whole, scale = rounded(given, steps=steps)
    size = whole.nbytes + scale.nbytes
    with warnings.catch_warnings():
        # The tensor type is on its way out; the kernel has no other way in.
        warnings.simplefilter("ignore")
        weight = torch._make_per_channel_quantized_tensor(
            whole, scale, torch.zeros(len(whole), dtype=torch.long), 0
        )
        del whole  # which it copied, before it is copied once more
        return torch.ops.quantized.linear_prepack(weight, None), size
