"""Machines and links in words, icons and colours: one place, so that every view says the same."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication

from app.format import bandwidth, latency, memory, time_of_day, token_rate
from app.said import said
from app.state import CONNECTED
from runtime.snapshots import Hours, LinkSnapshot, MachineSnapshot, MachineState, PoolSnapshot

# An icon has its state's name. The colours are fields of theme.Colors.
STATE_COLORS = {
    MachineState.FOUND: "accent",
    MachineState.CONNECTING: "text_muted",
    MachineState.PAIRED: "text_muted",
    MachineState.MEASURING: "accent",
    MachineState.READY: "good",
    MachineState.WORKING: "accent",
    MachineState.LOST: "danger",
    MachineState.REFUSED: "warning",
}
STATE_LEVELS = {"good": "good", "danger": "error", "warning": "warning", "accent": "info"}


def state_words(machine: MachineSnapshot) -> str:
    """The state in a word or two."""
    if machine.state is MachineState.FOUND and machine.is_paired:
        return QCoreApplication.translate("Machine", "Connecting")
    return {
        MachineState.FOUND: QCoreApplication.translate("Machine", "Not paired"),
        MachineState.CONNECTING: QCoreApplication.translate("Machine", "Connecting"),
        MachineState.PAIRED: QCoreApplication.translate("Machine", "Connected"),
        MachineState.MEASURING: QCoreApplication.translate("Machine", "Measuring"),
        MachineState.READY: QCoreApplication.translate("Machine", "Ready"),
        MachineState.WORKING: QCoreApplication.translate("Machine", "Working"),
        MachineState.LOST: QCoreApplication.translate("Machine", "Lost"),
        MachineState.REFUSED: QCoreApplication.translate("Machine", "Refused"),
    }[machine.state]


def standing(machine: MachineSnapshot) -> tuple[str, str, str]:
    """The state, or why a machine that is here takes no part: words, icon and colour."""
    if not machine.is_included:
        return QCoreApplication.translate("Machine", "Left out"), "pause", "text_muted"
    if machine.is_off_hours and machine.state in CONNECTED:
        return QCoreApplication.translate("Machine", "Off hours"), "history", "text_muted"
    return state_words(machine), machine.state.value, STATE_COLORS[machine.state]


def hours_words(hours: Hours) -> str:
    return QCoreApplication.translate("Machine", "from {first} until {last}").format(
        first=time_of_day(hours.from_minute), last=time_of_day(hours.until_minute)
    )


def detail_words(machine: MachineSnapshot) -> str:
    """What there is to add to its standing, or ""; nothing where it is left out."""
    if not machine.is_included:
        return ""
    if machine.state is MachineState.WORKING:
        return ""  # the runtime adds only that it works on a job
    if machine.is_off_hours and machine.hours is not None:
        return QCoreApplication.translate("Machine", "It takes part {hours}.").format(
            hours=hours_words(machine.hours)
        )
    detail, words = said(machine.detail), state_words(machine)
    says_no_more = detail.startswith(words) and len(detail) <= len(words) + 1  # a full stop
    return "" if says_no_more else detail


def speed(machine: MachineSnapshot) -> float | None:
    """Tokens per second of the machine's fastest device on the chosen model, once measured."""
    speeds = [d.prefill_tokens_per_second for d in machine.devices if d.prefill_tokens_per_second]
    return max(speeds, default=None)


def devices_and_system(machine: MachineSnapshot) -> str:
    """What computes in it and what it runs: "NVIDIA GeForce RTX 4070, Windows 11"."""
    names = [device.description.name for device in machine.devices]
    parts = [*names, machine.system] if machine.system else names
    if parts:
        return ", ".join(parts)
    return ", ".join(machine.addresses)


def memory_words(machine: MachineSnapshot) -> str:
    if not machine.total_memory_bytes:
        return ""
    total = memory(machine.total_memory_bytes)
    free = memory(machine.free_memory_bytes)
    unit = total.split()[-1]
    free = free.removesuffix(unit).rstrip()  # "9.1 of 11 GB free": the unit once
    return QCoreApplication.translate("Machine", "{free} of {total} free").format(
        free=free, total=total
    )


def speed_words(machine: MachineSnapshot) -> str:
    measured = speed(machine)
    if measured is not None:
        return token_rate(measured)
    if machine.state in CONNECTED:
        return QCoreApplication.translate("Machine", "not measured yet")
    return ""


def link_between(pool: PoolSnapshot, one: str, other: str) -> LinkSnapshot | None:
    """The measured link, from one to the other or else back."""
    for first, second in ((one, other), (other, one)):
        for link in pool.links:
            if (link.from_machine_id, link.to_machine_id) == (first, second):
                return link
    return None


def link_to_here(pool: PoolSnapshot | None, machine: MachineSnapshot) -> LinkSnapshot | None:
    """The link between this machine and another, None where there is none."""
    if pool is None or machine.is_this_machine:
        return None
    here = next((m for m in pool.machines if m.is_this_machine), None)
    return link_between(pool, here.machine_id, machine.machine_id) if here else None


def link_words(link: LinkSnapshot | None) -> str:
    if link is None:
        return ""
    return f"{bandwidth(link.bytes_per_second)}, {latency(link.latency_seconds)}"


def described(machine: MachineSnapshot, pool: PoolSnapshot | None) -> str:
    """The whole machine in one sentence, for screen readers and tool tips."""
    parts = [machine.name]
    if machine.is_this_machine:
        parts.append(QCoreApplication.translate("Machine", "this machine"))
    parts += [
        standing(machine)[0],
        detail_words(machine),
        devices_and_system(machine),
        memory_words(machine),
        speed_words(machine),
        link_words(link_to_here(pool, machine)),
    ]
    return ", ".join(part.rstrip(".") for part in parts if part)
