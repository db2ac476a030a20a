"""What a stage is expected to take: what it needs, and what its engine keeps to be faster."""

import msgspec

from runtime.planner.memory import BESIDE_WINDOW_TOKENS, expected_bytes, layer_bytes, stage_bytes
from runtime.planner.plan import plan
from runtime.planner.tables import Tables
from runtime.planner.values import HEAD, Plan, SpareMemory
from tests.runtime.planner.problems import model, problem

OF_LAYER, OF_HEAD = 10_000_000, 7_000_000
SPARE = (
    SpareMemory(kind="full", kept_bytes=OF_LAYER),
    SpareMemory(kind=HEAD, kept_bytes=OF_HEAD),
)


def with_limit(limit_bytes):
    """A problem with one device that keeps something for speed, and the device."""
    asked = problem((1e12,), memory_bytes=limit_bytes)
    devices = tuple(msgspec.structs.replace(each, spare=SPARE) for each in asked.devices)
    return msgspec.structs.replace(asked, devices=devices), devices[0]


def kept(limit_bytes, first, last):
    asked, device = with_limit(limit_bytes)
    given = (asked, device, first, last, 256)
    return expected_bytes(*given) - stage_bytes(*given)


def test_with_plenty_of_room_all_is_kept():
    assert kept(8_000_000_000, 0, 12) == 12 * OF_LAYER + OF_HEAD
    assert kept(8_000_000_000, 2, 7) == 5 * OF_LAYER


def test_what_would_fill_more_than_half_is_not_kept():
    """An engine keeps half of its room for sessions: a plan that says otherwise is wrong."""
    asked, device = with_limit(8_000_000_000)
    weights = 12 * 25_000_000 + asked.model.embedding_bytes + asked.model.head_bytes
    room_for_all = 2 * (weights + 12 * OF_LAYER + OF_HEAD)
    assert kept(room_for_all + 2, 0, 12) == 12 * OF_LAYER + OF_HEAD
    assert kept(room_for_all - 2, 0, 12) == 12 * OF_LAYER
    assert kept(2 * (weights + 12 * OF_LAYER) - 2, 0, 12) == 0
    assert device.floor_memory_bytes == 0


def test_what_a_text_needs_is_given_up():
    """Half of the room is there for both, but the text takes the other half and more."""
    asked, device = with_limit(2_000_000_000)
    asked = msgspec.structs.replace(asked, prompt_tokens=57_000)
    needed = stage_bytes(asked, device, 0, 12, 256)
    assert 1_900_000_000 < needed < 2_000_000_000
    assert expected_bytes(asked, device, 0, 12, 256) == needed


def test_a_plan_tells_what_will_be_taken():
    asked, _ = with_limit(8_000_000_000)
    found = plan(asked)
    assert isinstance(found, Plan)
    (stage,) = found.stages
    longest = max(found.chunk_lengths)
    assert stage.memory_bytes == expected_bytes(asked, asked.devices[0], 0, 12, longest)


def test_a_window_is_counted_with_what_is_kept_beside_it():
    shape = model(4, window=512, sliding_every=4, kv_bytes=2048)
    asked = problem((1e12,), tokens=60_000, shape=shape)
    window = layer_bytes(asked, 0, 256) - shape.layers[0].weight_bytes
    assert window == (512 + 256 + BESIDE_WINDOW_TOKENS) * 2048
    counted = sum(layer_bytes(asked, index, 256) for index in range(4))
    assert Tables(asked).layer_memory(256)[-1] == counted
