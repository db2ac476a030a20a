"""Linear layers of a GPU that read their weights faster for a single row."""

from __future__ import annotations

import torch

from runtime.engine.gpu_kernels import gpu_kernels, is_recording, takes
from runtime.engine.quick import Quick


class GpuLinear(Quick):
    """Stands in for a torch.nn.Linear. One row goes through a kernel of our own while recorded."""

    def __init__(self, linear: torch.nn.Linear) -> None:
        super().__init__()
        self.weight, self.bias = linear.weight, linear.bias
        self._tensors = (linear.weight, linear.bias)
        self._row_values = linear.weight.shape[1]
        self._kernels = gpu_kernels(linear.weight.device) if takes(linear.weight) else None

    def forward(self, given: torch.Tensor) -> torch.Tensor:
        weight, bias = self._tensors
        if given.numel() == self._row_values and self._kernels is not None and is_recording():
            row = given.contiguous()
            if takes(row):
                return self._kernels.row_times(row, weight, bias)
        return torch.nn.functional.linear(given, weight, bias)


def gpu_linear(linear: torch.nn.Linear) -> torch.nn.Module:
    """The layer itself, or what computes the same sooner."""
    is_plain = type(linear) is torch.nn.Linear
    return GpuLinear(linear) if is_plain and gpu_kernels(linear.weight.device) else linear
