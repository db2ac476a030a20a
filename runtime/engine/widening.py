"""A model kept in 16 bits by a processor that computes in 32: numbers are widened as they are used.

Many processors have no instructions for 16-bit numbers. Were all kept in 32 bits, a stage would
take twice the memory that a plan counts on, and each token twice the reading.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch

from runtime.engine.sixteen_bits import has_sixteen_bits

NARROW = torch.bfloat16
# Of a head: as many are widened together as stay in a core's cache.
_OUTPUTS_AT_ONCE = 1_024


def kept_dtype(dtype: torch.dtype, weight_bits: int) -> torch.dtype:
    """The format in which a model computed in dtype is loaded, and keys and values are kept."""
    is_wide = dtype == torch.float32 and weight_bits <= 16
    return NARROW if is_wide and has_sixteen_bits() else dtype


class WidenedLinear(torch.nn.Linear):
    """A linear layer of narrow weights that takes and gives wide numbers."""

    def __init__(self, linear: torch.nn.Linear) -> None:
        torch.nn.Module.__init__(self)
        self.in_features, self.out_features = linear.in_features, linear.out_features
        self.weight, self.bias = linear.weight, linear.bias

    def forward(self, given: torch.Tensor) -> torch.Tensor:
        parts = torch.split(self.weight, _OUTPUTS_AT_ONCE)
        outputs = [torch.nn.functional.linear(given, part.to(given.dtype)) for part in parts]
        output = torch.cat(outputs, -1)
        return output if self.bias is None else output.add_(self.bias)


def widen_ends(model: Any, dtype: torch.dtype) -> None:
    """Let all of a loaded model but its layers compute in dtype.

    Embedding and head keep their weights as they are, everything else is small.
    """
    base, head = model.base_model, model.get_output_embeddings()
    embedding = base.get_input_embeddings()
    large = set(base.layers.parameters())
    for name, child in list(model.named_children()):
        if child is head and type(head) is torch.nn.Linear:
            large.add(head.weight)
            setattr(model, name, WidenedLinear(head))
    if isinstance(embedding, torch.nn.Embedding):
        is_read_by_others = getattr(head, "weight", None) is embedding.weight
        if not is_read_by_others or embedding.weight in large:
            large.add(embedding.weight)
            embedding.register_forward_hook(lambda _module, _given, rows: rows.to(dtype))
    for parameter in model.parameters():
        if parameter not in large:
            parameter.data = parameter.data.to(dtype)


@contextmanager
def widened_while_used(layers: torch.nn.ModuleList, dtype: torch.dtype) -> Iterator[None]:
    """Meanwhile each layer's weights are in dtype while it computes, and as they were after it."""
    hooks = [hook for layer in layers for hook in _Widening(dtype).hooks(layer)]
    try:
        yield
    finally:
        for hook in hooks:
            hook.remove()
    layers.to(dtype)


def round_between(layers: torch.nn.ModuleList) -> None:
    """Let each layer give what it would be once it had travelled to another machine in 16 bits.

    So answers do not depend on where a model is cut.
    """
    for layer in layers:
        layer.register_forward_hook(_as_it_travels)


def _as_it_travels(_layer: torch.nn.Module, _given: Any, output: Any) -> Any:
    if isinstance(output, tuple):
        return (_as_it_travels(_layer, _given, output[0]), *output[1:])
    return output.to(NARROW).to(output.dtype)


class _Widening:
    def __init__(self, dtype: torch.dtype) -> None:
        self._dtype = dtype
        self._narrow: list[tuple[torch.nn.Parameter, torch.Tensor]] = []

    def hooks(self, layer: torch.nn.Module) -> list[Any]:
        return [
            layer.register_forward_pre_hook(self._widen),
            layer.register_forward_hook(self._put_back, always_call=True),
        ]

    def _widen(self, layer: torch.nn.Module, _given: Any) -> None:
        for parameter in layer.parameters():
            if parameter.dtype == NARROW:
                self._narrow.append((parameter, parameter.data))
                parameter.data = parameter.data.to(self._dtype)

    def _put_back(self, *_: Any) -> None:
        for parameter, data in self._narrow:
            parameter.data = data
        self._narrow.clear()
