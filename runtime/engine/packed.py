"""Linear layers of a CPU with their weights laid out once as oneDNN's kernels read them.

A plain linear layer has its weights rearranged at every call. Packed ahead, a chunk gains some
percent and a single token doubles its speed; and oneDNN can apply an activation, or multiply with
another tensor, while the results are still in registers.
"""

from __future__ import annotations

from typing import Any

import torch

# The layout depends on how many rows are to come; chunks have hundreds, and one row likes it too.
_ROWS = 512


class Activation(tuple[str, str]):
    """An activation function by oneDNN's name for it, and the variant of its formula."""

    __slots__ = ()


GELU = Activation(("gelu", "none"))
GELU_TANH = Activation(("gelu", "tanh"))
SILU = Activation(("swish", ""))
RELU = Activation(("relu", ""))


def can_pack(device: torch.device, dtype: torch.dtype) -> bool:
    """Whether this build of torch and this processor compute packed layers of that format."""
    if device.type != "cpu" or not torch._C._has_mkldnn:
        return False
    if dtype == torch.bfloat16:
        return bool(torch.ops.mkldnn._is_mkldnn_bf16_supported())
    return dtype == torch.float32


class PackedLinear(torch.nn.Module):
    """Stands in for a torch.nn.Linear, or for some of its outputs."""

    def __init__(self, weight: torch.Tensor, bias: torch.Tensor | None) -> None:
        super().__init__()
        self.out_features, self.in_features = weight.shape
        self.nbytes = weight.nbytes
        self._packed = torch.ops.mkldnn._reorder_linear_weight(weight.contiguous(), _ROWS)
        self.register_buffer("_bias", None if bias is None else bias.detach())

    @classmethod
    def of(cls, linear: torch.nn.Linear) -> PackedLinear:
        return cls(linear.weight, linear.bias)

    def forward(self, given: torch.Tensor) -> torch.Tensor:
        output: torch.Tensor = _pointwise(given, self._packed, self._bias, "none", [], "")
        return output

    def activated(self, given: torch.Tensor, activation: Activation) -> torch.Tensor:
        """The activation of what forward gives."""
        name, variant = activation
        output: torch.Tensor = _pointwise(given, self._packed, self._bias, name, [], variant)
        return output

    def times(self, given: torch.Tensor, factor: torch.Tensor) -> torch.Tensor:
        """The product, value by value, of what forward gives and a factor of the same shape."""
        output: torch.Tensor = _pointwise.binary(given, factor, self._packed, self._bias, "mul")
        return output


def _missing(*_: Any) -> torch.Tensor:
    raise NotImplementedError("this build of torch has no packed linear layers")


_pointwise: Any = getattr(torch.ops.mkldnn, "_linear_pointwise", _missing)
