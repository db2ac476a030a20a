"""Modules that are called a thousand times for every token."""

from __future__ import annotations

from typing import Any

import torch


class Quick(torch.nn.Module):
    """A module without hooks: what torch does around every call takes as long as a small kernel.

    For the same reason its tensors are plain attributes; what registers them is not looked up.
    """

    def __call__(self, given: torch.Tensor) -> Any:
        return self.forward(given)
