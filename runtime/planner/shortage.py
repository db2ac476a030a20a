"""When nothing fits: which machine lacks how much, and the nearest plans that would fit."""

from __future__ import annotations

from runtime.planner.memory import stage_bytes
from runtime.planner.tables import Tables
from runtime.planner.values import Infeasible, Shortfall

GIGABYTE = 1e9


def explain_shortage(tables: Tables) -> Infeasible:
    """Why no split of this problem fits, in a sentence."""
    problem = tables.problem
    if not tables.devices:
        return Infeasible(
            reason="No machine takes part whose speed is known.",
            suggestions=("Include a machine on the Machines page and measure it.",),
        )
    needed = stage_bytes(problem, tables.devices[0], 0, tables.layer_count, 64)
    room = sum(device.memory_limit_bytes for device in tables.devices)
    largest = max(tables.devices, key=lambda device: device.memory_limit_bytes)
    return Infeasible(
        reason=f"{problem.model.name} needs {needed / GIGABYTE:.1f} GB for this prompt; the "
        f"machines together have {room / GIGABYTE:.1f} GB.",
        shortfalls=(
            Shortfall(
                machine_id=largest.machine_id,
                device_id=largest.device_id,
                needed_bytes=needed,
                limit_bytes=largest.memory_limit_bytes,
            ),
        ),
    )
