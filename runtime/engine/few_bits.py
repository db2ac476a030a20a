"""Linear layers of a GPU whose weights are kept in 8 or 4 bits.

A token goes through kernels that read them as they are, where there are some; a chunk unpacks them
for itself, which costs the less of its time the longer it is, or finds them unpacked where there is
memory to spare.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cache
from typing import Any

import torch

from runtime.engine.agreement import agree
from runtime.engine.few_bits_kernels import few_bits_kernels
from runtime.engine.few_bits_layout import LAYOUTS, Layout
from runtime.engine.few_rows import FEW_ROWS
from runtime.engine.four_bits import fits_four_bits
from runtime.engine.gpu_kernels import takes

# Bounds the memory that quantising takes: half a dozen tensors of as many values, in float32.
_QUANTISED_AT_ONCE = 1 << 20
# Bounds what is unpacked for a chunk, but for so many outputs: fewer would leave a GPU idle.
_UNPACKED_AT_ONCE = 1 << 26
_LEAST_OUTPUTS = 4096
# Multiples of it suit torch's own kernel.
_TORCH_PIECE = 32


class FewBitsLinear(torch.nn.Linear):
    """A linear layer that unpacks its weight whenever it is looked at."""

    packed: torch.Tensor

    def __init__(
        self,
        layout: Layout,
        packed: torch.Tensor,
        scales: torch.Tensor,
        bias: torch.Tensor | None,
    ) -> None:
        torch.nn.Module.__init__(self)  # a linear layer's own makes a weight
        self.layout = layout
        self.out_features, self.in_features = len(packed), packed.shape[1] * 8 // layout.bits
        self.register_buffer("packed", packed)
        # A parameter, since a module's say where it computes, and in what format.
        self.scales = torch.nn.Parameter(scales, requires_grad=False)
        self.register_parameter(
            "bias", None if bias is None else torch.nn.Parameter(bias, requires_grad=False)
        )
        # No buffer: it is made of them, and given up for a session that needs its memory.
        self._unpacked_ahead: torch.Tensor | None = None
        is_whole = self.in_features % layout.piece_weights == 0
        is_known = is_whole and scales.dtype == torch.bfloat16
        self._kernels = few_bits_kernels(packed.device) if is_known else None
        self._torch_multiplies = (
            self._kernels is None
            and layout.bits == 8
            and not any(size % _TORCH_PIECE for size in packed.shape)
            and _torch_multiplies(packed.device, scales.dtype)
        )

    @classmethod
    def of(cls, linear: torch.nn.Linear, bits: int, device: torch.device) -> FewBitsLinear:
        """On a device, to which the weight comes piece by piece."""
        layout = LAYOUTS[bits]
        at_once = max(1, _QUANTISED_AT_ONCE // linear.in_features)
        # Not every device has all of the operations that it takes; a CPU does.
        where = device if device.type == "cuda" else linear.weight.device
        pieces = torch.split(linear.weight.detach(), at_once)
        parts = [layout.quantised(piece.to(where)) for piece in pieces]
        packed, scales = (torch.cat(tensors).to(device) for tensors in zip(*parts, strict=True))
        bias = None if linear.bias is None else linear.bias.detach().to(device)
        return cls(layout, packed, scales, bias)

    @classmethod
    def joined(cls, layers: Sequence[FewBitsLinear]) -> FewBitsLinear:
        """A layer with the outputs of several, one after another."""
        biases: list[torch.Tensor] = [layer.bias for layer in layers if layer.bias is not None]
        return cls(
            layers[0].layout,
            torch.cat([layer.packed for layer in layers]),
            torch.cat([layer.scales.detach() for layer in layers]),
            torch.cat(biases) if biases else None,
        )

    @property
    def weight(self) -> torch.Tensor:  # type: ignore[override]
        """The weight (outputs, inputs) in the format it had, anew each time if it is not kept."""
        ahead = self._unpacked_ahead
        return self._unpacked(slice(None)) if ahead is None else ahead

    @property
    def unpacked_bytes(self) -> int:
        """Bytes of the weight unpacked."""
        return self.out_features * self.in_features * self.scales.element_size()

    @property
    def spare_bytes(self) -> int:
        """Bytes that give_up_spare would free."""
        return 0 if self._unpacked_ahead is None else self.unpacked_bytes

    def unpack_ahead(self) -> None:
        """Keep the weight unpacked too, which chunks then find so."""
        self._unpacked_ahead = self.weight

    def give_up_spare(self) -> None:
        """Keep the weight in few bits alone."""
        self._unpacked_ahead = None

    def forward(self, given: torch.Tensor) -> torch.Tensor:
        if 0 < given.numel() <= FEW_ROWS * self.in_features:
            product = self._few_rows(given.contiguous())
            if product is not None:
                return product
        parts = list(self._unpacked_together())
        if len(parts) == 1 or self._unpacked_ahead is not None:
            return torch.nn.functional.linear(given, self.weight, self.bias)
        rows = given.reshape(-1, self.in_features)
        output = given.new_empty((len(rows), self.out_features))
        for part in parts:
            weight = self._unpacked(part).t()
            if given.device.type == "cuda":
                torch.mm(rows, weight, out=output[:, part])
            else:  # where it is less certain that a product finds its place
                output[:, part] = torch.mm(rows, weight)
            del weight  # before the next is made
        if self.bias is not None:
            output += self.bias
        return output.view(*given.shape[:-1], self.out_features)

    def _few_rows(self, given: torch.Tensor) -> torch.Tensor | None:
        """The product, if there is a kernel for it."""
        if self._kernels is not None and takes(given):
            return self._kernels.few_rows_times(
                given, self.packed, self.scales, self.bias, self.layout.bits
            )
        if not self._torch_multiplies:
            return None
        rows = given.view(-1, self.in_features)
        product: torch.Tensor = torch.ops.aten._weight_int8pack_mm(rows, self.packed, self.scales)
        if self.bias is not None:
            product += self.bias
        return product.view(*given.shape[:-1], self.out_features)

    def _unpacked(self, outputs: slice) -> torch.Tensor:
        packed, scales = self.packed[outputs], self.scales[outputs]
        if self._kernels is not None:
            return self._kernels.unpacked(packed, scales, self.layout.bits)
        return self.layout.unpacked(packed, scales)

    def _unpacked_together(self) -> Iterator[slice]:
        values = self.out_features * self.in_features
        count = min(-(-values // _UNPACKED_AT_ONCE), self.out_features // _LEAST_OUTPUTS)
        size = -(-self.out_features // max(1, count) // 16) * 16
        for start in range(0, self.out_features, size):
            yield slice(start, min(start + size, self.out_features))


def is_linear(module: torch.nn.Module) -> bool:
    """Whether a module is a linear layer and nothing else, in many bits or in few."""
    return type(module) in (torch.nn.Linear, FewBitsLinear)


def keep_in_few_bits(module: torch.nn.Module, bits: int, device: torch.device) -> None:
    """Bring to a device, in so many bits, all linear layers in a module whose shape allows it."""
    for parent in list(module.modules()):
        for name, child in list(parent.named_children()):
            if type(child) is torch.nn.Linear and (bits == 8 or fits_four_bits(child.weight)):
                setattr(parent, name, FewBitsLinear.of(child, bits, device))


@cache
def _torch_multiplies(device: torch.device, dtype: torch.dtype) -> bool:
    """Whether torch has a kernel for a few rows and weights of 8 bits there, and it is right."""
    generator: Any = torch.Generator().manual_seed(8)
    packed = torch.randint(-127, 128, (64, 128), generator=generator, dtype=torch.int8).to(device)
    scales = torch.rand(64, generator=generator).to(device, dtype)
    rows = torch.randn(3, 128, generator=generator).to(device, dtype)
    try:
        found = torch.ops.aten._weight_int8pack_mm(rows, packed, scales)
    except (RuntimeError, AttributeError, TypeError, NotImplementedError):
        return False
    return agree(found, rows @ LAYOUTS[8].unpacked(packed, scales).t(), 0.02)
