"""From the pool's measurements to a planning problem, and from that to a plan for a job."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable, Mapping
from functools import lru_cache, partial

import anyio.to_thread
import msgspec

from runtime.coordinator.calibration import Calibration
from runtime.coordinator.measurements import MeasuredDevice, Measurements, ProgressListener
from runtime.errors import DoesNotFit, EngineError, NetworkError
from runtime.models.manifest import ModelManifest
from runtime.models.shape import model_shape
from runtime.planner.cost import chunk_seconds, decode_seconds
from runtime.planner.fitting import fit_device
from runtime.planner.plan import one_machine, predict
from runtime.planner.plan import plan as find_plan
from runtime.planner.reasons import seconds_text
from runtime.planner.refining import SLOWDOWN_WORTH_TELLING, refine, slowdown
from runtime.planner.values import (
    DeviceProfile,
    Goal,
    Infeasible,
    LinkProfile,
    Plan,
    PlanningProblem,
    PlanOutcome,
)

# Kept free on a machine whose memory a person did not limit, for them and their other programs.
RESERVE_SHARE = 0.1
# The chunk a device's speed is told for.
TYPICAL_CHUNK = 256
# Held-out timings that are off by this part of themselves say little of a device.
WILD_FIT_ERROR = 1.0

log = logging.getLogger(__name__)
# The same measurement always gives the same costs, and fitting takes a good part of a second.
_fitted_device = lru_cache(maxsize=256)(partial(fit_device, memory_limit_bytes=0))


def memory_limit_bytes(measured: MeasuredDevice, chosen: int | None) -> int:
    """What a stage may take on a device: what is free less a reserve, or what a person allows."""
    room = int(measured.device.free_memory_bytes * (1 - RESERVE_SHARE))
    return room if chosen is None else min(room, chosen)


def device_profiles(
    devices: tuple[MeasuredDevice, ...],
    manifest: ModelManifest,
    limits: Mapping[str, int | None],
    names: Mapping[str, str],
    calibration: Calibration | None = None,
    *,
    weight_bits: int = 16,
) -> tuple[DeviceProfile, ...]:
    """What the planner knows of these devices. They are named as their machines are.

    What earlier jobs took corrects what was measured. A device whose timings are no use is left
    out; when all are, the last error is raised.
    """
    shape = model_shape(manifest, weight_bits)
    counts = Counter(measured.machine_id for measured in devices)
    profiles: list[DeviceProfile] = []
    problem: EngineError | None = None
    for measured in devices:
        machine_id, device_id = measured.machine_id, measured.device.device_id
        try:
            profile = _fitted_device(
                measured.measurement,
                shape,
                machine_id=machine_id,
                device_id=device_id,
                name=_device_name(measured, names, counts[machine_id]),
            )
        except EngineError as unusable:
            log.warning("%s", unusable)
            problem = unusable
            continue
        if profile.fit_error > WILD_FIT_ERROR:
            # It is merely busy: a rough plan with it is better than one that leaves it out.
            log.warning(
                "the timings of %s scatter by %.0f %%", profile.name, 100 * profile.fit_error
            )
        if calibration is not None:
            records = calibration.records(manifest.model_id, weight_bits, machine_id, device_id)
            profile = refine(profile, shape, records)
        limit = memory_limit_bytes(measured, limits.get(machine_id))
        profiles.append(msgspec.structs.replace(profile, memory_limit_bytes=limit))
    if not profiles and problem is not None:
        raise problem
    return tuple(profiles)


def _device_name(measured: MeasuredDevice, names: Mapping[str, str], devices: int) -> str:
    machine = names.get(measured.machine_id)
    if machine is None:
        return measured.device.name
    return machine if devices == 1 else f"{measured.device.name} of {machine}"


def device_speeds(
    devices: tuple[MeasuredDevice, ...],
    machine_id: str,
    manifest: ModelManifest,
    names: Mapping[str, str],
    weight_bits: int,
) -> dict[str, tuple[float, float]]:
    """Prefill and decode tokens per second of the whole model on each device of a machine."""
    shape = model_shape(manifest, weight_bits)
    layers = len(shape.layers)
    mine = tuple(measured for measured in devices if measured.machine_id == machine_id)
    speeds = {}
    for profile in device_profiles(mine, manifest, {}, names, weight_bits=weight_bits):
        read = chunk_seconds(profile, shape, 0, layers, TYPICAL_CHUNK, 0)
        written = decode_seconds(profile, shape, 0, layers, TYPICAL_CHUNK)
        speeds[profile.device_id] = (TYPICAL_CHUNK / read, 1 / written)
    return speeds


async def build_problem(
    measurements: Measurements,
    manifest: ModelManifest,
    machine_ids: tuple[str, ...],
    *,
    prompt_tokens: int,
    output_tokens: int,
    goal: Goal,
    weight_bits: int = 16,
    main_machine_id: str,
    limits: Mapping[str, int | None],
    names: Mapping[str, str],
    calibration: Calibration | None = None,
    on_progress: ProgressListener | None = None,
) -> PlanningProblem:
    """Measure what is not known yet and pose the problem. Raises NetworkError without machines."""
    if not machine_ids:
        raise NetworkError(
            "No machine takes part.", "Include at least one machine on the Machines page."
        )
    devices = await measurements.devices(
        manifest, machine_ids, weight_bits=weight_bits, on_progress=on_progress
    )
    links: tuple[LinkProfile, ...] = ()
    if len(machine_ids) > 1:
        links = await measurements.links(machine_ids)
    fitted = partial(device_profiles, weight_bits=weight_bits)
    profiles = await anyio.to_thread.run_sync(fitted, devices, manifest, limits, names, calibration)
    return PlanningProblem(
        model=model_shape(manifest, weight_bits),
        devices=profiles,
        links=links,
        prompt_tokens=prompt_tokens,
        output_tokens=output_tokens,
        main_machine_id=main_machine_id,
        goal=goal,
        weight_bits=weight_bits,
    )


def slower_than_expected(
    problem: PlanningProblem, plan: Plan, calibration: Calibration, model_id: str
) -> tuple[str, ...]:
    """A sentence for each machine whose stage took much longer than the problem's profiles say."""
    profiles = {device.key: device for device in problem.devices}
    sentences = []
    for stage in plan.stages:
        profile = profiles.get(stage.key)
        if profile is None:
            continue
        newest = calibration.newest(model_id, plan.weight_bits, stage.machine_id, stage.device_id)
        times = slowdown(profile, problem.model, newest)
        if times >= SLOWDOWN_WORTH_TELLING:
            sentences.append(
                f"{profile.name} took {times:.1f} times as long as expected: it may be hot, or "
                "busy with other programs."
            )
    return tuple(sentences)


def plan_for_all(problem: PlanningProblem) -> PlanOutcome:
    """The split that reads soonest with layers on every device, whatever writing then takes.

    Where there is none, the best plan.
    """
    keys = tuple(device.key for device in problem.devices)
    reading = msgspec.structs.replace(problem, output_tokens=1, fixed_order=keys)
    split = find_plan(reading)
    if isinstance(split, Infeasible) or len(keys) == 1:
        return find_plan(problem)
    together = predict(problem, split.stages, split.chunk_lengths, split.activation_bits)
    alone = [
        plan.prediction.ttft_seconds
        for key in keys
        if isinstance(plan := one_machine(reading, key), Plan)
    ]
    reason = f"Each of the {len(keys)} has a part of the model"
    if alone:
        reason += f"; one of them with all of it would read for {seconds_text(min(alone))}"
    return msgspec.structs.replace(together, reason=f"{reason}.")


def solve(
    problem: PlanningProblem,
    chosen: Plan | None,
    finder: Callable[[PlanningProblem], PlanOutcome] = find_plan,
) -> Plan:
    """The best plan, or a person's split with chunks fitted to this prompt. Raises DoesNotFit."""
    if chosen is not None:
        split = predict(problem, chosen.stages, None, chosen.activation_bits)
        for stage in split.stages:
            if stage.memory_bytes > stage.memory_limit_bytes:
                raise DoesNotFit(
                    f"This split needs {stage.memory_bytes / 1e9:.1f} GB on a machine that has "
                    f"{stage.memory_limit_bytes / 1e9:.1f} GB.",
                    "Move a boundary, or let HPipe decide.",
                )
        return msgspec.structs.replace(split, reason=chosen.reason)
    outcome = finder(problem)
    if isinstance(outcome, Infeasible):
        raise DoesNotFit(outcome.reason, " ".join(outcome.suggestions))
    return outcome
