"""Linear layers that are given the same tensor, computed as one.

Queries, keys and values are three products of the same rows: as one it is a larger product, with
less to start. Which layers are given the same is seen while a few tokens are carried through.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import torch

from runtime.engine.few_bits import FewBitsLinear, is_linear
from runtime.engine.quick import Quick

Group = tuple[torch.nn.Module, tuple[str, ...]]


class Joint:
    """One layer in the place of several. Its parts ask for their share of the outputs in turn."""

    def __init__(self, layer: torch.nn.Module, sizes: Sequence[int]) -> None:
        self.layer = layer
        self._sizes = list(sizes)
        self._given: torch.Tensor | None = None
        self._outputs: dict[int, torch.Tensor] = {}

    def output(self, given: torch.Tensor, part: int) -> torch.Tensor:
        """A part's outputs. What was computed for the other parts is kept until they ask."""
        if given is not self._given or part not in self._outputs:
            outputs = torch.split(self.layer(given), self._sizes, dim=-1)
            self._outputs = dict(enumerate(outputs))
            self._given = given
        output = self._outputs.pop(part)
        if not self._outputs:
            self._given = None
        return output


class JoinedLinear(Quick):
    """Stands in for one of the layers that were joined."""

    def __init__(self, joint: Joint, part: int) -> None:
        super().__init__()
        self._joint = joint
        self._part = part
        if part == 0:
            # Registered once, so that its weights are seen and counted once.
            self.layer = joint.layer

    def forward(self, given: torch.Tensor) -> torch.Tensor:
        return self._joint.output(given, self._part)


def joined(linears: Sequence[torch.nn.Linear]) -> torch.nn.Linear:
    """A layer with the outputs of several of its kind, one after another."""
    few = [linear for linear in linears if isinstance(linear, FewBitsLinear)]
    if few:
        return FewBitsLinear.joined(few)
    weight = torch.cat([linear.weight for linear in linears])
    layer = torch.nn.Linear(1, 1, bias=False, device="meta")
    layer.out_features, layer.in_features = weight.shape
    layer.weight = torch.nn.Parameter(weight, requires_grad=False)
    if linears[0].bias is not None:
        bias = torch.cat([linear.bias for linear in linears])
        layer.bias = torch.nn.Parameter(bias, requires_grad=False)
    return layer


def shared_inputs(root: torch.nn.Module, run: Callable[[], Any]) -> list[Group]:
    """Linear layers of one parent that are given the very same tensor, seen during a run."""
    given: dict[torch.nn.Module, torch.Tensor] = {}

    def see(module: torch.nn.Module, arguments: tuple[Any, ...]) -> None:
        # Held, so that no later tensor can have the same identity.
        given.setdefault(module, arguments[0])

    hooks = [
        module.register_forward_pre_hook(see) for module in root.modules() if is_linear(module)
    ]
    try:
        run()
    finally:
        for hook in hooks:
            hook.remove()
    groups: list[Group] = []
    for parent in root.modules():
        by_input: dict[tuple[int, type, bool], list[str]] = {}
        for name, child in parent.named_children():
            if child in given and isinstance(child, torch.nn.Linear):
                key = (id(given[child]), type(child), child.bias is None)
                by_input.setdefault(key, []).append(name)
        groups += [(parent, tuple(names)) for names in by_input.values() if len(names) > 1]
    return groups
