"""From measurements to problems: names, corrections by earlier jobs, unusable timings."""

from __future__ import annotations

import msgspec
import pytest

from runtime.coordinator.calibration import Calibration
from runtime.coordinator.planning import (
    plan_for_all,
    slower_than_expected,
    solve,
)
from runtime.errors import DoesNotFit
from runtime.messages.stage import ChunkRecord
from runtime.planner.cost import chunk_seconds
from runtime.planner.plan import plan
from runtime.planner.values import Plan, PlanOutcome, StagePlan
from tests.runtime.planner.problems import model, problem


class Placement(msgspec.Struct):
    stage: StagePlan


class Loaded(msgspec.Struct):
    """As much of a pipeline as the calibration looks at."""

    placements: tuple[Placement, ...]
    weight_bits: int = 16


def filled(times: float) -> tuple[Calibration, Plan]:
    """A calibration after one job in which every stage took so many times as long."""
    asked = problem()
    found = plan(asked)
    assert isinstance(found, Plan)
    loaded = Loaded(tuple(Placement(stage) for stage in found.stages))
    calibration = Calibration()
    profiles = {device.key: device for device in asked.devices}
    for number, stage in enumerate(found.stages):
        position = 0
        for sequence, tokens in enumerate((512, 512, 256, 256)):
            layers = (stage.first_layer, stage.last_layer)
            seconds = chunk_seconds(profiles[stage.key], asked.model, *layers, tokens, position)
            record = ChunkRecord(
                session="s", sequence=sequence, stage=number, first_layer=layers[0],
                last_layer=layers[1], position=position, tokens=tokens, started_at=0.0,
                wait_seconds=0.0, compute_seconds=times * seconds, send_seconds=0.0, bytes_sent=0,
            )  # fmt: skip
            calibration.add("model", loaded, record)  # type: ignore[arg-type]
            position += tokens
    return calibration, found


def test_a_machine_that_takes_much_longer_is_told_of() -> None:
    """A laptop that throttles would quietly slow every job down."""
    calibration, found = filled(2.0)
    sentences = slower_than_expected(problem(), found, calibration, "model")
    assert len(sentences) == len(found.stages)
    assert "took 2.0 times as long as expected" in sentences[0]
    assert slower_than_expected(problem(), found, calibration, "another model") == ()
    calibration, found = filled(1.05)
    assert slower_than_expected(problem(), found, calibration, "model") == ()


def test_records_are_kept_by_model_and_device_and_forgotten_when_measured_again() -> None:
    """Records of other layers or of a machine measured afresh would bend its costs."""
    calibration, found = filled(1.0)
    first = found.stages[0]
    kept = calibration.records("model", 16, first.machine_id, first.device_id)
    assert [record.tokens for record in kept] == [512, 512, 256, 256]
    loaded = Loaded((Placement(msgspec.structs.replace(first, last_layer=99)),))
    calibration.add("model", loaded, kept[0])  # type: ignore[arg-type]
    assert calibration.records("model", 16, first.machine_id, first.device_id) == kept
    checks_guesses = msgspec.structs.replace(kept[0], tokens=5, is_step=True)
    loaded = Loaded((Placement(first),))
    calibration.add("model", loaded, checks_guesses)  # type: ignore[arg-type]
    assert calibration.records("model", 16, first.machine_id, first.device_id) == kept
    assert calibration.records("model", 4, first.machine_id, first.device_id) == ()
    calibration.forget((first.machine_id,))
    assert calibration.records("model", 16, first.machine_id, first.device_id) == ()


def test_a_demonstration_gives_every_machine_layers_and_says_what_one_would_take() -> None:
    """A machine that is left out of it shows nothing."""
    asked = problem((1e12, 1e9, 1e9), output_tokens=256)
    assert len(found_plan(plan(asked)).stages) == 1
    together = found_plan(plan_for_all(asked))
    assert [stage.machine_id for stage in together.stages] == [
        "machine-1",
        "machine-2",
        "machine-3",
    ]
    assert all(stage.layer_count for stage in together.stages)
    assert "one of them with all of it would read for" in together.reason
    # Predicted for the whole answer, not for the first word alone.
    writing = together.prediction.answer_seconds - together.prediction.ttft_seconds
    assert writing > 200 * together.prediction.tpot_seconds


def test_a_demonstration_with_more_machines_than_layers_is_a_plan_like_any_other() -> None:
    asked = problem((1e12,) * 3, shape=model(2))
    assert len(found_plan(plan_for_all(asked)).stages) <= 2
    alone = problem((1e12,))
    assert found_plan(plan_for_all(alone)).reason == found_plan(plan(alone)).reason


def found_plan(outcome: PlanOutcome) -> Plan:
    assert isinstance(outcome, Plan)
    return outcome


def test_a_chosen_split_keeps_its_layers_and_width_and_gets_chunks_for_its_prompt() -> None:
    """A plan chosen for one document is used for the next one, which is longer."""
    found = plan(problem(tokens=4096))
    assert isinstance(found, Plan)
    narrow = msgspec.structs.replace(found, activation_bits=8)
    longer = solve(problem(tokens=6000), narrow)
    assert [stage.layer_count for stage in longer.stages] == [
        stage.layer_count for stage in found.stages
    ]
    assert longer.activation_bits == 8
    assert sum(longer.chunk_lengths) == 6000


def test_a_chosen_split_that_no_longer_fits_and_a_pool_that_is_too_small_are_refused() -> None:
    found = plan(problem(tokens=2048))
    assert isinstance(found, Plan)
    with pytest.raises(DoesNotFit, match="Move a boundary"):
        solve(problem(tokens=2048, memory_bytes=200_000_000), found)
    with pytest.raises(DoesNotFit, match="needs"):
        solve(problem(tokens=2048, memory_bytes=50_000_000), None)
