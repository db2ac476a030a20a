"""Feed-forward blocks with their activation and product fused into the matrix products.

A block is recognised by what it is made of, whatever its architecture calls the parts, and taken
only if it then computes the same numbers as the architecture's own code.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import permutations
from typing import Any

import torch

from runtime.engine import packed
from runtime.engine.agreement import agree
from runtime.engine.few_bits import is_linear
from runtime.engine.gpu_kernels import gpu_kernels, is_recording, takes
from runtime.engine.gpu_linear import gpu_linear
from runtime.engine.joined import joined
from runtime.engine.packed import GELU, GELU_TANH, RELU, SILU, Activation, PackedLinear
from runtime.engine.quick import Quick

_ACTIVATIONS: dict[str, Activation] = {
    "GELUTanh": GELU_TANH,
    "FastGELUActivation": GELU_TANH,
    "NewGELUActivation": GELU_TANH,
    "GELUActivation": GELU,
    "SiLUActivation": SILU,
    "SiLU": SILU,
    "ReLU": RELU,
}
_WITHOUT_EFFECT = (torch.nn.Dropout, torch.nn.Identity)
# Of a GPU's outputs of gate and up together.
_MANY_VALUES = 1 << 23
# Small to large, so that a block that clamps or saturates is told from one that does not.
_PROBE_SCALES = (0.1, 1.0, 30.0)


class GatedFeedForward(Quick):
    """down(activation(gate(x)) * up(x)) in three products and no pass of its own."""

    def __init__(
        self, gate: PackedLinear, up: PackedLinear, down: PackedLinear, activation: Activation
    ) -> None:
        super().__init__()
        self.gate, self.up, self.down = gate, up, down
        self._parts = (gate, up, down)
        self._activation = activation

    def forward(self, given: torch.Tensor) -> torch.Tensor:
        gate, up, down = self._parts
        return down.forward(up.times(given, gate.activated(given, self._activation)))


class JoinedFeedForward(Quick):
    """The same on a GPU: gate and up as one product, its halves then combined in place."""

    def __init__(
        self, gate_and_up: torch.nn.Linear, down: torch.nn.Linear, activation: Activation
    ) -> None:
        super().__init__()
        self.gate_and_up, self.down = gpu_linear(gate_and_up), gpu_linear(down)
        self._parts = (self.gate_and_up, self.down)
        self._activation = activation
        self._kernels = gpu_kernels(next(down.parameters()).device)

    def forward(self, given: torch.Tensor) -> torch.Tensor:
        gate_and_up, down = self._parts
        both: torch.Tensor = gate_and_up(given)
        if self._kernels is not None and takes(both) and _is_worth_starting(both):
            gated = self._kernels.gated(both, self._activation.gpu_name)
        else:
            gate, up = both.chunk(2, -1)
            gated = self._activation.function(gate).mul_(up)
        output: torch.Tensor = down(gated)
        return output


def _is_worth_starting(values: torch.Tensor) -> bool:
    """Whether a kernel of our own, which takes Python longer to start, saves more than that."""
    return values.numel() >= _MANY_VALUES or is_recording()


class PlainFeedForward(Quick):
    """down(activation(up(x))) in two products."""

    def __init__(self, up: PackedLinear, down: PackedLinear, activation: Activation) -> None:
        super().__init__()
        self.up, self.down = up, down
        self._activation = activation

    def forward(self, given: torch.Tensor) -> torch.Tensor:
        output: torch.Tensor = self.down(self.up.activated(given, self._activation))
        return output


def fused_feed_forward(block: torch.nn.Module) -> torch.nn.Module | None:
    """A block that computes the same with fewer passes, or None if there is none."""
    children = [one for one in block.children() if not isinstance(one, _WITHOUT_EFFECT)]
    linears: list[Any] = [child for child in children if is_linear(child)]
    others = [child for child in children if not is_linear(child)]
    activation = _activation(others[0]) if len(others) == 1 else None
    if activation is None or len(linears) not in (2, 3):
        return None
    for *wide, down in permutations(linears):
        for candidate in _candidates(wide, down, activation):
            if _same(block, candidate, wide[0]):
                return candidate
    return None


def _activation(module: torch.nn.Module) -> Activation | None:
    if isinstance(module, torch.nn.GELU):
        return GELU_TANH if module.approximate == "tanh" else GELU
    return _ACTIVATIONS.get(type(module).__name__)


def _candidates(
    wide: list[torch.nn.Linear], down: torch.nn.Linear, activation: Activation
) -> Iterator[torch.nn.Module]:
    """What a block may compute if these are its layers; in which order it has them means little."""
    if not packed.can_pack_layer(down):
        yield from _candidates_on_gpu(wide, down, activation)
    elif len(wide) == 2 and _are_alike(*wide):
        if wide[0].out_features == down.in_features:
            gate, up = (PackedLinear.of(one) for one in wide)
            yield GatedFeedForward(gate, up, PackedLinear.of(down), activation)
    elif len(wide) == 1 and wide[0].out_features == down.in_features:
        yield PlainFeedForward(PackedLinear.of(wide[0]), PackedLinear.of(down), activation)
    elif len(wide) == 1 and wide[0].out_features == 2 * down.in_features:
        biases = (None, None) if wide[0].bias is None else wide[0].bias.chunk(2)
        halves = zip(wide[0].weight.chunk(2), biases, strict=True)
        first, second = (PackedLinear(weight, bias) for weight, bias in halves)
        narrow = PackedLinear.of(down)
        yield GatedFeedForward(first, second, narrow, activation)
        yield GatedFeedForward(second, first, narrow, activation)


def _candidates_on_gpu(
    wide: list[torch.nn.Linear], down: torch.nn.Linear, activation: Activation
) -> Iterator[torch.nn.Module]:
    if sum(one.out_features for one in wide) != 2 * down.in_features:
        return
    if len(wide) == 2 and _are_alike(*wide):
        yield JoinedFeedForward(joined(wide), down, activation)
    elif len(wide) == 1:
        yield JoinedFeedForward(wide[0], down, activation)


def _are_alike(one: torch.nn.Linear, other: torch.nn.Linear) -> bool:
    sizes = [(linear.out_features, linear.in_features) for linear in (one, other)]
    return sizes[0] == sizes[1] and type(one) is type(other)


@torch.inference_mode()
def _same(block: torch.nn.Module, candidate: torch.nn.Module, first: torch.nn.Linear) -> bool:
    """Whether both give the same for small and for large values."""
    like = next(first.parameters())
    tolerance = 2e-4 if like.dtype == torch.float32 else 3e-2
    noise = torch.randn(1, 2, first.in_features, generator=torch.Generator().manual_seed(2))
    for scale in _PROBE_SCALES:
        given = (noise * scale).to(like)
        try:
            wanted = block(given)
        except (RuntimeError, TypeError, ValueError, AttributeError):
            return False
        found = candidate(given)
        if not isinstance(wanted, torch.Tensor) or wanted.shape != found.shape:
            return False
        if not agree(found, wanted, tolerance):
            return False
    return True
