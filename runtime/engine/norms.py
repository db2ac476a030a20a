"""Root-mean-square norms in place, where an architecture's own code makes a tensor per step."""

from __future__ import annotations

from typing import Any

import torch

_EPSILONS = ("eps", "variance_epsilon", "epsilon")


class InPlaceNorm(torch.nn.Module):
    """given / sqrt(mean(given ** 2) + epsilon) * scale over the last dimension, in float32."""

    _scale: torch.Tensor

    def __init__(self, scale: torch.Tensor, epsilon: float) -> None:
        super().__init__()
        width = scale.shape[-1]
        # mean = sum / width: the division is part of the scale, and the epsilon grows instead.
        self.register_buffer("_scale", scale.float() * width**0.5, persistent=False)
        self._epsilon = epsilon * width

    def forward(self, given: torch.Tensor) -> torch.Tensor:
        values = given.float() if given.dtype != torch.float32 else given.clone()
        share = (values * values).sum(-1, keepdim=True).add_(self._epsilon).rsqrt_()
        return values.mul_(share).mul_(self._scale).to(given.dtype)


def in_place_norm(norm: torch.nn.Module) -> torch.nn.Module | None:
    """A norm that computes the same, or None if what was given is no such norm."""
    parameters = dict(norm.named_parameters())
    if list(parameters) != ["weight"] or parameters["weight"].dim() != 1 or list(norm.children()):
        return None
    epsilon = next((value for value in map(vars(norm).get, _EPSILONS) if value is not None), None)
    if not isinstance(epsilon, float):
        return None
    weight = parameters["weight"].detach()
    # Gemma stores what is added to one.
    for scale in (weight.float(), 1.0 + weight.float()):
        candidate = InPlaceNorm(scale, epsilon)
        if _same(norm, candidate, weight):
            return candidate
    return None


@torch.inference_mode()
def _same(norm: Any, candidate: InPlaceNorm, weight: torch.Tensor) -> bool:
    """Whether both give the same for ordinary values and for ones that the epsilon matters to."""
    noise = torch.randn(1, 2, weight.shape[0], generator=torch.Generator().manual_seed(3))
    tolerance = 1e-5 if weight.dtype == torch.float32 else 1e-2
    for size in (1e-3, 1.0, 100.0):
        given = (noise * size).to(weight)
        try:
            wanted = norm(given)
        except (RuntimeError, TypeError, ValueError, AttributeError):
            return False
        found = candidate(given)
        if not isinstance(wanted, torch.Tensor) or wanted.shape != found.shape:
            return False
        error = (wanted.float() - found.float()).abs().max()
        if wanted.dtype != found.dtype or not bool(error <= tolerance * wanted.float().abs().max()):
            return False
    return True
