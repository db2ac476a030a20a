"""Keys and values written in place: what is visible, what is kept, what can be taken back."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from runtime.engine.cache import SPARE_TOKENS, GrowingLayer, StageCache, WindowLayer
from runtime.errors import EngineError
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
    # Never more than the window, the spare tokens and the longest chunk rounded up.
    assert (
        layer._keys.shape[2]
        <= min(capacity, window - 1 + SPARE_TOKENS + max(lengths) + 2 * SPARE_TOKENS)
        or layer._keys.shape[2] <= capacity
    )


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
