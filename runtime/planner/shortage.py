"""When nothing fits: which machine lacks how much, and the nearest plans that would fit."""

from __future__ import annotations

import math

import msgspec

from runtime.planner.chunks import grid_tokens
from runtime.planner.feasible import find_fit
from runtime.planner.memory import stage_bytes
from runtime.planner.rules import by_memory
from runtime.planner.tables import Tables
from runtime.planner.values import (
    DeviceProfile,
    Infeasible,
    LinkProfile,
    PlanningProblem,
    Shortfall,
)
from runtime.planner.weights import narrowed

GIGABYTE = 1e9
# A document shorter than this is none.
SHORTEST_TOKENS = 64
EXTRA = "one more machine"


def explain_shortage(tables: Tables) -> Infeasible:
    """Why no split of this problem fits, in a sentence, and what would help."""
    problem = tables.problem
    if not problem.devices:
        return Infeasible(
            reason="No machine takes part.",
            suggestions=("Include a machine on the Machines page.",),
        )
    if not tables.layer_count:
        return Infeasible(
            reason=f"{problem.model.name} has no layers.", suggestions=("Choose another model.",)
        )
    if not tables.devices:
        return Infeasible(
            reason="No machine has usable measurements for this model.",
            suggestions=("Measure the machines again while nothing else runs on them.",),
        )
    if _fits(_with_links(problem)):
        return Infeasible(
            reason="The machines have the memory together, but not enough of them are joined by "
            "links that work.",
            suggestions=("Check the network between them and measure again.",),
        )
    bits = _fitting_bits(problem)
    return Infeasible(
        reason=_reason(tables),
        shortfalls=_shortfalls(tables),
        suggestions=tuple(_suggestions(problem, bits)),
        weight_bits=bits,
    )


def _reason(tables: Tables) -> str:
    problem = tables.problem
    needed = _least_bytes(tables)
    room = sum(device.memory_limit_bytes for device in tables.devices)
    who = "the machines together have" if len(tables.devices) > 1 else "the machine has"
    # Each machine holds whole layers, and some room of its own.
    yet = ", but not in pieces that fit whole layers" if needed <= room else ""
    return (
        f"{problem.model.name} with {tables.tokens:,} tokens needs {needed / GIGABYTE:.1f} GB and "
        f"{who} {room / GIGABYTE:.1f} GB{yet}."
    )


def _least_bytes(tables: Tables) -> int:
    """The whole model on one device, in the shortest chunks."""
    chunk = min(grid_tokens(tables.tokens, tables.sequences), tables.tokens)
    roomiest = max(tables.devices, key=lambda device: device.memory_limit_bytes)
    return stage_bytes(tables.problem, roomiest, 0, tables.layer_count, chunk)


def _shortfalls(tables: Tables) -> tuple[Shortfall, ...]:
    """Layers dealt in proportion to memory: who lacks how much."""
    chunk = min(grid_tokens(tables.tokens, tables.sequences), tables.tokens)
    order, cuts = by_memory(tables)
    found = []
    for place, index in enumerate(order):
        device = tables.devices[index]
        needed = stage_bytes(tables.problem, device, cuts[place], cuts[place + 1], chunk)
        if needed > device.memory_limit_bytes:
            found.append(
                Shortfall(
                    machine_id=device.machine_id,
                    device_id=device.device_id,
                    needed_bytes=needed,
                    limit_bytes=device.memory_limit_bytes,
                )
            )
    return tuple(found)


def _suggestions(problem: PlanningProblem, fitting_bits: int) -> list[str]:
    found = []
    tokens = _longest_prompt(problem)
    if tokens >= SHORTEST_TOKENS:
        found.append(f"A document of up to {tokens:,} tokens would fit.")
    if fitting_bits:
        found.append(f"With {fitting_bits}-bit weights it would fit.")
    extra = _memory_missing(problem)
    if extra is not None:
        found.append(f"One more machine with {extra / GIGABYTE:.1f} GB free would do.")
    return found or ["Choose a smaller model."]


def _fitting_bits(problem: PlanningProblem) -> int:
    """The most bits with which it fits, fewer than now; 0: none."""
    for bits in (8, 4):
        if bits < problem.weight_bits and _fits(with_weight_bits(problem, bits)):
            return bits
    return 0


def _longest_prompt(problem: PlanningProblem) -> int:
    """0: not even a short one fits."""
    low, high = 0, problem.prompt_tokens
    while high - low > max(high // 100, 1):
        middle = (low + high) // 2
        if _fits(msgspec.structs.replace(problem, prompt_tokens=middle)):
            low = middle
        else:
            high = middle
    return low // 10 * 10 if low >= SHORTEST_TOKENS else 0


def with_weight_bits(problem: PlanningProblem, bits: int) -> PlanningProblem:
    """The same problem with the layers' weights in other bits, and speeds as they were."""
    model = narrowed(problem.model, problem.weight_bits, bits)
    return msgspec.structs.replace(problem, model=model, weight_bits=bits)


def _memory_missing(problem: PlanningProblem) -> float | None:
    """What one more machine, joined to all others, would need; None: no one machine would do."""
    like = problem.devices[0]

    def fits(limit: float) -> bool:
        extra = msgspec.structs.replace(
            like, machine_id=EXTRA, device_id=EXTRA, memory_limit_bytes=math.ceil(limit)
        )
        return _fits(_joined(problem, extra))

    tables = Tables(problem)
    if not tables.devices:
        return None
    high = _least_bytes(tables) * 1.1 + like.floor_memory_bytes
    if not fits(high):
        return None
    low = 0.0
    while high - low > 0.02 * high:
        middle = (low + high) / 2
        low, high = (low, middle) if fits(middle) else (middle, high)
    return math.ceil(high / 1e8) * 1e8


def _joined(problem: PlanningProblem, extra: DeviceProfile) -> PlanningProblem:
    links = []
    for machine in {device.machine_id for device in problem.devices}:
        for one, other in ((machine, extra.machine_id), (extra.machine_id, machine)):
            links.append(
                LinkProfile(
                    from_machine_id=one,
                    to_machine_id=other,
                    latency_seconds=1e-3,
                    bytes_per_second=1e8,
                )
            )
    return msgspec.structs.replace(
        problem, devices=(*problem.devices, extra), links=(*problem.links, *links)
    )


def _with_links(problem: PlanningProblem) -> PlanningProblem:
    """Every machine joined to every other."""
    machines = sorted({device.machine_id for device in problem.devices})
    links = tuple(
        LinkProfile(
            from_machine_id=one, to_machine_id=other, latency_seconds=1e-3, bytes_per_second=1e8
        )
        for one in machines
        for other in machines
        if one != other
    )
    return msgspec.structs.replace(problem, links=links)


def _fits(problem: PlanningProblem) -> bool:
    tables = Tables(problem)
    chunk = min(grid_tokens(tables.tokens, tables.sequences), tables.tokens)
    return find_fit(tables, chunk) is not None
