"""Clusters in words instead of measurements: JSON in, a planning problem out.

A cluster is an object with these fields; all but machines may be left out:

    machines  a list of machines, each with a name and either the fields of one device or a list
              of them under devices
    network   the link between any two machines: gigabits_per_second (1), latency_ms (0.3)
    inside    the link between two devices of one machine: gigabytes_per_second (8),
              latency_ms (0.05)
    links     links that differ: between (two names), gigabits_per_second, latency_ms
    main      the name of the machine that asks; the first one else
    sequences documents read side by side (1)

A device is a known one under device (see assets/devices.json), or figures of its own, or both:
prefill_tflops (achievable, not the data sheet's), memory_gb_per_second, memory_gb, launch_ms (per
layer and chunk), chunk_overhead_ms; count makes several.
"""

from __future__ import annotations

import msgspec
from msgspec import Struct

from runtime.errors import HPipeError
from runtime.planner.figures import GIGABYTE, DeviceFigures, KnownDevices, complete, profile_of
from runtime.planner.values import (
    DeviceProfile,
    Goal,
    LinkProfile,
    ModelShape,
    PlanningProblem,
)

GIGABIT_BYTES = 125e6


class MachineFigures(DeviceFigures, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A machine: its own fields are those of its only device, unless devices lists several."""

    devices: tuple[DeviceFigures, ...] = ()


class NetworkFigures(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    gigabits_per_second: float = 1.0
    latency_ms: float = 0.3


class InsideFigures(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    gigabytes_per_second: float = 8.0
    latency_ms: float = 0.05


class LinkFigures(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    between: tuple[str, str]
    gigabits_per_second: float
    latency_ms: float = 0.3


class Cluster(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a cluster file says."""

    machines: tuple[MachineFigures, ...]
    name: str = ""
    about: str = ""
    network: NetworkFigures = NetworkFigures()
    inside: InsideFigures = InsideFigures()
    links: tuple[LinkFigures, ...] = ()
    main: str = ""
    sequences: int = 1


def parse_cluster(text: bytes) -> Cluster:
    """Raises HPipeError with what is wrong where."""
    try:
        return msgspec.json.decode(text, type=Cluster)
    except (msgspec.DecodeError, UnicodeDecodeError) as problem:
        raise HPipeError(
            f"The cluster file is not understood: {problem}.",
            "README and runtime/planner/described.py show what it may hold.",
        ) from None


def describe_problem(
    cluster: Cluster,
    model: ModelShape,
    known: KnownDevices,
    *,
    prompt_tokens: int,
    output_tokens: int,
    goal: Goal = "fastest_answer",
) -> PlanningProblem:
    """The planning problem of a described cluster. Raises HPipeError for what it does not say."""
    names = [machine.name for machine in cluster.machines]
    if len(set(names)) < len(names) or "" in names:
        raise HPipeError(
            "Every machine of a cluster needs a name of its own.", "Add or change the names."
        )
    devices: list[DeviceProfile] = []
    for machine in cluster.machines:
        devices += _devices_of(machine, model, known)
    inside = cluster.inside
    return PlanningProblem(
        model=model,
        devices=tuple(devices),
        links=_links(cluster, names),
        prompt_tokens=prompt_tokens,
        output_tokens=output_tokens,
        goal=goal,
        main_machine_id=cluster.main or (names[0] if names else ""),
        loopback_link=LinkProfile(
            from_machine_id="",
            to_machine_id="",
            latency_seconds=inside.latency_ms / 1e3,
            bytes_per_second=inside.gigabytes_per_second * GIGABYTE,
        ),
        sequences=max(cluster.sequences, 1),
    )


def with_guest(
    problem: PlanningProblem, figures: DeviceFigures, network: NetworkFigures
) -> PlanningProblem:
    """The problem with one more machine that nobody has yet: "what would it add?"."""
    name = figures.name or figures.device
    taken = {device.machine_id for device in problem.devices}
    number = next(n for n in range(1, len(taken) + 2) if _numbered(name, n) not in taken)
    guest = _numbered(name, number)
    device = profile_of(figures, problem.model, machine_id=guest, device_id="0", name=guest)
    links = []
    for machine in sorted(taken):
        links += _both_ways(machine, guest, network.gigabits_per_second, network.latency_ms)
    return msgspec.structs.replace(
        problem, devices=(*problem.devices, device), links=(*problem.links, *links)
    )


def _numbered(name: str, number: int) -> str:
    return name if number == 1 else f"{name} ({number})"


def _devices_of(
    machine: MachineFigures, model: ModelShape, known: KnownDevices
) -> list[DeviceProfile]:
    listed = machine.devices or (machine,)
    several = sum(max(figures.count, 0) for figures in listed) > 1
    found: list[DeviceProfile] = []
    for figures in listed:
        whole = complete(figures, known)
        for _ in range(max(figures.count, 0)):
            number = str(len(found))
            name = f"{machine.name}, {whole.device or 'device'} {number}"
            found.append(
                profile_of(
                    whole,
                    model,
                    machine_id=machine.name,
                    device_id=number,
                    name=name if several else machine.name,
                )
            )
    return found


def _links(cluster: Cluster, names: list[str]) -> tuple[LinkProfile, ...]:
    network = cluster.network
    figures = {
        frozenset((one, other)): (network.gigabits_per_second, network.latency_ms)
        for one in names
        for other in names
        if one != other
    }
    for link in cluster.links:
        if not set(link.between) <= set(names):
            raise HPipeError(
                f"A link joins {link.between[0]} and {link.between[1]}, but not both are machines.",
                "Use the names under machines.",
            )
        figures[frozenset(link.between)] = (link.gigabits_per_second, link.latency_ms)
    found: list[LinkProfile] = []
    for pair, (gigabits, latency) in figures.items():
        one, other = sorted(pair) if len(pair) == 2 else (*pair, *pair)
        if one != other:
            found += _both_ways(one, other, gigabits, latency)
    return tuple(found)


def _both_ways(one: str, other: str, gigabits: float, latency_ms: float) -> list[LinkProfile]:
    return [
        LinkProfile(
            from_machine_id=sender,
            to_machine_id=receiver,
            latency_seconds=latency_ms / 1e3,
            bytes_per_second=max(gigabits, 0.0) * GIGABIT_BYTES,
        )
        for sender, receiver in ((one, other), (other, one))
    ]
