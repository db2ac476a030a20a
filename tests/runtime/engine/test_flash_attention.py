"""What can be tried of a GPU's attention without one: how two parts are merged, and when."""

import math

import pytest
import torch

from runtime.engine import flash_attention as flash
from tests.runtime.engine.test_folded_attention import lower_right, textbook


def attended(query, key, value, seen, scaling):
    """Output (1, H, c, d) and log-sum-exps (1, H, c), as a kernel gives them."""
    group = query.shape[1] // key.shape[1]
    scores = query @ key.repeat_interleave(group, 1).transpose(2, 3) * scaling
    sums = scores.masked_fill(~seen, -math.inf).logsumexp(-1)
    return textbook(query, key, value, seen, scaling).transpose(1, 2).float(), sums


@pytest.fixture
def kernels(monkeypatch):
    """The two kernels by formula, and how often each was used."""
    used = []

    def masked(query, key, value, window, scaling):
        used.append("masked")
        seen = lower_right(query.shape[2], key.shape[2], window)
        return attended(query, key, value, seen, scaling)

    def maskless(query, key, value, scaling, *, is_causal=False):
        used.append("square" if is_causal else key.shape[2])
        seen = torch.ones(query.shape[2], key.shape[2], dtype=torch.bool)
        return attended(query, key, value, seen.tril() if is_causal else seen, scaling)

    monkeypatch.setattr(flash, "lower_right", masked)
    monkeypatch.setattr(flash, "maskless", maskless)
    monkeypatch.setattr(flash, "can_flash", lambda *_: True)
    monkeypatch.setattr(flash, "_SMALLEST_PIECES", ((256, 32), (128, 64)))
    return used


@pytest.mark.parametrize("pays", [True, False])
@pytest.mark.parametrize(
    ("count", "before", "window", "kernels_of_merged"),
    [
        (128, 0, None, ["masked"]),
        (128, 63, None, ["masked"]),
        (128, 64, None, ["square", 64]),
        (128, 1_000, None, ["masked", 512, 256, 128, 64]),
        (256, 1_000, None, ["masked", 512, 256, 128, 64, 32]),
        (129, 1_000, None, ["masked"]),
        (128, 1_000, 40, ["masked"]),
        (1, 1_000, None, ["masked"]),
    ],
)
def test_a_long_prefix_is_merged_in_where_that_pays(
    monkeypatch, kernels, pays, count, before, window, kernels_of_merged
):
    monkeypatch.setattr(flash, "merging_pays", lambda *_: pays)
    torch.manual_seed(0)
    query, key = torch.randn(1, 4, count, 16), torch.randn(1, 2, before + count, 16)
    value = torch.randn_like(key)
    found = flash.flash_attention(query, key, value, window, 0.5)
    wanted = textbook(query, key, value, lower_right(count, before + count, window), 0.5)
    torch.testing.assert_close(found.double(), wanted, rtol=0, atol=1e-5)
    assert kernels == (kernels_of_merged if pays else ["masked"])


def test_it_is_not_for_a_cpu():
    query = torch.randn(1, 4, 8, 16, dtype=torch.bfloat16)
    assert flash.flash_attention(query, query, query, None, 0.5) is None
