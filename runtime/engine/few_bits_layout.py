"""How weights of 8 or 4 bits lie in memory on a GPU: plainly, so that any device can unpack them.

Whole numbers output by output, two in a byte where they have 4 bits, the earlier in its lower half;
and a scale for each output, or a scale and a zero for each group. Unlike the layouts of torch's own
kernels this one is joined by laying it end to end, and unpacked as fast as it is copied. Weights
are rounded as on a CPU, so that the stages of a model agree wherever they are.
"""

from __future__ import annotations

from collections.abc import Callable

import torch
from msgspec import Struct

from runtime.engine.eight_bits import rounded
from runtime.engine.four_bits import GROUP_WEIGHTS, rounded_in_groups


class Layout(Struct, frozen=True):
    """quantised makes packed weights and scales of a weight, and unpacked a weight of them.

    Kernels of our own read piece_weights at once, which must divide the inputs.
    """

    bits: int
    piece_weights: int
    quantised: Callable[[torch.Tensor], tuple[torch.Tensor, torch.Tensor]]
    unpacked: Callable[[torch.Tensor, torch.Tensor], torch.Tensor]


def _in_eight_bits(weight: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """int8 (outputs, inputs), and scales (outputs,)."""
    whole, scales = rounded(weight)
    return whole, scales.to(weight.dtype)


def _from_eight_bits(packed: torch.Tensor, scales: torch.Tensor) -> torch.Tensor:
    return packed.to(scales.dtype).mul_(scales[:, None])


def _in_four_bits(weight: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """uint8 (outputs, inputs / 2), and scales with zeros behind them (outputs, groups, 2)."""
    whole, scales = rounded_in_groups(weight)
    # Equal weights may have a scale too small for their format, and then no number: any will do.
    whole = (whole & 15).to(torch.uint8)
    by_output = scales.to(weight.dtype).transpose(0, 1).contiguous()
    return whole[:, ::2] | (whole[:, 1::2] << 4), by_output


def _from_four_bits(packed: torch.Tensor, scales: torch.Tensor) -> torch.Tensor:
    whole = torch.stack([packed & 15, packed >> 4], -1)
    values = whole.to(scales.dtype).view(len(packed), -1, GROUP_WEIGHTS)
    values.sub_(8).mul_(scales[..., :1]).add_(scales[..., 1:])
    return values.view(len(packed), -1)


LAYOUTS = {
    8: Layout(8, 16, _in_eight_bits, _from_eight_bits),
    4: Layout(4, 32, _in_four_bits, _from_four_bits),
}
