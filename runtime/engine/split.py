"""Cutting a transformers model down to one stage: some of its layers, and the ends it holds.

The whole model is built on the meta device, where it takes no memory, so that each layer is made
with its own number and the whole configuration: whatever pattern an architecture follows is right
by construction. Then the layers of other stages are dropped, and what is read while computing
(layer numbers, per-layer lists) is renumbered from 0, so that caches and masks are right.
"""

from __future__ import annotations

import copy
from collections.abc import Sequence
from typing import Any

import torch
from msgspec import Struct

from runtime.engine.configuration import model_class
from runtime.errors import ModelError

_LAYERS = "layers"


class Extent(Struct, frozen=True, kw_only=True):
    """What of a model a stage holds: layers by their number in it, and the two ends."""

    layers: tuple[int, ...]
    has_embedding: bool
    has_head: bool

    @classmethod
    def of_range(cls, first_layer: int, last_layer: int, layer_count: int) -> Extent:
        """Layers [first_layer, last_layer) of a model, with the ends that lie at them."""
        if not 0 <= first_layer < last_layer <= layer_count:
            raise ModelError(
                f"Layers {first_layer} to {last_layer} are no part of {layer_count} layers."
            )
        return cls(
            layers=tuple(range(first_layer, last_layer)),
            has_embedding=first_layer == 0,
            has_head=last_layer == layer_count,
        )


def stage_class(config: Any, extent: Extent) -> Any:
    """A class like the model's own whose instances are cut to `extent` as soon as they are built.

    Built through a class, so that transformers' own loading (renamed and merged weights, buffers
    that are computed and not stored) works on the cut model. ModelError when it cannot be cut.
    """
    whole_class = model_class(config)
    if tuple(range(config.num_hidden_layers)) != extent.layers:
        refuse_unsplittable(config)

    class Stage(whole_class):  # type: ignore[misc, valid-type]
        def __init__(self, config: Any) -> None:
            super().__init__(config)
            cut(self, extent)

    Stage.__name__ = Stage.__qualname__ = whole_class.__name__
    Stage.__module__ = whole_class.__module__
    return Stage


def refuse_unsplittable(config: Any) -> None:
    """ModelError unless transformers says how hidden states pass through the layers."""
    plan = getattr(config, "base_model_pp_plan", None)
    if not plan or _LAYERS not in plan:
        raise ModelError(
            f"{config.model_type} models cannot be split into stages.",
            "Run it on one machine alone, or choose another model.",
        )


def cut(model: Any, extent: Extent) -> None:
    """Drop from a model on the meta device what `extent` leaves out, and renumber the rest."""
    base = model.base_model
    config = base.config
    layers = list(getattr(base, _LAYERS))
    _cut_layer_lists(config, len(layers), extent.layers)
    kept = [
        _copied(layers[index], config) if index in extent.layers[:number] else layers[index]
        for number, index in enumerate(extent.layers)
    ]
    for number, layer in enumerate(kept):
        _renumber(layer, extent.layers[number], number)
    setattr(base, _LAYERS, torch.nn.ModuleList(kept))
    plan = list(getattr(config, "base_model_pp_plan", None) or ())
    position = plan.index(_LAYERS) if _LAYERS in plan else 0
    tied = extent.has_head and getattr(config, "tie_word_embeddings", False)
    if not (extent.has_embedding or tied):
        _hollow(base, plan[:position])
    if not extent.has_head:
        _hollow(base, plan[position + 1 :])
        _hollow(model, [name for name, child in model.named_children() if child is not base])
        # Without both ends there is nothing to tie, and nothing to look for in the checkpoint.
        model.all_tied_weights_keys = {}


def _copied(layer: torch.nn.Module, config: Any) -> torch.nn.Module:
    """A module of its own for a layer that is taken once more, to be measured.

    It reads the model's configuration, so that what is chosen later (its attention) is its too.
    """
    return copy.deepcopy(layer, {id(config): config})


def _hollow(parent: Any, names: Sequence[str]) -> None:
    for name in names:
        if isinstance(getattr(parent, name, None), torch.nn.Module):
            setattr(parent, name, torch.nn.Identity())


def _renumber(layer: torch.nn.Module, index: int, number: int) -> None:
    for module in layer.modules():
        for name in ("layer_idx", "layer_id", "layer_index", "layer_number"):
            if getattr(module, name, None) == index and name in vars(module):
                setattr(module, name, number)


def _cut_layer_lists(config: Any, layer_count: int, layers: Sequence[int]) -> None:
    cut_lists = {
        name: [values[index] for index in layers]
        for name, values in vars(config).items()
        if isinstance(values, list | tuple)
        and len(values) == layer_count
        and name != "architectures"
        and not name.endswith("_token_id")
    }
    for name, values in cut_lists.items():
        setattr(config, name, values)
    config.num_hidden_layers = len(layers)
