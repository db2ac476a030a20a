"""Attention as plain matrix products, with grouped queries folded into rows.

All query heads that share a key/value head become rows of one matrix, so keys and values are never
repeated and each product is large enough to run at a CPU's full rate. Scores are computed for a
block of tokens at a time: few enough to stay in a core's cache until they have been used, and to
leave out keys that the block cannot see.
"""

from __future__ import annotations

import torch

from runtime.engine.blocks import blocks
from runtime.engine.few_rows import FEW_ROWS, few_rows_attention
from runtime.engine.kept import kept_of
from runtime.engine.masks import Pattern
from runtime.engine.scores import Scores, hide, share_left

# Matrix products of fewer rows are computed in another way, which adds in another order.
_FEWEST_ROWS = {torch.bfloat16: 2, torch.float16: 2}
_FEWEST_WIDE_ROWS = 4
# Up to so many scores of all heads are computed in one step: starting it would take longer.
_FEW_SCORES = 1 << 17


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
    kept = kept_of(key, value)
    if count <= FEW_ROWS and isinstance(mask, Pattern):
        output = few_rows_attention(query, kept, mask.window, how)
        if output is not None:
            return output
    kv_heads = key.shape[1]
    group = heads // kv_heads
    rows = query[0].transpose(0, 1)
    output = query.new_empty((count, heads, value.shape[-1]))
    pattern = mask if isinstance(mask, Pattern) else Pattern()
    # Where the first row stands in the text.
    before = kept.end - count
    for block in blocks(before, kept.end, group, pattern.window):
        own = slice(block.start - before, block.end - before)
        if isinstance(mask, Pattern):
            first, last = max(block.first_key, kept.first), min(block.key_end, kept.room_end)
        else:
            first, last = kept.end - key.shape[2], kept.end
        keys, values = kept.between(first, last)
        step = kv_heads
        if (block.end - block.start) * heads * (last - first) > _FEW_SCORES:
            step = 1
        for head in range(0, kv_heads, step):
            some, part = slice(head, head + step), slice(head * group, (head + step) * group)
            scores = _scores(rows[own, part], keys[some].to(query.dtype), how.scaling)
            if how.softcap is not None:
                scores.div_(how.softcap).tanh_().mul_(how.softcap)
            # Those that count, by key/value head, token and query head.
            counting = scores[:, : (block.end - block.start) * group]
            counting = counting.view(step, -1, group, last - first)
            if isinstance(mask, Pattern):
                hide(counting, block, first, pattern.window)
            else:
                _apply(counting, mask[0, part if mask.shape[1] > 1 else slice(1), own])
            left = None
            if how.sinks is not None:
                left = share_left(counting, how.sinks[part].view(step, 1, group, 1))
            torch.softmax(scores, dim=-1, out=scores)
            _mix(scores, values[some].to(query.dtype), left, output[own, part])
    return output[None]


def _scores(rows: torch.Tensor, keys: torch.Tensor, scaling: float) -> torch.Tensor:
    """Scaled products (K, r * g, n) of rows (r, K * g, d) and keys (K, n, d); or of more rows."""
    kv_heads, length, width = keys.shape
    if kv_heads == 1 or len(rows) == 1:
        matrices = rows.reshape(kv_heads, -1, width)
    else:
        matrices = rows.reshape(len(rows), kv_heads, -1, width).transpose(0, 1)
        matrices = matrices.reshape(kv_heads, -1, width)
    count = matrices.shape[1]
    fewest = _FEWEST_ROWS.get(rows.dtype, _FEWEST_WIDE_ROWS)
    if count < fewest:
        matrices = matrices.repeat(1, -(-fewest // count), 1)
    scores = _scratch(kv_heads, matrices.shape[1], length, rows)
    # Not as one product of several matrices, which would copy the keys to have them transposed.
    for head in range(kv_heads):
        out = scores[head]
        torch.addmm(out, matrices[head], keys[head].t(), beta=0, alpha=scaling, out=out)
    return scores


def _apply(scores: torch.Tensor, mask: torch.Tensor) -> None:
    """Hide, in scores (K, r, g, n), what a mask (K * g or 1, r, n) says, or add it."""
    kv_heads = scores.shape[0] if len(mask) > 1 else 1
    by_row = mask.reshape(kv_heads, -1, *mask.shape[1:]).transpose(1, 2)
    if mask.dtype == torch.bool:
        scores.masked_fill_(~by_row, float("-inf"))
    else:
        scores.add_(by_row)


def _mix(
    shares: torch.Tensor, values: torch.Tensor, left: torch.Tensor | None, output: torch.Tensor
) -> None:
    """Write what shares (K, r * g, n), or the first of them, mix values (K, n, e) to (r, K * g, e).

    left (K, r, g, 1) is what there is to share, if not all.
    """
    kv_heads, _, width = values.shape
    rows = output.shape[0] * output.shape[1] // kv_heads
    if kv_heads == 1 and left is None and shares.shape[1] == rows and output.is_contiguous():
        torch.mm(shares[0], values[0], out=output.view(rows, width))
        return
    by_row = output.view(len(output), kv_heads, -1, width).transpose(0, 1)
    mixed = torch.bmm(shares, values)[:, :rows].view(by_row.shape)
    by_row.copy_(mixed if left is None else mixed.mul_(left))


def _scratch(matrices: int, rows: int, columns: int, like: torch.Tensor) -> torch.Tensor:
    """Matrices to be overwritten, of memory that is kept: fresh memory costs page faults."""
    place = (like.dtype, like.device)
    size = matrices * rows * columns
    kept = _kept.get(place)
    if kept is None or kept.numel() < size:
        # Made outside of inference mode, it may be written to inside and outside.
        with torch.inference_mode(False):
            kept = _kept[place] = torch.empty(size, dtype=like.dtype, device=like.device)
    return kept.narrow(0, 0, size).view(matrices, rows, columns)


_kept: dict[tuple[torch.dtype, torch.device], torch.Tensor] = {}
