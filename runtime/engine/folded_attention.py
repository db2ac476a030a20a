"""Attention as plain matrix products, with grouped queries folded into rows.

All query heads that share a key/value head become rows of one matrix, so keys and values are never
repeated and each product is large enough to run at a CPU's full rate. Scores are computed for a
block of rows at a time: few enough to stay in a core's cache until they have been used, and to
leave out keys that the block cannot see.
"""

from __future__ import annotations

from functools import lru_cache

import torch
from msgspec import Struct

from runtime.engine.masks import Pattern

# Scores of a block, in bytes: half of what a core's second-level cache commonly holds.
_BLOCK_BYTES = 512 * 1024
# Rows of a matrix product below which it no longer runs at full rate, and above which only the
# share of keys grows that a block computes in vain.
_FEWEST_ROWS, _MOST_ROWS = 256, 512
# By so many keys does the work of a single row grow.
_STEP = 64
# Up to so many keys torch's own kernel is as fast for a single row, and takes one call.
_FEW_KEYS = 1536


class Scores(Struct, frozen=True):
    """How scores come from products. sinks (H,) are scores of nothing that take their share."""

    scaling: float
    softcap: float | None = None
    sinks: torch.Tensor | None = None


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
    if count == 1:
        return _one_row(rows[0], key[0], value[0], mask, how)
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
                _hide(by_row, mask.window, length - count + start - span.start)
            else:
                _apply(by_row, mask[0, part if mask.shape[1] > 1 else slice(1), start:end])
            sinks = None if how.sinks is None else how.sinks[part]
            _mix(scores, value[0, number, span], sinks, output[start:end, part])
    return output[None]


def _one_row(
    row: torch.Tensor,
    keys: torch.Tensor,
    values: torch.Tensor,
    mask: Pattern | torch.Tensor,
    how: Scores,
) -> torch.Tensor:
    """Attention of the newest token alone, row (H, d), all heads at once: (1, 1, H, e)."""
    kv_heads, length, width = keys.shape
    if isinstance(mask, Pattern) and mask.window is not None and mask.window < length:
        keys, values = keys[:, -mask.window :], values[:, -mask.window :]
    matrix = row.reshape(kv_heads, -1, width)
    is_plain = isinstance(mask, Pattern) and how.softcap is None and how.sinks is None
    if is_plain and keys.shape[1] <= _FEW_KEYS and values.shape[2] == width:
        mixed = torch.nn.functional.scaled_dot_product_attention(
            matrix[None], keys[None], values[None], scale=how.scaling
        )
        return mixed.view(1, 1, -1, width)
    scores = _row_scores(matrix, keys).mul_(how.scaling)
    if how.softcap is not None:
        scores.div_(how.softcap).tanh_().mul_(how.softcap)
    if isinstance(mask, torch.Tensor):
        _apply(scores.view(1, -1, scores.shape[-1]), mask[0])
    mixed = _row_mixed(torch.softmax(scores, dim=-1), values)
    if how.sinks is not None:
        mixed *= _share_left(scores, how.sinks.view(kv_heads, -1, 1))
    return mixed.view(1, 1, -1, values.shape[-1])


def _row_scores(matrix: torch.Tensor, keys: torch.Tensor) -> torch.Tensor:
    """Products (K, g, n) of a matrix (K, g, d) and keys (K, n, d)."""
    whole, rest = _whole_and_rest(keys.shape[1])
    scores = _row_products(matrix, keys[:, :whole])
    if not rest:
        return scores
    return torch.cat([scores, _row_products(matrix, keys[:, -_STEP:])[..., -rest:]], -1)


def _row_products(matrix: torch.Tensor, keys: torch.Tensor) -> torch.Tensor:
    if len(keys) == 1:
        return torch.mm(matrix[0], keys[0].t())[None]
    # The other way round keys would be copied to be transposed.
    return torch.bmm(keys, matrix.transpose(1, 2)).transpose(1, 2).contiguous()


def _row_mixed(shares: torch.Tensor, values: torch.Tensor) -> torch.Tensor:
    """Values (K, n, e) mixed by shares (K, g, n) to (K, g, e)."""
    whole, rest = _whole_and_rest(values.shape[1])
    if not rest:
        return torch.bmm(shares, values)
    last = shares[..., -_STEP:].clone()
    last[..., :-rest] = 0.0
    mixed = torch.bmm(shares[..., :whole], values[:, :whole])
    return mixed.add_(torch.bmm(last, values[:, -_STEP:]))


def _whole_and_rest(length: int) -> tuple[int, int]:
    """Keys in whole steps, and those beyond; no rest where that would gain nothing.

    oneDNN compiles a kernel for each new shape, which takes longer than running it, and a text
    grows by a token at a time: only every so many tokens may the shape be a new one.
    """
    rest = length % _STEP
    return (length - rest, rest) if length > 2 * _STEP else (length, 0)


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


def _hide(scores: torch.Tensor, window: int | None, own: int) -> None:
    """Put -infinity where row i of scores (r, g, n) does not see a key; its own is own + i.

    Only two triangles are touched, at the end of the keys and, with a window, at their beginning.
    """
    rows, _, seen = scores.shape
    place = (scores.dtype, str(scores.device))
    scores.narrow(2, seen - rows, rows).add_(_later_keys(rows, *place))
    if window is None:
        return
    first = own - window + 1
    hidden = min(rows - 1 + first, seen)
    if hidden > 0:
        scores.narrow(2, 0, hidden).add_(_earlier_keys(rows, hidden, first, *place))


@lru_cache(maxsize=32)
def _later_keys(rows: int, dtype: torch.dtype, device: str) -> torch.Tensor:
    """(r, 1, r): -infinity where column j lies after row i, else 0."""
    hidden = torch.full((rows, rows), float("-inf"), device=device).triu_(1)
    return hidden.to(dtype)[:, None]


@lru_cache(maxsize=32)
def _earlier_keys(
    rows: int, columns: int, first: int, dtype: torch.dtype, device: str
) -> torch.Tensor:
    """(r, 1, n): -infinity where column j lies before first + i, where row i's window begins."""
    hidden = torch.full((rows, columns), float("-inf"), device=device).tril_(first - 1)
    return hidden.to(dtype)[:, None]


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
    left = None if sinks is None else _share_left(scores, sinks.repeat(output.shape[0])[:, None])
    shares = torch.softmax(scores, dim=-1, out=scores)
    if left is None and output.is_contiguous():
        torch.mm(shares, values, out=output.view(-1, output.shape[-1]))
        return
    mixed = torch.mm(shares, values)
    if left is not None:
        mixed *= left
    output.copy_(mixed.view(output.shape))


def _share_left(scores: torch.Tensor, sinks: torch.Tensor) -> torch.Tensor:
    """What sinks, one for each row of scores, leave of the row's attention."""
    total = torch.logsumexp(scores.float(), dim=-1, keepdim=True)
    return torch.sigmoid(total - sinks.float()).to(scores.dtype)


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
