"""Attention by a GPU's flash kernels.

One kernel computes a chunk as it is: causal, aligned to the lower right, within a window. On newer
GPUs another, which knows no such mask, is much faster; then most of a long prefix goes through that
one in pieces, the rest and the chunk itself through the first, and all are merged by the
log-sum-exps of their scores. Both are tried against plain matrix products before they are used, and
the merged way is taken where it is measured to be faster.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from functools import cache
from typing import Any

import torch
from msgspec import Struct

from runtime.engine.agreement import agree
from runtime.engine.folded_attention import folded_attention
from runtime.engine.gpu_kernels import gpu_kernels, takes
from runtime.engine.masks import Pattern
from runtime.engine.scores import Scores

# The faster kernel is planned anew for every length, which takes as long as a chunk: it is given a
# prefix in pieces whose lengths are powers of two, none smaller than pays for a chunk.
_SMALLEST_PIECES = ((1_024, 2_048), (128, 4_096))
# Last chunks of any odd length are not worth a plan of their own.
_CHUNK_STEP = 128
_WIDEST_HEAD = 256
_RELATIVE_ERROR = 0.02
# So long that a GPU has not begun with what is timed before all of it was handed over.
_HEAD_START_CYCLES = 10_000_000
_TIMED_RUNS = 8

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
    if window is None:
        found = pieces(count, length - count)
        if found and merging_pays(_shape(query, key), count):
            return merged(query, key, value, found, scaling)
    return lower_right(query, key, value, window, scaling)[0].transpose(1, 2)


def pieces(count: int, prefix: int) -> tuple[int, ...]:
    """The lengths of what of a prefix is worth the faster kernel, for a chunk of `count` tokens."""
    if count % _CHUNK_STEP:
        return ()
    smallest = next((least for tokens, least in _SMALLEST_PIECES if count >= tokens), None)
    if smallest is None:
        return ()
    left = prefix // smallest * smallest
    return tuple(1 << bit for bit in reversed(range(left.bit_length())) if left >> bit & 1)


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
    lengths: Sequence[int],
    scaling: float,
) -> torch.Tensor:
    """Attention (1, c, H, d) to keys in pieces of the faster kernel, to the others by another."""
    prefix, count = sum(lengths), query.shape[2]
    near = (query, key[:, :, prefix:], value[:, :, prefix:])
    if key.shape[2] - prefix == count:
        output, sums = maskless(*near, scaling, is_causal=True)
    else:
        output, sums = lower_right(*near, None, scaling)
    start = 0
    for length in lengths:
        part = slice(start, start + length)
        start += length
        other = maskless(query, key[:, :, part], value[:, :, part], scaling)
        output, sums = _merged((output, sums), other)
    return output.transpose(1, 2)


def _merged(one: Attended, other: Attended) -> Attended:
    """Attention to the keys of both; overwrites the first."""
    (output, sums), (more, more_sums) = one, other
    kernels = gpu_kernels(output.device)
    by_token, more_by_token = output.transpose(1, 2), more.transpose(1, 2)
    in_order = by_token.is_contiguous() and more_by_token.is_contiguous()
    if kernels is not None and in_order and takes(by_token, more_by_token):
        return output, kernels.merged(by_token, sums, more_by_token, more_sums)
    share = torch.sigmoid(more_sums - sums)[..., None].to(output.dtype)
    return torch.lerp(output, more, share), torch.logaddexp(sums, more_sums)


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


def maskless(
    query: torch.Tensor,
    key: torch.Tensor,
    value: torch.Tensor,
    scaling: float,
    *,
    is_causal: bool = False,
) -> Attended:
    """The faster kernel. Every row sees every key; or, causal, as many as there are rows."""
    output, log_sums, *_ = torch.ops.aten._scaled_dot_product_cudnn_attention(
        query, _alone(key), _alone(value), None, True, 0.0, is_causal, False, scale=scaling
    )
    return output, log_sums.reshape(query.shape[:3]).to(torch.float32)


def _alone(states: torch.Tensor) -> torch.Tensor:
    """The same, without a stride that tells how much room the cache has: plans depend on it."""
    return states[0].unsqueeze(0)


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
        if not agree(found, wanted, _RELATIVE_ERROR):
            return False
    return True


@cache
def merging_pays(shape: Shape, count: int) -> bool:
    """Whether the merged way is right, and faster, for chunks of so many tokens."""
    least = next(least for tokens, least in _SMALLEST_PIECES if count >= tokens)
    try:
        query, key, value = _random(shape, count, least + 300 + count)
        whole = lower_right(query, key, value, None, 0.1)[0].transpose(1, 2)
        if not agree(merged(query, key, value, (least,), 0.1), whole, _RELATIVE_ERROR):
            return False
        query, key, value = _random(shape, count, least + count)
        whole = lower_right(query, key, value, None, 0.1)[0].transpose(1, 2)
        if not agree(merged(query, key, value, (least,), 0.1), whole, _RELATIVE_ERROR):
            return False
        milliseconds = {
            "one kernel": _milliseconds(lambda: lower_right(query, key, value, None, 0.1)),
            "merged": _milliseconds(lambda: merged(query, key, value, (least,), 0.1)),
        }
    except (RuntimeError, TypeError, NotImplementedError):
        logging.getLogger(__name__).info("merged attention refused", exc_info=True)
        return False
    logging.getLogger(__name__).info("%d tokens, %s: %s", count, shape, milliseconds)
    return milliseconds["merged"] < milliseconds["one kernel"]


def _random(
    shape: Shape, count: int, length: int
) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Query, key and value as they lie in memory, token by token."""
    sizes = ((count, shape.heads), (length, shape.kv_heads), (length, shape.kv_heads))
    query, key, value = (
        torch.randn(1, *size, shape.width, dtype=shape.dtype, device=shape.device).transpose(1, 2)
        for size in sizes
    )
    return query, key, value


def _milliseconds(run: Callable[[], Any]) -> float:
    """The GPU's own time for a run, however long Python takes to start it."""
    run()
    began: Any = torch.cuda.Event(enable_timing=True)  # type: ignore[no-untyped-call]
    ended: Any = torch.cuda.Event(enable_timing=True)  # type: ignore[no-untyped-call]
    torch.cuda._sleep(_HEAD_START_CYCLES)  # type: ignore[no-untyped-call]
    began.record()
    for _ in range(_TIMED_RUNS):
        run()
    ended.record()
    ended.synchronize()
    return float(began.elapsed_time(ended)) / _TIMED_RUNS
