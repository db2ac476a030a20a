"""Linear layers of a CPU with their weights laid out once as its kernels read them.

A plain linear layer has its weights rearranged at every call. Packed ahead, a chunk gains some
percent and a single token doubles its speed; and oneDNN can apply an activation, or multiply with
another tensor, while the results are still in registers. With fewer bits a few rows at a time go
through quantised weights; chunks use others, of 8 bits or as they were, kept beside them or
unpacked for each chunk.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

import torch
from msgspec import Struct

from runtime.engine.device import has_bfloat16
from runtime.engine.few_rows import FEW_ROWS
from runtime.engine.gelu import gelu_tanh
from runtime.engine.numbered import is_traced
from runtime.engine.quantised import Quantised, quantised
from runtime.engine.quick import Quick
from runtime.engine.whole_chunks import WholeWeights, whole_weights

# The layout depends on how many rows are to come; chunks have hundreds, and one row likes it too.
_LAYOUT_ROWS = 512
# So many products are added up one after the other for a single row too; if they are more, in
# another order than for one of several rows, which would then not get the same bits.
_ADDED_IN_TURN = 1024

_functional = torch.nn.functional


class Activation(Struct, frozen=True):
    """An activation function: oneDNN's name and variant, a GPU kernel's name, torch's function."""

    name: str
    variant: str
    gpu_name: str
    function: Callable[[torch.Tensor], torch.Tensor]


GELU = Activation("gelu", "none", "gelu", _functional.gelu)
GELU_TANH = Activation("gelu", "tanh", "gelu_tanh", gelu_tanh)
SILU = Activation("swish", "", "silu", _functional.silu)
RELU = Activation("relu", "", "relu", _functional.relu)


def can_pack(device: torch.device, dtype: torch.dtype) -> bool:
    """Whether this build of torch and this processor compute packed layers of that format."""
    if device.type != "cpu" or not torch._C._has_mkldnn:
        return False
    return dtype == torch.float32 or (dtype == torch.bfloat16 and has_bfloat16())


def can_pack_layer(linear: torch.nn.Linear) -> bool:
    """Whether a layer can be packed; one whose weight is in few bits already is left so."""
    return type(linear) is torch.nn.Linear and can_pack(linear.weight.device, linear.weight.dtype)


class PackedLinear(Quick):
    """Stands in for a torch.nn.Linear, or for some of its outputs."""

    def __init__(self, weight: torch.Tensor, bias: torch.Tensor | None) -> None:
        super().__init__()
        self.out_features, self.in_features = weight.shape
        self._bias = None if bias is None else bias.detach()
        self._few_values = FEW_ROWS * self.in_features
        self._dtype = weight.dtype
        self._wide: torch.Tensor | None = torch.ops.mkldnn._reorder_linear_weight(
            weight.contiguous(), _LAYOUT_ROWS
        )
        self._whole: WholeWeights | None = None
        self._few: Quantised | None = None

    @classmethod
    def of(cls, linear: torch.nn.Linear) -> PackedLinear:
        return cls(linear.weight, linear.bias)

    @property
    def wide(self) -> torch.Tensor | None:
        """The weights in the format they had, where those are used."""
        return self._wide

    @property
    def has_few(self) -> bool:
        """Whether a few rows go through quantised weights."""
        return self._few is not None

    @property
    def nbytes(self) -> int:
        """Bytes of the weights, however they are kept."""
        few = 0 if self._few is None else self._few.nbytes
        return self._chunk_bytes + few + (0 if self._bias is None else self._bias.nbytes)

    @property
    def spare_bytes(self) -> int:
        """Bytes that give_up_spare would free."""
        return 0 if self._few is None else self._chunk_bytes

    def quantise(self, bits: int) -> None:
        """Keep the weights in fewer bits too, where their shape allows it.

        Chunks then go through them too, or through weights of 8 bits, if they sooner do.
        """
        if self._wide is None or self._few is not None or bits >= 8 * self._dtype.itemsize:
            return
        weight = self._wide.to_dense(self._dtype)
        self._few = quantised(weight, bits)
        if self._few is None:
            return
        if not self._few.serves_chunks:
            self._whole = whole_weights(weight)
        if self._few.serves_chunks or self._whole is not None:
            self._wide = None

    def give_up_spare(self) -> None:
        """Free what serves chunks alone, if there are weights of few bits to unpack theirs from."""
        if self._few is not None:
            self._wide = self._whole = None

    def forward(self, given: torch.Tensor) -> torch.Tensor:
        few = self._few_for(given)
        if few is not None:
            return self._narrow(given, few)
        return _linear(given, self._wide, self._bias, "none", "")

    def activated(self, given: torch.Tensor, activation: Activation) -> torch.Tensor:
        """The activation of what forward gives."""
        few = self._few_for(given)
        if few is not None:
            return activation.function(self._narrow(given, few))
        return _linear(given, self._wide, self._bias, activation.name, activation.variant)

    def times(self, given: torch.Tensor, factor: torch.Tensor) -> torch.Tensor:
        """The product, value by value, of what forward gives and a factor of the same shape."""
        few = self._few_for(given)
        if few is not None:
            return self._narrow(given, few).mul_(factor)
        return _product(given, factor, self._wide, self._bias, "mul")

    @property
    def _chunk_bytes(self) -> int:
        if self._whole is not None:
            return self._whole.nbytes
        values = 0 if self._wide is None else self.out_features * self.in_features
        return values * self._dtype.itemsize

    def _few_for(self, given: torch.Tensor) -> Quantised | None:
        """The quantised weights, unless what is given goes through the weights as they were."""
        is_narrow = self._wide is None or given.numel() <= self._few_values
        return self._few if is_narrow else None

    def _narrow(self, given: torch.Tensor, few: Quantised) -> torch.Tensor:
        # Kernels for few bits take no rows with gaps between them, which some norms leave.
        rows = given.contiguous().view(-1, self.in_features)
        if few.serves_chunks or given.numel() <= self._few_values:
            output = few.times(rows)
        elif self._whole is not None:
            output = self._whole.times(rows)
        else:
            output = torch.mm(rows, few.unpacked())
        if self._bias is not None:
            output += self._bias
        return output.view(*given.shape[:-1], self.out_features)


def _missing(*_: Any) -> torch.Tensor:
    raise NotImplementedError("this build of torch has no packed linear layers")


_pointwise: Any = getattr(torch.ops.mkldnn, "_linear_pointwise", _missing)


def _linear(
    given: torch.Tensor,
    weight: torch.Tensor | None,
    bias: torch.Tensor | None,
    name: str,
    variant: str,
) -> torch.Tensor:
    if given.shape[-2] == 1 and given.shape[-1] > _ADDED_IN_TURN:
        return _linear(_twice(given), weight, bias, name, variant).narrow(-2, 0, 1)
    if is_traced():
        output: torch.Tensor = _scripted().linear(given, weight, bias, name, variant)
    else:
        output = _pointwise(given, weight, bias, name, [], variant)
    return output


def _product(
    given: torch.Tensor,
    factor: torch.Tensor,
    weight: torch.Tensor | None,
    bias: torch.Tensor | None,
    name: str,
) -> torch.Tensor:
    if given.shape[-2] == 1 and given.shape[-1] > _ADDED_IN_TURN:
        return _product(_twice(given), _twice(factor), weight, bias, name).narrow(-2, 0, 1)
    if is_traced():
        output: torch.Tensor = _scripted().product(given, factor, weight, bias, name)
    else:
        output = _pointwise.binary(given, factor, weight, bias, name)
    return output


def _twice(row: torch.Tensor) -> torch.Tensor:
    return torch.cat([row, row], -2)


@cache
def _scripted() -> Any:
    """The kernels as a trace takes them, which has no words for an empty list of numbers."""
    return torch.jit.CompilationUnit(_SCRIPT)


_SCRIPT = """
def linear(given: Tensor, weight: Tensor, bias: Optional[Tensor], name: str, variant: str):
    return torch.ops.mkldnn._linear_pointwise(given, weight, bias, name, [], variant)

def product(given: Tensor, factor: Tensor, weight: Tensor, bias: Optional[Tensor], name: str):
    return torch.ops.mkldnn._linear_pointwise(given, factor, weight, bias, name)
"""
