"""Attention of a token, or of a token and some guesses at the next: few rows, many keys."""

from __future__ import annotations

import torch

from runtime.engine.scores import Scores, hide, share_left

# More rows than these are worth blocks of their own.
FEW_ROWS = 8
# By so many keys does the work grow.
_STEP = 64
# Up to so many keys torch's own kernel is as fast, and takes one call.
_FEW_KEYS = 1536


def few_rows_attention(
    rows: torch.Tensor,
    keys: torch.Tensor,
    values: torch.Tensor,
    window: int | None,
    how: Scores,
) -> torch.Tensor:
    """Attention of the newest tokens, rows (c, H, d), to keys (K, n, d) and values (K, n, e).

    Causal, aligned to the lower right. Returns (1, c, H, e).
    """
    count, heads, width = rows.shape
    kv_heads, length, _ = keys.shape
    if window is not None and window + count - 1 < length:
        length = window + count - 1
        keys, values = keys[:, -length:], values[:, -length:]
    matrix = rows.reshape(count, kv_heads, -1, width).transpose(0, 1).reshape(kv_heads, -1, width)
    hidden = _hidden(count, heads // kv_heads, length, window, rows) if count > 1 else None
    is_plain = how.softcap is None and how.sinks is None
    if is_plain and length <= _FEW_KEYS and values.shape[2] == width:
        mixed = torch.nn.functional.scaled_dot_product_attention(
            matrix[None], keys[None], values[None], attn_mask=hidden, scale=how.scaling
        )[0]
    else:
        scores = _row_scores(matrix, keys).mul_(how.scaling)
        if how.softcap is not None:
            scores.div_(how.softcap).tanh_().mul_(how.softcap)
        if hidden is not None:
            scores.add_(hidden)
        mixed = _row_mixed(torch.softmax(scores, dim=-1), values)
        if how.sinks is not None:
            sinks = how.sinks.view(kv_heads, 1, -1).expand(-1, count, -1)
            mixed *= share_left(scores, sinks.reshape(kv_heads, -1, 1))
    by_row = mixed.view(kv_heads, count, -1, mixed.shape[-1]).transpose(0, 1)
    return by_row.reshape(1, count, heads, -1)


def _hidden(
    count: int, group: int, length: int, window: int | None, like: torch.Tensor
) -> torch.Tensor:
    """-infinity where a row of (c * g, n) does not see a key, else 0."""
    hidden = torch.zeros(count, 1, length, dtype=like.dtype, device=like.device)
    hide(hidden, window, length - count)
    return hidden.expand(count, group, length).reshape(-1, length)


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
