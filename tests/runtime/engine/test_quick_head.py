"""The quick way to the likeliest token finds the token that the whole projection finds."""

import pytest
import torch
from torch import nn

from runtime.engine import quick_head as module
from runtime.engine.quick_head import quick_head

VOCABULARY = 40_000


@pytest.fixture(scope="module")
def head():
    torch.manual_seed(0)
    linear = nn.Linear(128, VOCABULARY).to(torch.bfloat16).requires_grad_(False)
    linear.weight.mul_(3.0)
    return linear


@torch.inference_mode()
def test_the_likeliest_is_the_same(head):
    """For rows whose best token leads, and for many whose best tokens lie close together."""
    quick = quick_head(head)
    quick.is_likeliest_enough = True
    leading = head.weight[torch.randint(0, VOCABULARY, (8,))]
    close = torch.randn(8, 128).to(torch.bfloat16)
    found = quick(leading[None])[0]
    assert quick.fallbacks == 0
    # Several rows at once give what each gives alone.
    assert torch.equal(quick(leading), torch.cat([quick(row) for row in leading.split(1)]))
    # As the quick way computes it: one row at a time.
    assert torch.equal(
        found.argmax(-1), torch.cat([head(row) for row in leading.split(1)]).argmax(-1)
    )
    assert torch.equal(
        quick(close).argmax(-1), torch.cat([head(row) for row in close.split(1)]).argmax(-1)
    )


@torch.inference_mode()
def test_without_a_safe_lead_everything_is_computed():
    """All tokens are equal: none of them may be left out."""
    head = nn.Linear(128, VOCABULARY, bias=False).to(torch.bfloat16)
    head.weight.copy_(torch.randn(1, 128).repeat(VOCABULARY, 1))
    quick = quick_head(head)
    quick.is_likeliest_enough = True
    row = torch.randn(1, 128).to(torch.bfloat16)
    assert torch.equal(quick(row), head(row))
    assert quick.fallbacks == 1


@torch.inference_mode()
def test_many_tokens_that_come_near_are_all_computed(head):
    """The best token stands in every other block, a trifle better in one of them: in neither the
    first blocks computed nor by its guess can it be told from the others."""
    linear = nn.Linear(128, VOCABULARY, bias=False).to(torch.bfloat16)
    linear.weight.copy_(head.weight)
    best = head.weight[7] * 2
    linear.weight[37::128] = best
    linear.weight[128 * 200 + 37] = best * 1.01
    quick = quick_head(linear)
    quick.is_likeliest_enough = True
    found = quick(best[None])
    assert quick.fallbacks == 0
    assert found.argmax(-1) == linear(best[None]).argmax(-1) == 128 * 200 + 37


@torch.inference_mode()
@pytest.mark.parametrize(("greatest", "cap"), [(24.125, None), (24.25, 30.0)])
def test_of_tokens_that_are_equally_likely_the_first_is_taken(head, greatest, cap):
    """Also where they become equal only by what an architecture does to its logits in 16 bits."""
    linear = nn.Linear(128, VOCABULARY, bias=False).to(torch.bfloat16)
    linear.weight.copy_(head.weight)
    linear.weight[500, 0], linear.weight[30_000, 0] = 24.125, greatest
    row = torch.eye(1, 128).to(torch.bfloat16)
    quick = quick_head(linear)
    quick.is_likeliest_enough = True
    wanted, found = linear(row), quick(row)
    assert quick.fallbacks == 0
    if cap is not None:
        assert wanted.argmax(-1) == 30_000
        wanted, found = (torch.tanh(each / cap) * cap for each in (wanted, found))
    assert found.argmax(-1) == wanted.argmax(-1) == 500


@torch.inference_mode()
def test_numbers_that_are_none_are_left_to_the_whole_projection(head):
    quick = quick_head(head)
    quick.is_likeliest_enough = True
    row = torch.full((1, 128), float("nan")).to(torch.bfloat16)
    assert quick(row).isnan().all()
    assert quick.fallbacks == 1


@torch.inference_mode()
def test_errors_that_grow_settle_nothing(head, monkeypatch):
    """What was computed first may have had small errors by chance."""
    linear = nn.Linear(128, VOCABULARY, bias=False).to(torch.bfloat16)
    linear.weight.copy_(head.weight)
    linear.weight[::128] = head.weight[7] * 2
    quick = quick_head(linear)
    quick.is_likeliest_enough = True
    errors = iter((torch.tensor(0.5), torch.tensor(0.6)))
    monkeypatch.setattr(module, "_largest_error", lambda *_: next(errors))
    row = head.weight[7][None]
    assert torch.equal(quick(row), linear(row))
    assert quick.fallbacks == 1


@torch.inference_mode()
def test_all_logits_are_exact_when_they_are_asked_for(head):
    quick = quick_head(head)
    rows = torch.randn(3, 128).to(torch.bfloat16)
    assert torch.equal(quick(rows), head(rows))
    quick.is_likeliest_enough = True
    quick.give_up_rough()
    assert quick.spare_bytes == 0
    assert torch.equal(quick(rows), head(rows))


def test_small_and_odd_heads_are_left_alone(monkeypatch):
    assert quick_head(nn.Linear(64, 1_024)) is None
    assert quick_head(nn.Identity()) is None
    monkeypatch.setattr(module, "_LEAST_TOKENS", 10)
    assert quick_head(nn.Linear(64, 1_000)) is None
