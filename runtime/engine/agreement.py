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
    error = (found.float() - wanted.float()).abs().mean()
    return bool(error <= share * wanted.float().abs().mean())
