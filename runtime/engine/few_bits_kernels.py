"""Weights in few bits on an NVIDIA GPU: a few rows multiplied with them, and unpacking for many."""

from __future__ import annotations

from functools import cache

import torch

from runtime.engine.agreement import agree
from runtime.engine.few_bits_layout import LAYOUTS
from runtime.engine.few_bits_source import (
    BLOCK_OUTPUTS,
    PIECES_PER_THREAD,
    SOURCE,
    UNPACKING_THREADS,
    WARPS_PER_BLOCK,
)
from runtime.engine.few_rows import FEW_ROWS
from runtime.engine.gpu_compiling import capability_of, compiled, tried

# Weights that a thread unpacks at once.
_PIECE = 8
_RELATIVE_ERROR = 0.01


class FewBitsKernels:
    """The kernels of one device, for rows and scales of bfloat16 and the layouts of our own."""

    def __init__(self, device: torch.device) -> None:
        capability = capability_of(device)
        names = {4: "four_bits", 8: "eight_bits"}
        with torch.cuda.device(device):
            self._few_rows, self._unpack = (
                {
                    bits: compiled(SOURCE, f"{what}_{name}", capability)
                    for bits, name in names.items()
                }
                for what in ("few_rows_of", "unpack")
            )

    def few_rows_times(
        self,
        given: torch.Tensor,
        packed: torch.Tensor,
        scales: torch.Tensor,
        bias: torch.Tensor | None,
        bits: int,
    ) -> torch.Tensor:
        """One to FEW_ROWS contiguous rows (..., in), as torch.nn.functional.linear.

        A row's product does not depend on the other rows. Rows start at multiples of 16 bytes, and
        have a multiple of as many values as 16 bytes of packed weights.
        """
        outputs, inputs = packed.shape[0], given.shape[-1]
        output = given.new_empty((*given.shape[:-1], outputs))
        self._few_rows[bits](
            grid=(-(-outputs // BLOCK_OUTPUTS), 1, 1),
            block=(32 * WARPS_PER_BLOCK, 1, 1),
            args=[
                packed,
                scales,
                given,
                scales if bias is None else bias,
                output,
                given.numel() // inputs,
                outputs,
                inputs,
                int(bias is not None),
            ],
        )
        return output

    def unpacked(self, packed: torch.Tensor, scales: torch.Tensor, bits: int) -> torch.Tensor:
        """The weight (out, in); in is a multiple of 8, and of whole groups in 4 bits."""
        inputs = packed.shape[1] * 8 // bits
        output = scales.new_empty((packed.shape[0], inputs))
        pieces = output.numel() // _PIECE
        per_block = UNPACKING_THREADS * PIECES_PER_THREAD
        self._unpack[bits](
            grid=(-(-pieces // per_block), 1, 1),
            block=(UNPACKING_THREADS, 1, 1),
            args=[packed, scales, output, pieces, inputs // _PIECE],
        )
        return output


@cache
def few_bits_kernels(device: torch.device) -> FewBitsKernels | None:
    """The kernels of a device, or None where they cannot be compiled or are not right."""
    return tried(device, FewBitsKernels, _wrong)


def _wrong(kernels: FewBitsKernels, device: torch.device) -> list[str]:
    """The names of kernels that do not compute what torch's operations do."""
    generator = torch.Generator().manual_seed(7)

    def random(*sizes: int) -> torch.Tensor:
        return torch.randn(sizes, generator=generator).to(device, torch.bfloat16)

    wrong = []
    bias = random(217)
    for bits, layout in LAYOUTS.items():
        packed, scales = layout.quantised(random(217, 736))
        weight = layout.unpacked(packed, scales)
        if not torch.equal(kernels.unpacked(packed, scales, bits), weight):
            wrong.append(f"unpacking {bits} bits")
        for rows in (1, 3, FEW_ROWS):
            given = random(1, rows, 736)
            exact = given.float() @ weight.float().t()
            for added, wanted in ((None, exact), (bias, exact + bias.float())):
                found = kernels.few_rows_times(given, packed, scales, added, bits)
                if not agree(found, wanted, _RELATIVE_ERROR):
                    wrong.append(f"{rows} rows by {bits} bits")
    return wrong
