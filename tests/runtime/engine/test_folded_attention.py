"""Chunk attention against the textbook formula with a mask laid out in full."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from runtime.engine import blocks, cache
from runtime.engine import folded_attention as folded
from runtime.engine.masks import Pattern
from runtime.engine.scores import Scores


def textbook(query, key, value, seen, scaling, softcap=None, sinks=None):
    """query (1, H, c, d); seen (c, n) or (1, 1 or H, c, n); everything in float64."""
    group = query.shape[1] // key.shape[1]
    key, value = (each.double().repeat_interleave(group, 1) for each in (key, value))
    scores = query.double() @ key.transpose(2, 3) * scaling
    if softcap:
        scores = torch.tanh(scores / softcap) * softcap
    scores = scores.masked_fill(~seen, float("-inf"))
    if sinks is not None:
        extra = sinks.double()[None, :, None, None].expand(*scores.shape[:3], 1)
        shares = torch.cat([scores, extra], -1).softmax(-1)[..., :-1]
    else:
        shares = scores.softmax(-1)
    return (shares @ value).transpose(1, 2)


def lower_right(count, length, window):
    own = torch.arange(count)[:, None] + length - count
    other = torch.arange(length)[None]
    seen = other <= own
    return seen & (other > own - window) if window else seen


@settings(max_examples=80, deadline=None)
@given(
    count=st.integers(1, 40),
    before=st.integers(0, 50),
    kv_heads=st.sampled_from([1, 2]),
    group=st.sampled_from([1, 3]),
    window=st.sampled_from([None, 1, 7, 33, 200]),
    rows=st.sampled_from([1, 6, 128]),
    few_scores=st.sampled_from([0, 1 << 17]),
    softcap=st.sampled_from([None, 5.0]),
    sinks=st.booleans(),
    is_kept=st.booleans(),
)
def test_equals_the_formula(
    count, before, kv_heads, group, window, rows, few_scores, softcap, sinks, is_kept
):
    """For blocks smaller than the chunk too, and keys that are part of a cache or are not."""
    torch.manual_seed(count * 100 + before)
    heads, length = kv_heads * group, before + count
    query = torch.randn(1, heads, count, 8)
    key, value = torch.randn(1, kv_heads, length, 8), torch.randn(1, kv_heads, length, 6)
    seen = lower_right(count, length, window)
    bias = torch.randn(heads) if sinks else None
    wanted = textbook(query, key, value, seen, 0.3, softcap, bias)
    if is_kept:
        layer = cache.GrowingLayer(500) if window is None else cache.WindowLayer(window, 500)
        for part in (slice(0, before), slice(before, length)):
            if part.stop > part.start:
                key_part, value_part = layer.update(key[:, :, part], value[:, :, part])
        key, value = key_part, value_part
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(blocks, "_FEWEST_ROWS", rows)
        patch.setattr(blocks, "_MOST_ROWS", rows)
        patch.setattr(folded, "_FEW_SCORES", few_scores)
        found = folded.folded_attention(
            query, key, value, Pattern(window), Scores(0.3, softcap, bias)
        )
    torch.testing.assert_close(found.double(), wanted, rtol=0, atol=2e-6)


@pytest.mark.parametrize("length", [8, 63, 64, 128, 129, 200, 1000])
@pytest.mark.parametrize("window", [None, 3, 150])
@pytest.mark.parametrize("kv_heads", [1, 2])
@pytest.mark.parametrize("count", [1, 2, 8])
@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_few_rows_among_keys_of_any_number(length, window, kv_heads, count, dtype):
    """Of one key/value head or several, in fewer rows than a matrix product must have."""
    torch.manual_seed(length)
    query, key = torch.randn(1, 2, count, 8).to(dtype), torch.randn(1, kv_heads, length, 8)
    value = torch.randn(1, kv_heads, length, 8).to(dtype)
    key = key.to(dtype)
    found = folded.folded_attention(query, key, value, Pattern(window), Scores(0.5))
    seen = lower_right(count, length, window)
    wanted = textbook(query, key, value, seen, 0.5)
    assert found.is_contiguous()  # some architectures view it in another shape
    limit = 2e-6 if dtype == torch.float32 else 3e-2
    torch.testing.assert_close(found.double(), wanted, rtol=0, atol=limit)


@pytest.mark.parametrize("heads_of_mask", [1, 6])
@pytest.mark.parametrize("added", [False, True])
def test_a_mask_that_is_no_pattern(heads_of_mask, added):
    torch.manual_seed(1)
    query, key = torch.randn(1, 6, 9, 8), torch.randn(1, 2, 20, 8)
    seen = torch.rand(1, heads_of_mask, 9, 20) > 0.4
    seen[..., 0] = True
    mask = torch.zeros(seen.shape).masked_fill(~seen, float("-inf")) if added else seen
    found = folded.folded_attention(query, key, key, mask, Scores(0.5))
    torch.testing.assert_close(
        found.double(), textbook(query, key, key, seen, 0.5), rtol=0, atol=2e-6
    )
