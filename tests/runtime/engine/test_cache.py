"""Keys and values written in place: what is visible, what is kept, what can be taken back."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from runtime.engine.blocks import BLOCK_TOKENS, KEYS_BEFORE_WINDOW
from runtime.engine.cache import (
    SPARE_TOKENS,
    TOKENS_BEFORE_WINDOW,
    GrowingLayer,
    StageCache,
    WindowLayer,
)
from runtime.engine.kept import kept_of
from runtime.errors import EngineError
from runtime.planner.memory import BESIDE_WINDOW_TOKENS
from tests.runtime.engine.tiny import tiny_config


def states(start, count):
    """Keys that tell their own position, and values that tell its negative."""
    keys = torch.arange(start, start + count, dtype=torch.float32)[None, None, :, None]
    return keys.expand(1, 2, count, 3), -keys.expand(1, 2, count, 3)


def positions(keys):
    return keys[0, 0, :, 0].tolist()


@settings(max_examples=80, deadline=None)
@given(
    window=st.integers(1, 90),
    lengths=st.lists(st.integers(1, 150), min_size=1, max_size=12),
)
def test_a_window_shows_exactly_what_its_chunk_may_see(window, lengths):
    capacity = sum(lengths)
    layer = WindowLayer(window, capacity)
    position = 0
    for count in lengths:
        sizes = layer.get_mask_sizes(count)
        keys, values = layer.update(*states(position, count))
        first = max(0, position - window + 1)
        assert positions(keys) == list(range(first, position + count))
        assert torch.equal(values, -keys)
        assert sizes == (keys.shape[2], first)
        position += count
        assert layer.get_seq_length() == position
    # Never more than the window, what is kept before it, the longest chunk and two blocks.
    room = layer._keys.shape[2]
    kept = window - 1 + TOKENS_BEFORE_WINDOW
    assert room <= max(kept + max(lengths) + 2 * BLOCK_TOKENS, BLOCK_TOKENS)
    assert room < capacity + BLOCK_TOKENS


@settings(max_examples=80, deadline=None)
@given(
    window=st.one_of(st.none(), st.integers(1, 90)),
    lengths=st.lists(st.integers(1, 150), min_size=1, max_size=12),
    back=st.integers(0, SPARE_TOKENS),
)
def test_what_lies_around_is_known_and_finite(window, lengths, back):
    """Attention reads whole blocks: a number that is none would spoil what it is multiplied with.

    What was taken back may be there still.
    """
    layer = GrowingLayer(10_000) if window is None else WindowLayer(window, 10_000)
    position = 0
    for count in [*lengths, None, 1]:
        if count is None:
            position -= min(back, position)
            layer.truncate(position)
            continue
        # Memory is not new: what was in it is not known.
        if layer.is_initialized and window is None:
            layer._keys[:, :, layer._written :] = torch.nan
            layer._values[:, :, layer._written :] = torch.nan
        keys, values = layer.update(*states(position, count))
        position += count
        kept = kept_of(keys, values)
        assert kept.end == position
        block_end = -(-position // BLOCK_TOKENS) * BLOCK_TOKENS
        assert kept.room_end >= block_end
        first = 0 if window is None else max(0, position - count - window + 1 - KEYS_BEFORE_WINDOW)
        assert kept.first <= first
        around, values_around = kept.between(first, block_end)
        assert positions(around[None])[: position - first] == list(range(first, position))
        assert torch.isfinite(around).all()
        assert torch.isfinite(values_around).all()


@settings(max_examples=80, deadline=None)
@given(
    window=st.integers(1, 90),
    lengths=st.lists(st.integers(1, 150), min_size=1, max_size=8),
    back=st.integers(0, SPARE_TOKENS),
)
def test_a_window_takes_the_spare_tokens_back(window, lengths, back):
    """Rejected guesses are at most so many, so that speculation never reads anything anew."""
    layer = WindowLayer(window, 10_000)
    position = 0
    for count in lengths:
        layer.update(*states(position, count))
        position += count
    back = min(back, position)
    assert layer.can_truncate(position - back)
    layer.truncate(position - back)
    keys, _ = layer.update(*states(position - back, 2))
    first = max(0, position - back - window + 1)
    assert positions(keys) == list(range(first, position - back + 2))


def test_a_window_that_has_slid_on_cannot_go_back():
    layer = WindowLayer(4, 10_000)
    for position in range(0, 2_000, 100):
        layer.update(*states(position, 100))
    assert not layer.can_truncate(100)
    assert not layer.can_truncate(2_001)


def test_a_full_layer_grows_to_its_capacity_and_no_further():
    layer = GrowingLayer(10)
    layer.update(*states(0, 6))
    keys, _ = layer.update(*states(6, 4))
    assert positions(keys) == list(range(10))
    with pytest.raises(EngineError, match="room for 10 tokens"):
        layer.update(*states(10, 1))
    assert layer.can_truncate(3)
    layer.truncate(3)
    keys, values = layer.update(*states(3, 2))
    assert positions(keys) == list(range(5))
    # Written in place: what was returned is part of the buffer, not a copy.
    assert keys.data_ptr() == layer._keys.data_ptr()
    assert values.data_ptr() == layer._values.data_ptr()


def test_layers_get_the_cache_their_kind_needs():
    cache = StageCache(tiny_config("gemma3_text"), 50)
    assert [type(layer) for layer in cache.layers] == [WindowLayer] * 3 + [GrowingLayer]
    assert cache.can_truncate(0)
    assert not cache.can_truncate(1)


@pytest.mark.parametrize("chunk", [100, 200, 512])
def test_a_window_takes_what_the_planner_counts(chunk):
    """Defect: what is kept before a window, and blocks' ends, are in no plan."""
    layer = WindowLayer(512, 65_536)
    for _ in range(20):
        rows = torch.zeros(1, 2, chunk, 16)
        layer.update(rows, rows)
    room = layer._keys.shape[2]
    counted = 512 + chunk + BESIDE_WINDOW_TOKENS
    assert room <= counted <= room + 128
