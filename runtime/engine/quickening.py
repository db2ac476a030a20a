"""Memory that a stage can spare, spent on its speed."""

from __future__ import annotations

from runtime.engine.stage import Stage

# Of the memory an engine may use, the most that weights kept for speed alone may fill it to.
_WEIGHT_SHARE = 0.5


def quicken(stage: Stage, weight_bits: int, room_bytes: int) -> None:
    """Keep the weights of a stage on a CPU in the forms that are fastest and fit into the room.

    room_bytes is all that the stage and its sessions may take. A session that needs memory gets
    back what is kept for speed alone.
    """
    if stage.device.type != "cpu":
        return
    if weight_bits < 16:
        stage.quantise(weight_bits)
    most = room_bytes * _WEIGHT_SHARE
    if stage.weight_bytes > most:
        stage.give_up_spare()
    elif weight_bits <= 16 and stage.weight_bytes + stage.head_bytes // 2 < most:
        stage.quicken_head()
    stage.record_steps()
