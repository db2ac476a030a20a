"""Every machine that is known and where it stands; each change is published as a new snapshot."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import msgspec
from msgspec import Struct

from runtime.coordinator.events import EventHub
from runtime.coordinator.worker_link import WorkerLink
from runtime.errors import HPipeError
from runtime.files import write_atomically
from runtime.messages.control import MachineDescription
from runtime.planner.values import LinkProfile
from runtime.snapshots import (
    DeviceSnapshot,
    Hours,
    LinkSnapshot,
    MachineSnapshot,
    MachineState,
    PoolChanged,
    PoolSnapshot,
)

HERE = (MachineState.PAIRED, MachineState.MEASURING, MachineState.READY, MachineState.WORKING)


class Preference(Struct, frozen=True, kw_only=True):
    """What a person chose for a machine."""

    name: str = ""
    is_included: bool = True
    memory_limit_bytes: int | None = None
    hours: Hours | None = None


class Directory:
    """The pool as people see it. Knows nothing of connections; others tell it what happened."""

    def __init__(
        self,
        events: EventHub,
        preferences: Path | None,
        now: Callable[[], datetime] = datetime.now,
    ) -> None:
        """preferences is the file that keeps names, limits and who is left out; None: nowhere.

        now is the local time.
        """
        self._events = events
        self._now = now
        self._path = preferences
        self._machines: dict[str, MachineSnapshot] = {}
        self._links: tuple[LinkSnapshot, ...] = ()
        self._notice = ""
        # What the machines call themselves, for when a person takes back the name they chose.
        self._own_names: dict[str, str] = {}
        self._preferences: dict[str, Preference] = {}
        if preferences is not None:
            try:
                self._preferences = msgspec.json.decode(
                    preferences.read_bytes(), type=dict[str, Preference]
                )
            except (OSError, msgspec.DecodeError):
                self._preferences = {}  # none yet, or unreadable: the defaults

    @property
    def snapshot(self) -> PoolSnapshot:
        ordered = sorted(
            self._machines.values(),
            key=lambda machine: (not machine.is_this_machine, machine.name.casefold()),
        )
        return PoolSnapshot(machines=tuple(ordered), links=self._links, notice=self._notice)

    @property
    def main_machine_id(self) -> str:
        """Where the question is asked: this machine, "" before it has joined."""
        for machine in self._machines.values():
            if machine.is_this_machine:
                return machine.machine_id
        return ""

    @property
    def taking_part(self) -> tuple[str, ...]:
        """The machines that are here, not left out and within their hours, this one first."""
        return tuple(
            machine.machine_id
            for machine in self.snapshot.machines
            if machine.state in HERE
            and machine.is_included
            and not self._is_off_hours(machine.hours)
        )

    @property
    def memory_limits(self) -> dict[str, int | None]:
        return {
            machine.machine_id: machine.memory_limit_bytes for machine in self._machines.values()
        }

    def machine(self, machine_id: str) -> MachineSnapshot:
        found = self._machines.get(machine_id)
        if found is None:
            raise HPipeError("This machine is not known any more.", "Look for it again.")
        return found

    def get(self, machine_id: str) -> MachineSnapshot | None:
        return self._machines.get(machine_id)

    # What happened to a machine

    def found(
        self, machine_id: str, name: str, addresses: tuple[str, ...], *, is_paired: bool
    ) -> None:
        """Seen on the network. A machine that is connected already only updates its addresses."""
        known = self._machines.get(machine_id)
        if known is not None and known.state in HERE:
            self._change(machine_id, addresses=addresses)
            return
        detail = "Paired; connecting." if is_paired else "Type its code to pair with it."
        self._change(
            machine_id,
            name=name,
            addresses=addresses,
            is_paired=is_paired,
            state=MachineState.FOUND,
            detail=detail,
        )

    def gone(self, machine_id: str) -> None:
        """Not seen any more. A paired one stays in the list as lost; others leave it."""
        known = self._machines.get(machine_id)
        if known is None or known.state in HERE:
            return
        if known.is_paired:
            self._change(machine_id, state=MachineState.LOST, detail="Not on the network.")
        else:
            self.removed(machine_id)

    def removed(self, machine_id: str) -> None:
        if self._machines.pop(machine_id, None) is not None:
            self._links = tuple(
                link
                for link in self._links
                if machine_id not in (link.from_machine_id, link.to_machine_id)
            )
            self._publish()

    def connecting(self, machine_id: str) -> None:
        self._change(machine_id, state=MachineState.CONNECTING, detail="Connecting.")

    def refused(self, machine_id: str, problem: HPipeError) -> None:
        self._change(machine_id, state=MachineState.REFUSED, detail=str(problem))

    def lost(self, machine_id: str, problem: HPipeError) -> None:
        if machine_id in self._machines:
            self._change(machine_id, state=MachineState.LOST, detail=problem.message, progress=None)

    def joined(self, link: WorkerLink, *, is_this_machine: bool = False) -> None:
        description = link.description
        if description is None:
            return
        self._change(
            link.machine_id,
            name=description.name,
            is_paired=True,
            is_this_machine=is_this_machine,
            state=MachineState.PAIRED,
            detail="Connected.",
            addresses=description.addresses,
            **_described(description),
        )

    def described(self, machine_id: str, description: MachineDescription) -> None:
        """Fresh figures of a connected machine: memory, load, temperature."""
        known = self._machines.get(machine_id)
        if known is None:
            return
        speeds = {device.description.device_id: device for device in known.devices}
        fresh = _described(description)
        fresh["devices"] = tuple(
            msgspec.structs.replace(
                speeds.get(device.description.device_id, device), description=device.description
            )
            for device in fresh["devices"]
        )
        self._change(machine_id, **fresh)

    def measuring(self, machine_id: str, fraction: float) -> None:
        if not self._is_here(machine_id):
            return
        self._change(
            machine_id,
            state=MachineState.MEASURING,
            progress=fraction,
            detail="Measuring its speed on the chosen model.",
        )

    def measured(self, machine_id: str, speeds: Mapping[str, tuple[float, float]]) -> None:
        """speeds: device id to prefill and decode tokens per second on the chosen model.

        A machine that was lost meanwhile, or could not be measured, does not become ready.
        """
        if not speeds or not self._is_here(machine_id):
            return
        known = self.machine(machine_id)
        self._change(
            machine_id,
            state=MachineState.READY,
            progress=None,
            detail="Ready.",
            devices=tuple(
                msgspec.structs.replace(
                    device,
                    prefill_tokens_per_second=speeds[device.description.device_id][0],
                    decode_tokens_per_second=speeds[device.description.device_id][1],
                )
                if device.description.device_id in speeds
                else device
                for device in known.devices
            ),
        )

    def working(self, machine_ids: Iterable[str]) -> None:
        """These machines take part in a running job, and no others."""
        at_work = set(machine_ids)
        for machine_id, machine in tuple(self._machines.items()):
            if machine_id in at_work and machine.state in HERE:
                self._change(machine_id, state=MachineState.WORKING, detail="Working on a job.")
            elif machine.state is MachineState.WORKING:
                self._change(machine_id, state=MachineState.READY, detail="Ready.")

    def settled(self, machine_ids: Iterable[str]) -> None:
        """Measuring ended, however it ended."""
        for machine_id in machine_ids:
            known = self._machines.get(machine_id)
            if known is not None and known.state is MachineState.MEASURING:
                self._change(
                    machine_id, state=MachineState.PAIRED, progress=None, detail="Connected."
                )

    def linked(self, links: Iterable[LinkProfile]) -> None:
        fresh = {
            (link.from_machine_id, link.to_machine_id): LinkSnapshot(
                from_machine_id=link.from_machine_id,
                to_machine_id=link.to_machine_id,
                latency_seconds=link.latency_seconds,
                bytes_per_second=link.bytes_per_second,
            )
            for link in links
        }
        kept = {(link.from_machine_id, link.to_machine_id): link for link in self._links}
        self._links = tuple((kept | fresh).values())
        self._publish()

    def notice(self, text: str) -> None:
        """Something about the whole pool that a person should know, or "" when it is over."""
        if text != self._notice:
            self._notice = text
            self._publish()

    # What a person chooses

    def rename(self, machine_id: str, name: str) -> None:
        self._prefer(machine_id, name=name.strip())

    def include(self, machine_id: str, included: bool) -> None:
        self._prefer(machine_id, is_included=included)

    def limit_memory(self, machine_id: str, limit_bytes: int | None) -> None:
        self._prefer(machine_id, memory_limit_bytes=limit_bytes)

    def limit_hours(self, machine_id: str, hours: Hours | None) -> None:
        self._prefer(machine_id, hours=hours)

    def _is_off_hours(self, hours: Hours | None) -> bool:
        now = self._now()
        return hours is not None and not hours.hold(now.hour * 60 + now.minute)

    def _prefer(self, machine_id: str, **choice: Any) -> None:
        self.machine(machine_id)
        earlier = self._preferences.get(machine_id, Preference())
        chosen = self._preferences | {machine_id: msgspec.structs.replace(earlier, **choice)}
        if self._path is not None:
            write_atomically(self._path, msgspec.json.encode(chosen), private=True)
        self._preferences = chosen
        self._change(machine_id)

    def _is_here(self, machine_id: str) -> bool:
        known = self._machines.get(machine_id)
        return known is not None and known.state in HERE

    def _change(self, machine_id: str, **changes: Any) -> None:
        known = self._machines.get(machine_id) or MachineSnapshot(machine_id=machine_id, name="")
        changed = msgspec.structs.replace(known, **changes)
        own_name = self._own_names[machine_id] = changes.get(
            "name", self._own_names.get(machine_id, "")
        )
        preference = self._preferences.get(machine_id, Preference())
        changed = msgspec.structs.replace(
            changed,
            name=preference.name or own_name,
            is_included=preference.is_included,
            memory_limit_bytes=preference.memory_limit_bytes,
            hours=preference.hours,
            is_off_hours=self._is_off_hours(preference.hours),
        )
        if changed != known:
            self._machines[machine_id] = changed
            self._publish()

    def _publish(self) -> None:
        self._events.publish(PoolChanged(self.snapshot))


def _described(description: MachineDescription) -> dict[str, Any]:
    return {
        "system": description.system,
        "devices": tuple(DeviceSnapshot(description=device) for device in description.devices),
        "total_memory_bytes": description.total_memory_bytes,
        "free_memory_bytes": description.free_memory_bytes,
        "cpu_percent": description.cpu_percent,
        "temperature_celsius": description.temperature_celsius,
    }
