"""Attention as plain matrix products, with grouped queries folded into rows.

All query heads that share a key/value head become rows of one matrix, so keys and values are never
repeated and each product is large enough to run at a CPU's full rate. Scores are computed for a
block of rows at a time: few enough to stay in a core's cache until they have been used, and to
leave out keys that the block cannot see.
"""

from __future__ import annotations

import torch

from runtime.engine.few_rows import FEW_ROWS, few_rows_attention
from runtime.engine.masks import Pattern
from runtime.engine.scores import Scores, hide, share_left

# Scores of a block, in bytes: half of what a core's second-level cache commonly holds.
_BLOCK_BYTES = 512 * 1024
# Rows of a matrix product below which it no longer runs at full rate, and above which only the
# share of keys grows that a block computes in vain.
_FEWEST_ROWS, _MOST_ROWS = 256, 512


def folded_attention(
    query: torch.Tensor,
    key: torch.Tensor,
    value: torch.Tensor,
    mask: Pattern | torch.Tensor,
    how: Scores,
) -> torch.Tensor:
    """query (1, H, c, d), key (1, K, n, d), value (1, K, n, e) to (1, c, H, e).

    mask is a pattern aligned to the lower right, or a tensor of True and False (or added to the
    scores) that broadcasts to (1, H, c, n).
    """
    _, heads, count, _ = query.shape
    kv_heads, length = key.shape[1], key.shape[2]
    group = heads // kv_heads
    rows = query[0].transpose(0, 1)
    if count <= FEW_ROWS and isinstance(mask, Pattern):
        return few_rows_attention(rows, key[0], value[0], mask.window, how)
    output = query.new_empty((count, heads, value.shape[-1]))
    window = mask.window if isinstance(mask, Pattern) else None
    step = _rows_per_block(group, count, length, window, query.element_size())
    for start in range(0, count, step):
        end = min(start + step, count)
        span = _visible(mask, start, end, count, length)
        for number in range(kv_heads):
            part = slice(number * group, (number + 1) * group)
            scores = _scores(rows[start:end, part], key[0, number, span], how.scaling)
            if how.softcap is not None:
                scores.div_(how.softcap).tanh_().mul_(how.softcap)
            by_row = scores.view(end - start, group, -1)
            if isinstance(mask, Pattern):
                hide(by_row, mask.window, length - count + start - span.start)
            else:
                _apply(by_row, mask[0, part if mask.shape[1] > 1 else slice(1), start:end])
            sinks = None if how.sinks is None else how.sinks[part]
            _mix(scores, value[0, number, span], sinks, output[start:end, part])
    return output[None]


def _rows_per_block(
    group: int, count: int, length: int, window: int | None, value_bytes: int
) -> int:
    """Tokens of the chunk whose scores for one key/value head make a block."""
    seen = length if window is None else min(length, window + _FEWEST_ROWS)
    rows = _BLOCK_BYTES // (seen * value_bytes)
    rows = max(_FEWEST_ROWS, min(rows, _MOST_ROWS))
    return max(1, min(rows // group, count))


def _visible(mask: Pattern | torch.Tensor, start: int, end: int, count: int, length: int) -> slice:
    """The keys that rows [start, end) of the chunk may see between them."""
    if not isinstance(mask, Pattern):
        return slice(0, length)
    before = length - count
    first = 0 if mask.window is None else max(0, before + start + 1 - mask.window)
    return slice(first, before + end)


def _scores(rows: torch.Tensor, keys: torch.Tensor, scaling: float) -> torch.Tensor:
    """Scaled products of rows (r, g, d) and keys (n, d), as a matrix (r * g, n)."""
    matrix = rows.reshape(-1, rows.shape[-1])
    scores = _scratch(matrix.shape[0], keys.shape[0], matrix)
    return torch.addmm(scores, matrix, keys.transpose(0, 1), beta=0, alpha=scaling, out=scores)


def _apply(scores: torch.Tensor, mask: torch.Tensor) -> None:
    """Hide, in scores (r, g, n), what a mask (g or 1, r, n) says, or add it."""
    by_row = mask.transpose(0, 1)
    if mask.dtype == torch.bool:
        scores.masked_fill_(~by_row, float("-inf"))
    else:
        scores.add_(by_row)


def _mix(
    scores: torch.Tensor, values: torch.Tensor, sinks: torch.Tensor | None, output: torch.Tensor
) -> None:
    """Turn scores (r * g, n) into shares and write what values (n, e) they mix to (r, g, e)."""
    left = None if sinks is None else share_left(scores, sinks.repeat(output.shape[0])[:, None])
    shares = torch.softmax(scores, dim=-1, out=scores)
    if left is None and output.is_contiguous():
        torch.mm(shares, values, out=output.view(-1, output.shape[-1]))
        return
    mixed = torch.mm(shares, values)
    if left is not None:
        mixed *= left
    output.copy_(mixed.view(output.shape))


def _scratch(rows: int, columns: int, like: torch.Tensor) -> torch.Tensor:
    """A matrix to be overwritten, of memory that is kept: fresh memory costs page faults."""
    place = (like.dtype, str(like.device))
    kept = _kept.get(place)
    if kept is None or kept.numel() < rows * columns:
        # Made outside of inference mode, it may be written to inside and outside.
        with torch.inference_mode(False):
            kept = _kept[place] = torch.empty(rows * columns, dtype=like.dtype, device=like.device)
    return kept[: rows * columns].view(rows, columns)


_kept: dict[tuple[torch.dtype, str], torch.Tensor] = {}
