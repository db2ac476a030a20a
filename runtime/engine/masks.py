"""Masks that are known by their pattern and never laid out in memory.

transformers asks a mask function for a tensor before the layers run, and hands what it returns to
every attention call. For the two patterns nearly all layers use, causal and causal within a window,
a stand-in is returned that carries the pattern alone. Everything else gets a real mask.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from msgspec import Struct
from transformers import masking_utils


class Pattern(Struct, frozen=True):
    """Each query sees the keys up to its own, the last `window` of them if there is a window."""

    window: int | None = None


class TouchedMask(TypeError):
    """A model computed with a stand-in mask instead of passing it on."""


# What transformers' model code may ask a mask without computing with it.
_HARMLESS = frozenset({"__get__", "dim", "size", "is_floating_point"})


class PatternMask(torch.Tensor):
    """A stand-in for a mask: no values, any computation with it raises TouchedMask."""

    pattern: Pattern

    @classmethod
    def __torch_function__(cls, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        if getattr(func, "__name__", "") not in _HARMLESS:
            raise TouchedMask(f"{func} on a mask that is known by its pattern alone")
        with torch._C.DisableTorchFunctionSubclass():
            return func(*args, **(kwargs or {}))


def pattern_mask(  # noqa: PLR0917 (the signature is transformers' own)
    batch_size: int,
    q_length: int,
    kv_length: int,
    q_offset: int = 0,
    kv_offset: int = 0,
    mask_function: Callable[..., Any] = masking_utils.causal_mask_function,
    attention_mask: torch.Tensor | None = None,
    **kwargs: Any,
) -> torch.Tensor | None:
    """The mask function that goes with chunk attention: a PatternMask where one is enough."""
    pattern = recognise(mask_function)
    if pattern is None or attention_mask is not None:
        kwargs["allow_is_causal_skip"] = False
        return masking_utils.sdpa_mask(
            batch_size=batch_size,
            q_length=q_length,
            kv_length=kv_length,
            q_offset=q_offset,
            kv_offset=kv_offset,
            mask_function=mask_function,
            attention_mask=attention_mask,
            **kwargs,
        )
    stand_in = torch.empty(0).as_subclass(PatternMask)
    stand_in.pattern = pattern
    return stand_in


_WINDOW_CODE = masking_utils.sliding_window_overlay(1).__code__
_AND_CODE = masking_utils.and_masks().__code__


def recognise(mask_function: Callable[..., Any]) -> Pattern | None:
    """The pattern of one of transformers' mask functions, or None for any other function."""
    if mask_function is masking_utils.causal_mask_function:
        return Pattern()
    if getattr(mask_function, "__code__", None) is not _AND_CODE:
        return None
    window: int | None = None
    for part in _captured(mask_function)["mask_functions"]:
        if part is masking_utils.causal_mask_function:
            continue
        if part.__code__ is not _WINDOW_CODE or window is not None:
            return None
        window = int(_captured(part)["sliding_window"])
    return None if window is None else Pattern(window)


def _captured(function: Any) -> dict[str, Any]:
    cells = function.__closure__ or ()
    return dict(
        zip(function.__code__.co_freevars, (cell.cell_contents for cell in cells), strict=True)
    )
