"""How much memory weights take that a layer keeps in few bits."""

from __future__ import annotations

import math

import msgspec

from runtime.planner.values import ModelShape

# With their scales: two of 16 bits for 32 weights, or one for each output.
STORED_BITS = {4: 5.0, 8: 8.1}


def stored_bits(weight_bits: int) -> float:
    """Bits a layer's weight takes in memory when it is kept in so many."""
    return STORED_BITS.get(weight_bits, float(weight_bits))


def narrowed(model: ModelShape, bits_now: int, weight_bits: int) -> ModelShape:
    """The same model with its layers' weights in other bits; the ends stay as they are."""
    share = stored_bits(weight_bits) / stored_bits(bits_now)
    layers = tuple(
        msgspec.structs.replace(layer, weight_bytes=math.ceil(layer.weight_bytes * share))
        for layer in model.layers
    )
    return msgspec.structs.replace(model, layers=layers)
