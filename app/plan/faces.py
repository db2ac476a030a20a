"""How the devices of a plan are shown: their machines' names and colours."""

from __future__ import annotations

from typing import NamedTuple

from PySide6.QtGui import QColor

from app.state import AppState
from app.theme import machine_color
from runtime.planner.values import DeviceProfile, PlanningProblem, StagePlan


class Face(NamedTuple):
    """How a device is shown. is_guest: nobody has it, someone asks "what if"."""

    name: str
    device: str
    color: QColor
    is_guest: bool = False


def faces_of(problem: PlanningProblem, state: AppState) -> dict[str, Face]:
    """By StagePlan.key; a device is named as well where its machine has several."""
    per_machine: dict[str, int] = {}
    for device in problem.devices:
        per_machine[device.machine_id] = per_machine.get(device.machine_id, 0) + 1
    return {
        device.key: _face(device, state, has_others=per_machine[device.machine_id] > 1)
        for device in problem.devices
    }


def _face(device: DeviceProfile, state: AppState, *, has_others: bool) -> Face:
    color = machine_color(state.color_index(device.machine_id))
    machine = state.machine(device.machine_id)
    if machine is None:
        return Face(device.name, device.name, color, is_guest=True)
    described = next(
        (d for d in machine.devices if d.description.device_id == device.device_id), None
    )
    name = f"{machine.name} · {device.device_id}" if has_others else machine.name
    return Face(name, described.description.name if described else device.name, color)


def layer_range(stage: StagePlan) -> str:
    """The layers of a stage as a person counts them: "1–12", or "4" for one."""
    first = stage.first_layer + 1
    return f"{first}–{stage.last_layer}" if stage.last_layer > first else str(first)
