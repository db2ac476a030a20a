"""Machines nobody has yet, put into a planning problem to see what they would add. No Qt here."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct

from runtime.known_devices import known_devices
from runtime.planner.described import NetworkFigures, with_guest
from runtime.planner.figures import DeviceFigures
from runtime.planner.values import PlanningProblem


class Guest(Struct, frozen=True):
    """A known device, and the network that would join it to all others."""

    device: DeviceFigures
    network: NetworkFigures


NETWORKS = (
    NetworkFigures(gigabits_per_second=1.0, latency_ms=0.3),
    NetworkFigures(gigabits_per_second=2.5, latency_ms=0.3),
    NetworkFigures(gigabits_per_second=10.0, latency_ms=0.2),
    NetworkFigures(gigabits_per_second=0.3, latency_ms=3.0),
)


def choices() -> tuple[DeviceFigures, ...]:
    """The devices that can be tried, as they are listed."""
    return tuple(known_devices().values())


def with_guests(problem: PlanningProblem, guests: Sequence[Guest]) -> PlanningProblem:
    for guest in guests:
        problem = with_guest(problem, guest.device, guest.network)
    return problem
