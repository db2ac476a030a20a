"""Attention as plain matrix products, with grouped queries folded into rows.

All query heads that share a key/value head become rows of one matrix, so keys and values are never
repeated and each product is large enough to run at a CPU's full rate. Scores are computed for a
block of rows at a time, which bounds the memory and lets a block leave out keys it cannot see.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import torch

from runtime.engine.masks import Pattern

_BLOCK_SCORES = 4 * 1024 * 1024


def folded_attention(
    query: torch.Tensor,
    key: torch.Tensor,
    value: torch.Tensor,
    mask: Pattern | torch.Tensor,
    *,
    scaling: float,
    softcap: float | None = None,
    sinks: torch.Tensor | None = None,
) -> torch.Tensor:
    """query (1, H, c, d), key (1, K, n, d), value (1, K, n, e) to (1, c, H, e).

    mask is a pattern aligned to the lower right, or a tensor of True and False (or added to the
    scores) that broadcasts to (1, H, c, n). sinks (H,) are scores of nothing that take their share.
    """
    _, heads, count, width = query.shape
    kv_heads, length = key.shape[1], key.shape[2]
    group = heads // kv_heads
    keys, values = key[0], value[0]
    folded = query[0].view(kv_heads, group, count, width).transpose(1, 2)
    options: dict[str, Any] = {"scaling": scaling, "softcap": softcap, "sinks": sinks}
    if count == 1:
        window = mask.window if isinstance(mask, Pattern) else None
        first = 0 if window is None else max(0, length - window)
        bias = None if isinstance(mask, Pattern) else mask
        return _rows(folded, keys, values, (first, length), bias, **options)
    output = query.new_empty((1, count, heads, value.shape[-1]))
    step = _rows_per_block(heads, count, length)
    for start in range(0, count, step):
        end = min(start + step, count)
        if isinstance(mask, Pattern):
            span, bias = _visible(mask, (start, end), count, length, query)
        else:
            span, bias = (0, length), mask[..., start:end, :]
        output[:, start:end] = _rows(folded[:, start:end], keys, values, span, bias, **options)
    return output


def _rows_per_block(heads: int, count: int, length: int) -> int:
    """Query rows whose scores fit a block, in an even number of blocks of the chunk."""
    rows = max(16, _BLOCK_SCORES // (heads * length))
    blocks = -(-count // rows)
    return -(-count // blocks)


def _visible(
    pattern: Pattern, rows: tuple[int, int], count: int, length: int, like: torch.Tensor
) -> tuple[tuple[int, int], torch.Tensor]:
    """The keys that some rows of the chunk can see, and what is added to their scores."""
    start, end = rows
    before = length - count
    first = 0 if pattern.window is None else max(0, before + start + 1 - pattern.window)
    last = before + end
    bias = _bias(end - start, last - first, pattern.window, like.dtype, str(like.device))
    return (first, last), bias


@lru_cache(maxsize=32)
def _bias(
    rows: int, columns: int, window: int | None, dtype: torch.dtype, device: str
) -> torch.Tensor:
    """0 where row i, aligned to the lower right, may look at column j, and -infinity elsewhere.

    Without a window only the last `rows` columns are given: all others are seen by every row.
    """
    if window is None:
        columns = rows
    own = torch.arange(rows, device=device)[:, None] + (columns - rows)
    other = torch.arange(columns, device=device)[None, :]
    seen = other <= own
    if window is not None:
        seen &= other > own - window
    return torch.zeros(rows, columns, dtype=dtype, device=device).masked_fill_(~seen, float("-inf"))


def _rows(
    folded: torch.Tensor,
    keys: torch.Tensor,
    values: torch.Tensor,
    span: tuple[int, int],
    bias: torch.Tensor | None,
    *,
    scaling: float,
    softcap: float | None,
    sinks: torch.Tensor | None,
) -> torch.Tensor:
    """Attention of some rows (K, r, g, d) over a span of keys; returns (1, r, K * g, e)."""
    kv_heads, rows, group, width = folded.shape
    first, seen = span[0], span[1] - span[0]
    matrix = folded.reshape(kv_heads, rows * group, width)
    transposed = keys.narrow(1, first, seen).transpose(1, 2)
    scores = torch.baddbmm(matrix.new_empty(()), matrix, transposed, beta=0, alpha=scaling)
    if softcap is not None:
        scores.div_(softcap).tanh_().mul_(softcap)
    if bias is not None:
        _add_bias(scores.view(kv_heads, rows, group, seen), bias)
    shares = torch.softmax(scores, dim=-1)
    mixed = torch.bmm(shares, values.narrow(1, first, seen))
    if sinks is not None:
        mixed *= _share_left(scores, sinks.view(kv_heads, group), rows)
    return (
        mixed.view(kv_heads, rows, group, -1).transpose(0, 1).reshape(1, rows, -1, values.shape[-1])
    )


def _add_bias(scores: torch.Tensor, bias: torch.Tensor) -> None:
    """Add to scores (K, r, g, n) a pattern's bias (r, m <= n), or a mask (1, 1 or H, r, n)."""
    if bias.dim() == 2:
        scores.narrow(3, scores.shape[3] - bias.shape[1], bias.shape[1]).add_(bias[None, :, None])
        return
    kv_heads, rows, group, seen = scores.shape
    heads = bias[0].expand(kv_heads * group, rows, seen) if bias.shape[1] == 1 else bias[0]
    by_row = heads.reshape(kv_heads, group, rows, seen).transpose(1, 2)
    if bias.dtype == torch.bool:
        scores.masked_fill_(~by_row, float("-inf"))
    else:
        scores.add_(by_row)


def _share_left(scores: torch.Tensor, sinks: torch.Tensor, rows: int) -> torch.Tensor:
    """What the sinks leave of each row's attention, (K, r * g, 1)."""
    kv_heads, group = sinks.shape
    total = torch.logsumexp(scores.float(), dim=-1, keepdim=True)
    sink = sinks.float()[:, None].expand(kv_heads, rows, group).reshape(kv_heads, -1, 1)
    return torch.sigmoid(total - sink).to(scores.dtype)
