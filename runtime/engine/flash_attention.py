"""Attention by a GPU's flash kernels.

One kernel computes a chunk as it is: causal, aligned to the lower right, within a window. On newer
GPUs another, which knows no such mask, is much faster; then most of a long prefix goes through that
one, the rest and the chunk itself through the first, and the two are merged by the log-sum-exps of
their scores. Both are tried against plain matrix products before they are used, and the merged way
is taken where it is measured to be faster.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from functools import cache
from typing import Any

import torch
from msgspec import Struct

from runtime.engine.folded_attention import folded_attention
from runtime.engine.masks import Pattern
from runtime.engine.scores import Scores

# The prefix of the maskless kernel grows by so many keys: it is planned anew for every length.
PREFIX_STEP = 4096
# A chunk of fewer tokens, or after a shorter prefix, gains nothing from a second kernel.
_FEWEST_MERGED_TOKENS = 128
_WIDEST_HEAD = 256
_TRIED_TOKENS = 2_048
_TRIED_PREFIX = 4 * PREFIX_STEP

# Output (1, heads, tokens, width) and log-sum-exps (1, heads, tokens) of attention.
Attended = tuple[torch.Tensor, torch.Tensor]


class Shape(Struct, frozen=True):
    """What a choice of kernels depends on."""

    heads: int
    kv_heads: int
    width: int
    dtype: torch.dtype
    device: torch.device


def flash_attention(
    query: torch.Tensor,
    key: torch.Tensor,
    value: torch.Tensor,
    window: int | None,
    scaling: float,
) -> torch.Tensor | None:
    """query (1, H, c, d), key and value (1, K, n, d) to (1, c, H, d); None if it cannot be used."""
    if not can_flash(query, key, value):
        return None
    count, length = query.shape[2], key.shape[2]
    prefix = (length - count) // PREFIX_STEP * PREFIX_STEP
    if (
        window is None
        and count >= _FEWEST_MERGED_TOKENS
        and prefix
        and merging_pays(_shape(query, key))
    ):
        return merged(query, key, value, prefix, scaling)
    return lower_right(query, key, value, window, scaling)[0].transpose(1, 2)


def can_flash(query: torch.Tensor, key: torch.Tensor, value: torch.Tensor) -> bool:
    """Whether the first kernel takes these, and was found to be right."""
    width = query.shape[-1]
    if not query.is_cuda or query.dtype not in (torch.float16, torch.bfloat16):
        return False
    if width > _WIDEST_HEAD or width % 8 or value.shape[-1] != width:
        return False
    return works(_shape(query, key))


def _shape(query: torch.Tensor, key: torch.Tensor) -> Shape:
    return Shape(query.shape[1], key.shape[1], query.shape[-1], query.dtype, query.device)


def merged(
    query: torch.Tensor,
    key: torch.Tensor,
    value: torch.Tensor,
    prefix: int,
    scaling: float,
) -> torch.Tensor:
    """Attention (1, c, H, d) to the first `prefix` keys by one kernel, to the others by another."""
    near, near_sum = lower_right(query, key[:, :, prefix:], value[:, :, prefix:], None, scaling)
    far, far_sum = without_mask(query, key[:, :, :prefix], value[:, :, :prefix], scaling)
    share = torch.sigmoid(far_sum - near_sum)[..., None].to(near.dtype)
    return torch.lerp(near.transpose(1, 2), far.transpose(1, 2), share.transpose(1, 2))


def lower_right(
    query: torch.Tensor,
    key: torch.Tensor,
    value: torch.Tensor,
    window: int | None,
    scaling: float,
) -> Attended:
    """The kernel that knows causal masks and windows."""
    output, log_sums, *_ = torch.ops.aten._flash_attention_forward(
        query.transpose(1, 2),
        key.transpose(1, 2),
        value.transpose(1, 2),
        None,
        None,
        query.shape[2],
        key.shape[2],
        0.0,
        True,
        False,
        scale=scaling,
        window_size_left=None if window is None else window - 1,
        window_size_right=None if window is None else 0,
    )
    return output.transpose(1, 2), log_sums


def without_mask(
    query: torch.Tensor, key: torch.Tensor, value: torch.Tensor, scaling: float
) -> Attended:
    """The faster kernel: every row sees every key, so that grouped heads are more rows."""
    _, heads, count, width = query.shape
    kv_heads = key.shape[1]
    rows = query.contiguous().view(1, kv_heads, -1, width)
    output, log_sums, *_ = torch.ops.aten._scaled_dot_product_cudnn_attention(
        rows, key, value, None, True, 0.0, False, False, scale=scaling
    )
    return (
        output.reshape(1, heads, count, width),
        log_sums.reshape(1, heads, count).to(torch.float32),
    )


@cache
def works(shape: Shape) -> bool:
    """Whether the first kernel computes what it should, with and without a window."""
    query, key, value = _random(shape, 40, 300)
    for window in (None, 100):
        wanted = folded_attention(query, key, value, Pattern(window), Scores(0.1))
        try:
            found = lower_right(query, key, value, window, 0.1)[0].transpose(1, 2)
        except (RuntimeError, TypeError, NotImplementedError):
            logging.getLogger(__name__).info("flash attention refused", exc_info=True)
            return False
        if not _alike(found, wanted):
            return False
    return True


@cache
def merging_pays(shape: Shape) -> bool:
    """Whether the merged way is right, and faster for a chunk after a long prefix."""
    try:
        query, key, value = _random(shape, 200, PREFIX_STEP + 300)
        whole = lower_right(query, key, value, None, 0.1)[0].transpose(1, 2)
        parts = merged(query, key, value, PREFIX_STEP, 0.1)
        if not _alike(parts, whole):
            return False
        query, key, value = _random(shape, _TRIED_TOKENS, _TRIED_TOKENS + _TRIED_PREFIX)
        seconds = {
            "one kernel": _seconds(lambda: lower_right(query, key, value, None, 0.1)),
            "merged": _seconds(lambda: merged(query, key, value, _TRIED_PREFIX, 0.1)),
        }
    except (RuntimeError, TypeError, NotImplementedError):
        logging.getLogger(__name__).info("merged attention refused", exc_info=True)
        return False
    logging.getLogger(__name__).info("attention of %s: %s", shape, seconds)
    return seconds["merged"] < seconds["one kernel"]


def _random(
    shape: Shape, count: int, length: int
) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    sizes = ((shape.heads, count), (shape.kv_heads, length), (shape.kv_heads, length))
    query, key, value = (
        torch.randn(1, *size, shape.width, dtype=shape.dtype, device=shape.device) for size in sizes
    )
    return query, key, value


def _alike(found: torch.Tensor, wanted: torch.Tensor) -> bool:
    error = (found.float() - wanted.float()).abs().max()
    return bool(error <= 0.02 * wanted.float().abs().max())


def _seconds(run: Callable[[], Any]) -> float:
    """The shortest of several runs on the GPU, the first of which plans and does not count."""
    best = float("inf")
    for repetition in range(6):
        torch.cuda.synchronize()
        started = time.perf_counter()
        run()
        torch.cuda.synchronize()
        if repetition:
            best = min(best, time.perf_counter() - started)
    return best
