"""Norms in place give what an architecture's own code gives, or are not taken."""

import pytest
import torch
from torch import nn

from runtime.engine.norms import fast_norm


class Norm(nn.Module):
    """As most architectures write it; `added` as Gemma does."""

    def __init__(self, width=48, eps=1e-6, added=False, dtype=torch.float32):
        super().__init__()
        self.weight = nn.Parameter(torch.randn(width).to(dtype), requires_grad=False)
        self.variance_epsilon = eps
        self.added = added

    def forward(self, given):
        values = given.float()
        values = values * torch.rsqrt(values.pow(2).mean(-1, keepdim=True) + self.variance_epsilon)
        if self.added:
            return (values * (1.0 + self.weight.float())).to(given.dtype)
        return self.weight * values.to(given.dtype)


class Centred(Norm):
    def forward(self, given):
        return super().forward(given - given.mean(-1, keepdim=True))


class Doubled(Norm):
    def forward(self, given):
        return 2 * super().forward(given)


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
@pytest.mark.parametrize("added", [False, True])
@pytest.mark.parametrize("eps", [1e-6, 1e-2])
@torch.inference_mode()
def test_the_same_for_rows_and_for_heads(dtype, added, eps):
    torch.manual_seed(0)
    norm = Norm(eps=eps, added=added, dtype=dtype)
    found = fast_norm(norm)
    assert found is not None
    close = {"rtol": 1e-5 if dtype == torch.float32 else 2**-7, "atol": 1e-6}
    for shape in ((1, 1, 48), (1, 30, 48), (1, 300, 48), (1, 7, 3, 48), (1, 70, 3, 48)):
        given = torch.randn(shape).to(dtype)
        kept = given.clone()
        torch.testing.assert_close(found(given), norm(given), **close)
        assert torch.equal(given, kept)
        across = torch.randn(1, 3, 7, 48).to(dtype).transpose(1, 2)
        torch.testing.assert_close(found(across), norm(across), **close)


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
@pytest.mark.parametrize("added", [False, True])
@torch.inference_mode()
def test_weights_so_large_that_one_more_hardly_shows(dtype, added):
    """As in Gemma 3: a weight taken for the scale, not for what is added to one, ruins answers."""
    norm = Norm(added=added, dtype=dtype)
    norm.weight[:40] *= 300.0
    found = fast_norm(norm)
    given = torch.randn(1, 200, 48).to(dtype)
    limit = 1e-4 if dtype == torch.float32 else 2**-7
    torch.testing.assert_close(found(given), norm(given), rtol=limit, atol=1e-6)


@pytest.mark.parametrize("norm", [Centred(), Doubled(), nn.LayerNorm(48), nn.Linear(48, 48)])
def test_other_norms_are_left_alone(norm):
    assert fast_norm(norm) is None
