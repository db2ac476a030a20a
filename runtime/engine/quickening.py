"""Memory that a stage can spare, spent on its speed."""

from __future__ import annotations

import torch

from runtime.engine.packing import LayerListener, packed_parts
from runtime.engine.stage import Stage
from runtime.planner.memory import SPEED_SHARE
from runtime.planner.weights import stored_bits


def few_bits(weight_bits: int, room_bytes: int) -> LayerListener | None:
    """What keeps the weights of a packed layer in few bits; None where they are to have all.

    Done layer by layer, a stage in few bits never takes the memory of one in many. What is kept for
    speed is given up as soon as it shows that it will not fit.
    """
    if weight_bits > 16:
        return None
    layers: list[torch.nn.Module] = []
    has_spare = True

    def keep(layer: torch.nn.Module) -> None:
        nonlocal has_spare
        layers.append(layer)
        for part in packed_parts(layer):
            part.quantise(weight_bits)
        parts = [part for each in layers for part in packed_parts(each)]
        if sum(part.nbytes for part in parts) > room_bytes * SPEED_SHARE:
            has_spare = False
        if not has_spare:
            for part in parts:
                part.give_up_spare()

    return keep


def quicken(stage: Stage, weight_bits: int, room_bytes: int, layer_count: int) -> None:
    """Keep the weights of a stage in the forms that are fastest and fit into the room.

    room_bytes is all that the stage and its sessions may take, layer_count the model's. A session
    that needs memory gets back what is kept for speed alone.
    """
    most = room_bytes * SPEED_SHARE
    if stage.device.type != "cpu":
        # Asked of the whole model, so that what was measured on a few layers holds for any share.
        unpacked = stage.unpacked_bytes * layer_count / len(stage.extent.layers)
        if unpacked * (1 + stored_bits(weight_bits) / 16) <= most:
            stage.unpack_ahead()
        return
    if weight_bits <= 16:
        stage.quantise(weight_bits)
    if stage.weight_bytes > most:
        stage.give_up_spare()
    elif weight_bits <= 16 and stage.weight_bytes + stage.head_bytes // 2 < most:
        stage.quicken_head()
    stage.record_steps()
