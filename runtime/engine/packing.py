"""Making a loaded stage's layers fast, and leaving alone what would not compute the same.

Nothing here knows an architecture. Linear layers are joined and packed, feed-forward blocks and
norms fused where they are found; a layer made of the same parts as one that was tried, and gave the
same numbers, is taken to do so too.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

import torch

from runtime.engine import packed
from runtime.engine.agreement import average_error
from runtime.engine.feed_forward import fused_feed_forward
from runtime.engine.few_bits import FewBitsLinear, is_linear
from runtime.engine.gpu_linear import gpu_linear
from runtime.engine.joined import Group, JoinedLinear, Joint, joined, shared_inputs
from runtime.engine.memory import is_out_of_memory, return_unused
from runtime.engine.norms import fast_norm
from runtime.engine.packed import PackedLinear
from runtime.engine.rotary import rotary_forward

Probe = Callable[[], torch.Tensor]
LayerListener = Callable[[torch.nn.Module], None]
_Replaced = list[tuple[torch.nn.Module, str, Any]]

_log = logging.getLogger(__name__)


def pack_layers(
    layers: torch.nn.ModuleList,
    probe: Probe,
    dtype: torch.dtype,
    on_packed: LayerListener | None = None,
) -> bool:
    """Replace what can be computed faster of a stage's layers; whether all of them were.

    They compute in dtype, which their weights need not be in before. probe carries a few tokens
    through the stage and returns its hidden states. on_packed is called with every layer that was
    replaced, before the next one is, and once no layer is to be tried any more: it may make it
    compute something else.
    """
    device = next(layers.parameters()).device
    groups = shared_inputs(layers, probe)
    tolerance = 1e-3 if dtype == torch.float32 else 3e-2
    kinds = [tuple(type(part).__name__ for part in layer.modules()) for layer in layers]
    first = {kind: layers[kinds.index(kind)] for kind in kinds}
    tried: dict[tuple[str, ...], bool] = {}

    def pack(layer: torch.nn.Module) -> _Replaced:
        nonlocal groups
        # Let go of with the layer: a group holds the block that it was found in, and its weights.
        inside = set(layer.modules())
        own = [group for group in groups if group[0] in inside]
        groups = [group for group in groups if group[0] not in inside]
        if dtype == torch.float32:
            layer.float()
        replaced = _replace(layer, own)
        if device.type != "cpu":
            # What is free lies in pieces too small for them.
            return_unused(device)
        return replaced

    for kind, layer in first.items():
        before = _outputs(layer, probe)
        replaced = pack(layer)
        tried[kind] = _agrees(layer, probe, before, tolerance)
        if not tried[kind]:
            _log.warning("layers of the kind %s are left as they are, and slower", kind[0])
            for parent, name, original in replaced:
                setattr(parent, name, original)
        del replaced  # with the weights that it holds
    for kind, layer in zip(kinds, layers, strict=True):
        if not tried[kind]:
            continue
        if layer is not first[kind]:
            pack(layer)
        if on_packed is not None:
            on_packed(layer)
    return all(tried.values())


def packed_parts(module: torch.nn.Module) -> list[PackedLinear]:
    """The packed layers in a module; their weights are no parameters of it."""
    return [part for part in module.modules() if isinstance(part, PackedLinear)]


def few_bits_parts(module: torch.nn.Module) -> list[FewBitsLinear]:
    """The layers in a module that keep weights in few bits as a GPU does."""
    return [part for part in module.modules() if isinstance(part, FewBitsLinear)]


def _replace(parent: torch.nn.Module, groups: list[Group]) -> _Replaced:
    """Replace parts of a module; returns what was there."""
    replaced: _Replaced = []

    def put(name: str, better: Any) -> None:
        replaced.append((parent, name, getattr(parent, name)))
        setattr(parent, name, better)

    forward = rotary_forward(parent)
    if forward is not None:
        put("forward", forward)

    for names in (names for owner, names in groups if owner is parent):
        linears = [getattr(parent, name) for name in names]
        joint = Joint(_layer(joined(linears)), [linear.out_features for linear in linears])
        for part, name in enumerate(names):
            put(name, JoinedLinear(joint, part))
    for name, child in list(parent.named_children()):
        if isinstance(child, JoinedLinear):
            continue
        if is_linear(child):
            put(name, _layer(child))
            continue
        better = fused_feed_forward(child) or fast_norm(child)
        if better is None:
            replaced += _replace(child, groups)
        else:
            put(name, better)
    return replaced


def _layer(linear: Any) -> torch.nn.Module:
    return PackedLinear.of(linear) if packed.can_pack_layer(linear) else gpu_linear(linear)


def _agrees(layer: torch.nn.Module, probe: Probe, before: torch.Tensor, tolerance: float) -> bool:
    try:
        after = _outputs(layer, probe)
    except Exception as refusal:
        if is_out_of_memory(refusal):
            raise
        _log.info("packed layers refused", exc_info=True)
        return False
    error = average_error(after, before)
    is_right = error <= tolerance  # not so for NaN
    if not is_right:
        _log.warning("packed layers are off by %.2g of what they give", error)
    return is_right


def _outputs(layer: torch.nn.Module, probe: Probe) -> torch.Tensor:
    """The hidden states that a layer gives while a few tokens are carried through the stage.

    What the stage gives is taken only where a layer gives no tensor: what one layer rounds
    otherwise grows tenfold in ten others.
    """
    outputs: list[torch.Tensor] = []

    def keep(_layer: torch.nn.Module, _given: Any, output: Any) -> None:
        hidden = output[0] if isinstance(output, tuple) else output
        if isinstance(hidden, torch.Tensor):
            outputs.append(hidden.flatten().clone())

    hook = layer.register_forward_hook(keep)
    try:
        hidden = probe()
    finally:
        hook.remove()
    return torch.cat(outputs) if outputs else hidden
