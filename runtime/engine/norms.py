"""Root-mean-square norms in few steps, where an architecture's own code makes a tensor for each."""

from __future__ import annotations

import math
from typing import Any

import torch

from runtime.engine.few_rows import FEW_ROWS
from runtime.engine.gpu_kernels import gpu_kernels, is_recording, takes
from runtime.engine.quick import Quick

# Up to so many rows, a GPU's kernel of our own is the faster one.
_ROWS_OF_OWN_KERNEL = 64
_EPSILONS = ("eps", "variance_epsilon", "epsilon")


class InPlaceNorm(Quick):
    """given / sqrt(mean(given ** 2) + epsilon) * scale over the last dimension, in float32."""

    def __init__(self, scale: torch.Tensor, epsilon: float) -> None:
        super().__init__()
        width = scale.shape[-1]
        # mean = sum / width: the division is part of the scale, and the epsilon grows instead.
        self._scale = scale.float() * width**0.5
        self._epsilon = epsilon * width
        # Values and their negatives have a mean of zero: a layer norm of both is this norm.
        self._both = torch.cat([scale, scale]).float()
        self._own_epsilon = epsilon
        self._width = width

    def forward(self, given: torch.Tensor) -> torch.Tensor:
        if given.shape[-2] <= FEW_ROWS:
            # One kernel, and twice the values: sooner done where starting kernels takes the time.
            both = torch.cat([given, torch.neg(given)], -1)
            normed = torch.layer_norm(both, self._both.shape, self._both, None, self._own_epsilon)
            return normed.narrow(-1, 0, self._width)
        values = given.float() if given.dtype != torch.float32 else given.clone()
        share = (values * values).sum(-1, keepdim=True).add_(self._epsilon).rsqrt_()
        return values.mul_(share).mul_(self._scale).to(given.dtype)


class FusedNorm(Quick):
    """The same in one kernel of a GPU, or a few where the values' format cannot hold the scale."""

    def __init__(self, scale: torch.Tensor, epsilon: float, dtype: torch.dtype) -> None:
        super().__init__()
        rounded = scale.to(dtype)
        self._is_exact = bool((rounded.float() == scale.float()).all())
        self._scale = rounded if self._is_exact else scale.float()
        self._wide_scale = scale.float()
        self._epsilon = epsilon
        self._few_values = _ROWS_OF_OWN_KERNEL * scale.shape[-1]
        self._kernels = gpu_kernels(scale.device)

    def forward(self, given: torch.Tensor) -> torch.Tensor:
        kernels = self._kernels
        if kernels is not None and given.numel() <= self._few_values and is_recording():
            row = given.contiguous()
            if takes(row):
                return kernels.normed(row, self._wide_scale, self._epsilon)
        if self._is_exact:
            return torch.rms_norm(given, self._scale.shape, self._scale, self._epsilon)
        normed = torch.rms_norm(given.float(), self._scale.shape, self._scale, self._epsilon)
        return normed.to(given.dtype)


def fast_norm(norm: torch.nn.Module) -> torch.nn.Module | None:
    """A norm that computes the same, or None if what was given is no such norm."""
    parameters = dict(norm.named_parameters())
    if list(parameters) != ["weight"] or parameters["weight"].dim() != 1 or list(norm.children()):
        return None
    epsilon = next((value for value in map(vars(norm).get, _EPSILONS) if value is not None), None)
    if not isinstance(epsilon, float):
        return None
    weight = parameters["weight"].detach()
    # Gemma stores what is added to one.
    scales = (weight.float(), 1.0 + weight.float())
    candidates: list[torch.nn.Module]
    if weight.device.type == "cpu":
        candidates = [InPlaceNorm(scale, epsilon) for scale in scales]
    else:
        candidates = [FusedNorm(scale, epsilon, weight.dtype) for scale in scales]
    # The nearest: where weights are large, the others can look alike.
    found = min(candidates, key=lambda one: _error(norm, one, weight))
    # A layer norm takes a mean away that is zero but for rounding, which shows on the least values.
    tolerance = 1e-4 if weight.dtype == torch.float32 else 2**-6
    return found if _error(norm, found, weight) <= tolerance else None


@torch.inference_mode()
def _error(norm: Any, candidate: torch.nn.Module, weight: torch.Tensor) -> float:
    """The largest relative error of any value; for values small and large, few and many."""
    width = weight.shape[0]
    generator = torch.Generator().manual_seed(3)
    largest = 0.0
    for size, rows in ((1e-3, 2), (1.0, 2), (100.0, 2), (1.0, FEW_ROWS + 1)):
        given = (torch.randn(1, rows, width, generator=generator) * size).to(weight)
        try:
            wanted = norm(given)
        except (RuntimeError, TypeError, ValueError, AttributeError):
            return math.inf
        found = candidate(given)
        if not isinstance(wanted, torch.Tensor) or wanted.shape != found.shape:
            return math.inf
        if wanted.dtype != found.dtype:
            return math.inf
        size_of_each = wanted.float().abs().clamp(min=1e-6)
        error = float(((wanted.float() - found.float()).abs() / size_of_each).max())
        largest = max(largest, error if math.isfinite(error) else math.inf)
    return largest
