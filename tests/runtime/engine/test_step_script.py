"""Steps recorded without Python: the same numbers as with it, for every session and length."""

import gc
import weakref

import pytest
import torch

from runtime.engine import attention, step_script
from runtime.engine.chunk_graph import CannotRecord
from runtime.engine.split import Extent
from runtime.engine.stage import Stage
from runtime.engine.step_script import _SizesAlone
from tests.runtime.engine.tiny import some_ids, tiny_config, tiny_model

WIDE = {"hidden_size": 128, "intermediate_size": 256}


@pytest.fixture(scope="module", autouse=True)
def registered():
    attention.register()


def stage(architecture, bits=16, dtype=torch.bfloat16):
    extent = Extent.of_range(0, 4, 4)
    whole = tiny_model(tiny_config(architecture, **WIDE)).to(dtype).requires_grad_(False)
    made = Stage(whole, extent, torch.device("cpu"))
    if bits < 16:
        made.quantise(bits)
    return made


@pytest.fixture(autouse=True)
def worth_it(monkeypatch):
    """The second step of as many rows is recorded."""
    monkeypatch.setattr(step_script, "_WORTH_STEPS", 2)


def written(made, prompt, steps):
    """Hidden states of steps of so many tokens each, after a prompt."""
    cache = made.new_cache(200)
    made.advance(torch.tensor(prompt), 0, cache)
    found, position = [], len(prompt)
    for rows in steps:
        given = torch.tensor(some_ids(position + rows)[position:])
        found.append(made.advance(given, position, cache))
        position += rows
    return torch.cat(found)


@pytest.mark.parametrize("bits", [16, 8, 4])
@pytest.mark.parametrize("architecture", ["llama", "gemma3_text", "qwen2", "gpt_oss"])
def test_recorded_steps_give_the_same_numbers(architecture, bits):
    """A length or a position that was recorded as a constant would go wrong a few tokens later."""
    plain, quick = stage(architecture, bits), stage(architecture, bits)
    quick.record_steps()
    for length in (3, 40):
        prompt = some_ids(length)
        steps = (1, 1, 3, 1, 3, 3, 1, 2, 8, 8, 8, 1)
        wanted, found = written(plain, prompt, steps), written(quick, prompt, steps)
        assert quick.recorded_rows == ((1, 3, 8) if length == 3 else (1, 2, 3, 8))
        torch.testing.assert_close(found, wanted)


@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::torch.jit.TracerWarning")
def test_a_decision_by_what_is_computed_is_not_recorded():
    """Experts that one token chose would be taken for those of every token."""

    def by_size(given):
        return given + 1 if given.numel() > 2 and given.shape[0] % 2 else given - 1

    def by_value(given):
        return given + 1 if given.sum() > 0 else given - 1

    def by_experts(given):
        for each in torch.nonzero(given > 0):
            given = given + each
        return given

    def by_mask(given):
        return given[given > 0].sum()

    rows = torch.ones(3)
    with _SizesAlone():
        traced = torch.jit.trace(by_size, (rows,), check_trace=False)
    assert torch.equal(traced(-rows), by_size(-rows))
    for function in (by_value, by_experts, by_mask):
        with _SizesAlone(), pytest.raises(CannotRecord):
            torch.jit.trace(function, (rows,), check_trace=False)


def test_no_step_waits_for_its_recording_to_be_optimised():
    """All weights would be compared with each other, in the midst of the first answer."""
    made = stage("llama")
    made.record_steps()
    with torch.profiler.profile(activities=[torch.profiler.ProfilerActivity.CPU]) as profile:
        written(made, some_ids(9), [1] * 4)
    done = {event.key for event in profile.key_averages()}
    assert "hpipe::between" in done
    assert "aten::equal" not in done


def test_experts_are_computed_as_ever():
    plain, quick = stage("qwen3_moe"), stage("qwen3_moe")
    quick.record_steps()
    wanted, found = (written(each, some_ids(9), [1] * 12) for each in (plain, quick))
    torch.testing.assert_close(found, wanted)


@pytest.mark.parametrize("bits", [8, 4])
def test_weights_given_up_later_are_not_read_from_a_recording(bits):
    """It would keep the memory that a session needs."""
    plain, quick = stage("llama", bits), stage("llama", bits)
    quick.record_steps()
    for each in (plain, quick):
        each.give_up_spare()
    assert quick.recorded_rows == ()
    wanted, found = (written(each, some_ids(9), [1] * 4) for each in (plain, quick))
    assert quick.recorded_rows == (1,)
    torch.testing.assert_close(found, wanted)


@pytest.mark.parametrize("bits", [16, 8, 4])
def test_a_recording_keeps_no_weights_of_a_stage_that_is_gone(bits):
    """Every change of the split would leave one more copy of them behind."""
    quick = stage("llama", bits)
    quick.record_steps()
    written(quick, some_ids(9), [1] * 4)
    assert quick.recorded_rows == (1,)
    weights = [weakref.ref(weight) for weight in quick._base.parameters()]
    kept = [each for part in quick._packed for each in (part._few, part._whole) if each]
    weights += [weakref.ref(each) for each in kept]
    weights += [
        weakref.ref(value)
        for held in (*quick._packed, *kept)
        for value in vars(held).values()
        if isinstance(value, torch.Tensor)
    ]
    assert len(weights) > len(quick._packed)
    del quick, kept
    gc.collect()
    assert [weight() for weight in weights] == [None] * len(weights)
