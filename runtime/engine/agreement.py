"""Whether a faster way computes what the plain one does, but for how each of them rounds."""

from __future__ import annotations

import torch


def agree(found: torch.Tensor, wanted: torch.Tensor, share: float) -> bool:
    """Whether no value is off by more than this share of the greatest one."""
    error = (found.float() - wanted.float()).abs().max()
    return bool(error <= share * wanted.float().abs().max())


def agree_on_average(found: torch.Tensor, wanted: torch.Tensor, share: float) -> bool:
    """Whether values are off by no more than this share of them, on average.

    For hidden states: a few channels of a model can be a thousand times the others.
    """
    return average_error(found, wanted) <= share


def average_error(found: torch.Tensor, wanted: torch.Tensor) -> float:
    """By which share of them values are off, on average; not a number if some are not."""
    error = (found.float() - wanted.float()).abs().mean()
    # Nothing but zeros are off by nothing or by more than all.
    return float(error / wanted.float().abs().mean().clamp(min=1e-30))
