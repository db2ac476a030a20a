"""Stages with random weights: as fast as real ones, and made without reading anything from disk."""

from __future__ import annotations

import copy
from typing import Any

import torch

from runtime.engine.loading import on_device
from runtime.engine.split import Extent, stage_class
from runtime.engine.stage import Stage
from runtime.engine.widening import kept_dtype

_RANDOM_VALUES = 1 << 20


def random_stage(
    config: Any,
    extent: Extent,
    device: torch.device,
    dtype: torch.dtype,
    weight_bits: int = 16,
) -> Stage:
    """A stage of a model of this configuration, loaded as a real one.

    Raises ModelError for one that cannot be cut.
    """
    kind = stage_class(config, extent)
    with torch.device("meta"):
        shapes = {
            name: tensor.shape for name, tensor in kind(copy.deepcopy(config)).state_dict().items()
        }
    values = torch.randn(_RANDOM_VALUES, generator=torch.Generator().manual_seed(1)) * 0.02
    kept = kept_dtype(dtype, weight_bits)
    values = values.to(kept)
    state = {name: _RandomTensor(shape, values) for name, shape in shapes.items()}
    model = kind.from_pretrained(
        None,
        config=config,
        state_dict=state,
        dtype=kept,
        local_files_only=True,
    )
    wider = None if kept == dtype else dtype
    return Stage(on_device(model, device, weight_bits), extent, device, dtype=wider)


class _RandomTensor:
    """Values that come into being when the loader asks for them, so that memory is taken once."""

    def __init__(self, shape: torch.Size, values: torch.Tensor) -> None:
        self._shape = shape
        self._values = values

    def __getitem__(self, _place: Any) -> torch.Tensor:
        count = self._shape.numel()
        repeats = -(-count // self._values.numel())
        return self._values.repeat(repeats)[:count].view(self._shape)

    def get_shape(self) -> list[int]:
        return list(self._shape)
