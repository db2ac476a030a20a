"""Making a loaded stage's layers fast on a CPU, and leaving alone what would not compute the same.

Nothing here knows an architecture. Linear layers are packed, feed-forward blocks fused and norms
computed in place where they are found; a layer made of the same parts as one that was tried, and
gave the same numbers, is taken to do so too.
"""

from __future__ import annotations

import logging
from collections.abc import Callable

import torch

from runtime.engine.feed_forward import fused_feed_forward
from runtime.engine.memory import is_out_of_memory
from runtime.engine.norms import in_place_norm
from runtime.engine.packed import PackedLinear, can_pack

Probe = Callable[[], torch.Tensor]
_Replaced = list[tuple[torch.nn.Module, str, torch.nn.Module]]


def pack_layers(layers: torch.nn.ModuleList, probe: Probe) -> bool:
    """Pack what can be packed of a stage's layers; whether all of them were.

    probe carries a few tokens through the stage and returns its hidden states.
    """
    weight = next(layers.parameters())
    if not can_pack(weight.device, weight.dtype):
        return False
    before = probe()
    tolerance = 1e-3 if weight.dtype == torch.float32 else 5e-2
    tried: dict[tuple[str, ...], bool] = {}
    for layer in layers:
        made_of = tuple(type(part).__name__ for part in layer.modules())
        if not tried.get(made_of, True):
            continue
        replaced = _pack(layer)
        if made_of not in tried:
            tried[made_of] = _agrees(probe, before, tolerance)
            if not tried[made_of]:
                for parent, name, original in replaced:
                    setattr(parent, name, original)
    return all(tried.values())


def packed_parts(module: torch.nn.Module) -> list[PackedLinear]:
    """The packed layers in a module; their weights are no parameters of it."""
    return [part for part in module.modules() if isinstance(part, PackedLinear)]


def _pack(layer: torch.nn.Module) -> _Replaced:
    """Replace parts of a layer; returns what was there."""
    replaced: _Replaced = []
    for name, child in list(layer.named_children()):
        better: torch.nn.Module | None
        if type(child) is torch.nn.Linear:
            better = PackedLinear.of(child)
        else:
            better = fused_feed_forward(child) or in_place_norm(child)
        if better is None:
            replaced += _pack(child)
        else:
            setattr(layer, name, better)
            replaced.append((layer, name, child))
    return replaced


def _agrees(probe: Probe, before: torch.Tensor, tolerance: float) -> bool:
    try:
        after = probe()
    except Exception as refusal:
        if is_out_of_memory(refusal):
            raise
        logging.getLogger(__name__).info("packed layers refused", exc_info=True)
        return False
    error = (after.float() - before.float()).abs().max()
    return bool(error <= tolerance * before.float().abs().max())
