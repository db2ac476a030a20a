"""Rotary embeddings in one step, in the place of the dozen that an architecture's own code takes.

An attention module's forward looks the function up by its name. On a GPU that lookup is given a
faster function for this module alone; its architecture's own code, and other models, stay as is.
"""

from __future__ import annotations

from collections.abc import Callable
from types import FunctionType, MethodType
from typing import Any

import torch

from runtime.engine.gpu_kernels import GpuKernels, gpu_kernels, takes, turned

_NAME = "apply_rotary_pos_emb"
_TRIED_HEADS, _TRIED_TOKENS, _TRIED_WIDTH = 3, 4, 32


def rotary_forward(module: torch.nn.Module) -> Callable[..., Any] | None:
    """The forward of an attention module with the faster function, or None if there is none."""
    forward: Any = type(module).forward
    if not isinstance(forward, FunctionType) or _NAME not in forward.__code__.co_names:
        return None
    own = forward.__globals__.get(_NAME)
    weight = next(module.parameters(), None)
    kernels = None if weight is None else gpu_kernels(weight.device)
    if own is None or kernels is None or not _is_plain(own):
        return None
    faster = FunctionType(
        forward.__code__,
        {**forward.__globals__, _NAME: _Rotary(own, kernels)},
        forward.__name__,
        forward.__defaults__,
        forward.__closure__,
    )
    faster.__kwdefaults__ = forward.__kwdefaults__
    return MethodType(faster, module)


class _Rotary:
    def __init__(self, own: Callable[..., Any], kernels: GpuKernels) -> None:
        self._own = own
        self._kernels = kernels

    def __call__(
        self,
        query: torch.Tensor,
        key: torch.Tensor,
        cos: torch.Tensor,
        sin: torch.Tensor,
        *rest: Any,
        **more: Any,
    ) -> Any:
        if rest or more or not _suits(query, key, cos, sin):
            return self._own(query, key, cos, sin, *rest, **more)
        return self._kernels.rotated(query, key, cos, sin)


def _suits(query: torch.Tensor, key: torch.Tensor, cos: torch.Tensor, sin: torch.Tensor) -> bool:
    """(1, heads, tokens, width) each, to be turned as a whole by (1, tokens, width)."""
    tokens, width = query.shape[-2:]
    return (
        query.dim() == key.dim() == 4
        and query.shape[0] == key.shape[0] == 1
        and key.shape[-2:] == query.shape[-2:]
        and width % 16 == 0
        and cos.shape == sin.shape == (1, tokens, width)
        and cos.is_contiguous()
        and sin.is_contiguous()
        and takes(query, key, cos, sin)
    )


def _is_plain(own: Callable[..., Any]) -> bool:
    """Whether a function turns first halves against second ones, as the kernel does."""
    generator = torch.Generator().manual_seed(5)
    sizes = (1, _TRIED_HEADS, _TRIED_TOKENS, _TRIED_WIDTH)
    query, key = (torch.randn(sizes, generator=generator) for _ in range(2))
    cos, sin = (
        torch.randn((1, _TRIED_TOKENS, _TRIED_WIDTH), generator=generator) for _ in range(2)
    )
    try:
        found = own(query, key, cos, sin)
    except Exception:  # another signature, or another meaning of its arguments
        return False
    if not isinstance(found, tuple) or len(found) != 2:
        return False
    return all(
        torch.allclose(own_way, turned(rows, cos, sin), atol=1e-5)
        for rows, own_way in zip((query, key), found, strict=True)
    )
