"""What must hold for any pool: better machines never hurt, plans are whole and fit."""

from __future__ import annotations

import itertools

import msgspec
from hypothesis import HealthCheck, Phase, assume, given, settings
from hypothesis import strategies as st

from runtime.planner.judge import Judge
from runtime.planner.memory import stage_bytes
from runtime.planner.plan import plan
from runtime.planner.rules import judge_rules
from runtime.planner.search import FULL, Search
from runtime.planner.tables import Tables
from runtime.planner.values import ChunkCost, DeviceProfile, LayerCost, Plan, PlanningProblem
from tests.runtime.planner.problems import random_problem

# What a search that proves nothing may miss.
SLACK = 1.002

ordinary = settings(
    max_examples=7,
    deadline=None,
    derandomize=True,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=[HealthCheck.too_slow],
)
problems = st.builds(
    random_problem,
    st.integers(0, 10_000),
    devices=st.integers(1, 4),
    layers=st.integers(1, 16),
    tokens=st.sampled_from([1, 63, 700, 2048, 9000]),
)


def answer_seconds(problem: PlanningProblem) -> float:
    found = plan(problem)
    return found.prediction.answer_seconds if isinstance(found, Plan) else float("inf")


def faster(device: DeviceProfile, factor: float) -> DeviceProfile:
    def sooner(cost: LayerCost) -> LayerCost:
        fields: dict[str, object] = {
            name: getattr(cost, name) / factor
            for name in cost.__struct_fields__
            if name != "by_length"
        }
        fields["by_length"] = tuple(
            ChunkCost(
                tokens=each.tokens,
                seconds=each.seconds / factor,
                per_pair_seconds=each.per_pair_seconds / factor,
            )
            for each in cost.by_length
        )
        return LayerCost(**fields)  # type: ignore[arg-type]

    return msgspec.structs.replace(
        device,
        layer_costs={kind: sooner(cost) for kind, cost in device.layer_costs.items()},
        embedding=sooner(device.embedding),
        head=sooner(device.head),
        chunk_overhead_seconds=device.chunk_overhead_seconds / factor,
    )


@ordinary
@given(problems)
def test_every_plan_is_whole_and_within_memory(problem: PlanningProblem) -> None:
    """A layer held twice or not at all, or memory that is not there, would end in a crash."""
    found = plan(problem)
    assume(isinstance(found, Plan))
    assert isinstance(found, Plan)
    layers = len(problem.model.layers)
    held = [i for stage in found.stages for i in range(stage.first_layer, stage.last_layer)]
    assert held == list(range(layers))
    assert len({stage.key for stage in found.stages}) == len(found.stages)
    assert sum(found.chunk_lengths) == problem.prompt_tokens
    assert min(found.chunk_lengths) > 0
    devices = {device.key: device for device in problem.devices}
    for stage in found.stages:
        needed = stage_bytes(
            problem, devices[stage.key], stage.first_layer, stage.last_layer,
            max(found.chunk_lengths),
        )  # fmt: skip
        assert stage.memory_bytes == needed <= devices[stage.key].memory_limit_bytes
    assert found.lower_bound_seconds <= found.prediction.ttft_seconds * (1 + 1e-9)


@ordinary
@given(problems, st.integers(0, 3), st.floats(1.01, 8.0))
def test_a_faster_device_never_makes_it_slower(
    problem: PlanningProblem, which: int, factor: float
) -> None:
    index = which % len(problem.devices)
    devices = list(problem.devices)
    devices[index] = faster(devices[index], factor)
    better = msgspec.structs.replace(problem, devices=tuple(devices))
    assert answer_seconds(better) <= answer_seconds(problem) * SLACK


@ordinary
@given(problems, st.integers(0, 3), st.floats(1.01, 8.0))
def test_more_memory_never_makes_it_slower(
    problem: PlanningProblem, which: int, factor: float
) -> None:
    index = which % len(problem.devices)
    devices = list(problem.devices)
    more = int(devices[index].memory_limit_bytes * factor)
    devices[index] = msgspec.structs.replace(devices[index], memory_limit_bytes=more)
    better = msgspec.structs.replace(problem, devices=tuple(devices))
    assert answer_seconds(better) <= answer_seconds(problem) * SLACK


@ordinary
@given(problems, st.integers(0, 30), st.floats(1.01, 20.0))
def test_a_faster_link_never_makes_it_slower(
    problem: PlanningProblem, which: int, factor: float
) -> None:
    """16 bits are kept until 8 bits gain half a percent, so that much a faster link may cost."""
    assume(problem.links)
    index = which % len(problem.links)
    links = list(problem.links)
    links[index] = msgspec.structs.replace(
        links[index],
        bytes_per_second=links[index].bytes_per_second * factor,
        latency_seconds=links[index].latency_seconds / factor,
    )
    better = msgspec.structs.replace(problem, links=tuple(links))
    assert answer_seconds(better) <= answer_seconds(problem) * (SLACK + 0.005)


@ordinary
@given(st.integers(0, 10_000), st.permutations(range(3)), st.sampled_from([700, 4096]))
def test_permuting_identical_devices_changes_nothing(
    seed: int, order: list[int], tokens: int
) -> None:
    """Which of three equal machines is named first must not decide how long it takes."""
    problem = random_problem(seed, devices=3, layers=12, tokens=tokens)
    twins = tuple(
        msgspec.structs.replace(problem.devices[0], machine_id=device.machine_id)
        for device in problem.devices
    )
    first = problem.links[0]
    links = tuple(
        msgspec.structs.replace(first, from_machine_id=one.machine_id, to_machine_id=two.machine_id)
        for one, two in itertools.permutations(twins, 2)
    )
    equal = msgspec.structs.replace(problem, devices=twins, links=links, main_machine_id="")
    turned = msgspec.structs.replace(equal, devices=tuple(twins[place] for place in order))
    here, there = plan(equal), plan(turned)
    assert type(here) is type(there)
    if isinstance(here, Plan) and isinstance(there, Plan):
        assert here.prediction.answer_seconds == there.prediction.answer_seconds
        assert here.chunk_lengths == there.chunk_lengths
        layers = [stage.layer_count for stage in here.stages]
        assert layers == [stage.layer_count for stage in there.stages]


@ordinary
@given(problems)
def test_no_other_rule_is_faster(problem: PlanningProblem) -> None:
    """Whoever would do better with equal layers should get equal layers."""
    judge = Judge(Tables(msgspec.structs.replace(problem, output_tokens=0)))
    found = Search(judge, FULL).best()
    if found is None:
        return
    search = Search(judge, FULL)
    ours = judge.verdict(found).ttft_seconds
    for name, other in judge_rules(judge, found, search.grid).items():
        if other.ttft_seconds is not None:
            assert ours <= other.ttft_seconds * (1 + 1e-9), name
