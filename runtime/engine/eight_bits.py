"""Weights in 8 bits with a scale for each output, and the kernels that read them."""

from __future__ import annotations

import itertools
import platform
import warnings
from functools import cache
from typing import Any
from weakref import WeakValueDictionary

import torch

# Bounds the memory that quantising takes.
_OUTPUTS_AT_ONCE = 256


def eight_bits(weight: torch.Tensor) -> WholeProducts | WideProducts:
    """The weight in 8 bits, for the faster kernel that this processor has."""
    return WholeProducts(weight) if has_whole_products() else WideProducts(weight)


class WideProducts:
    """Weights are widened as they are read, and multiplied with rows as they are."""

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

    def __init__(self, weight: torch.Tensor, dtype: torch.dtype | None = None) -> None:
        """dtype is the products' format; the weight's own if none is named."""
        self._dtype = weight.dtype
        self._product_dtype = dtype or weight.dtype
        self.packed, self.nbytes = _prepacked(weight)
        self._steps, self._zero = _input_steps()
        self._number = next(_numbers)
        _by_number[self._number] = self

    def times(self, rows: torch.Tensor) -> torch.Tensor:
        values = rows.float()
        largest = values.abs().amax(1, keepdim=True).clamp_(min=1e-12)
        inputs = (values / largest, 1 / self._steps, self._zero)
        if is_traced():
            products: torch.Tensor = torch.ops.hpipe.whole_products(*inputs, self._number)
        else:
            products = _whole_products(*inputs, self.packed)
        return products.mul_(largest).to(self._product_dtype)

    def unpacked(self) -> torch.Tensor:
        weight, _ = torch.ops.quantized.linear_unpack(self.packed)
        scale = weight.q_per_channel_scales().to(self._dtype)
        whole: torch.Tensor = weight.int_repr()
        return whole.to(self._dtype).mul_(scale[:, None]).t()


@cache
def has_whole_products() -> bool:
    """Whether torch's kernel for them is there, and right on this processor."""
    if platform.machine().lower() not in ("x86_64", "amd64"):
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
    weight: torch.Tensor, input_factors: torch.Tensor | None = None
) -> tuple[torch.Tensor, torch.Tensor]:
    """Whole numbers like the weight, divided by a factor for each input; each output's scale."""
    whole = torch.empty(weight.shape, dtype=torch.int8, device=weight.device)
    scales = torch.empty(len(weight), device=weight.device)
    for part in torch.split(torch.arange(len(weight)), _OUTPUTS_AT_ONCE):
        place = slice(int(part[0]), int(part[-1]) + 1)
        values = weight[place].float() if input_factors is None else weight[place] / input_factors
        scale = values.abs().amax(1).div_(127).clamp_(min=1e-12)
        whole[place] = (values / scale[:, None]).round_()
        scales[place] = scale
    return whole, scales


def _prepacked(given: torch.Tensor) -> tuple[Any, int]:
    """A weight as the kernel reads it, and how many bytes it has."""
    torch.backends.quantized.engine = "fbgemm"
    whole, scale = rounded(given)
    size = whole.nbytes + scale.nbytes
    with warnings.catch_warnings():
        # The tensor type is on its way out; the kernel has no other way in.
        warnings.simplefilter("ignore")
        weight = torch._make_per_channel_quantized_tensor(
            whole, scale, torch.zeros(len(whole), dtype=torch.long), 0
        )
        del whole  # which it copied, before it is copied once more
        return torch.ops.quantized.linear_prepack(weight, None), size


@cache
def _input_steps() -> tuple[int, int]:
    """Steps from zero to a row's largest value, and what stands for zero.

    Without VNNI two products are added in 16 bits, which 8-bit rows would overflow.
    """
    return (127, 128) if torch.cpu._is_vnni_supported() else (63, 64)


def _whole_products(rows: torch.Tensor, step: float, zero: int, packed: Any) -> torch.Tensor:
    kernel = torch.ops.quantized.linear_with_input_q_dq_qweight_dq_output_fp32
    products: torch.Tensor = kernel(rows, step, zero, packed)
    return products


# A trace cannot hold what the kernel reads, so that its recording has a number instead.
is_traced: Any = torch._C._is_tracing
_numbers = itertools.count()
_by_number: WeakValueDictionary[int, WholeProducts] = WeakValueDictionary()


def _numbered_products(rows: torch.Tensor, step: float, zero: int, number: int) -> torch.Tensor:
    return _whole_products(rows, step, zero, _by_number[number].packed)


_library: Any = torch.library.Library("hpipe", "FRAGMENT")  # type: ignore[no-untyped-call]
_library.define("whole_products(Tensor rows, float step, int zero, int number) -> Tensor")
_library.impl("whole_products", _numbered_products, "CompositeExplicitAutograd")
