"""What happens to attention's scores besides products: scaling, capping, hiding, sinks."""

from __future__ import annotations

import math
from functools import lru_cache

import torch
from msgspec import Struct

from runtime.engine.blocks import Block


class Scores(Struct, frozen=True):
    """How scores come from products. sinks (H,) are scores of nothing that take their share."""

    scaling: float
    softcap: float | None = None
    sinks: torch.Tensor | None = None


def hide(scores: torch.Tensor, block: Block, first_key: int, window: int | None) -> None:
    """Put -infinity where a token of the block does not see a key, in scores (..., r, g, n).

    first_key is the token of the first key. Only two triangles are touched, of the keys in the
    block and, with a window, of those at the beginning.
    """
    keys = scores.shape[-1]
    own = block.first_token - first_key
    start, end = block.start - block.first_token, block.end - block.first_token
    if end - start == 1:
        hide_from_one(scores, own + start, window)
        return
    tokens = block.key_end - block.first_token
    place = (scores.dtype, str(scores.device))
    later = _later_keys(tokens, *place)[start:end, :, max(0, -own) : keys - own]
    scores.narrow(-1, max(own, 0), later.shape[-1]).add_(later)
    if window is None:
        return
    before = own - window + 1
    hidden = min(end - 1 + before, keys)
    if hidden > 0:
        earlier = _earlier_keys(tokens, before, *place)[start:end, :, :hidden]
        scores.narrow(-1, 0, hidden).add_(earlier)


def hide_from_one(scores: torch.Tensor, own: int, window: int | None) -> None:
    """The same for a single token, which sees the keys up to its own."""
    behind = scores.shape[-1] - own - 1
    if behind > 0:
        scores.narrow(-1, own + 1, behind).fill_(-math.inf)
    if window is not None and own - window + 1 > 0:
        scores.narrow(-1, 0, own - window + 1).fill_(-math.inf)


@lru_cache(maxsize=32)
def _later_keys(tokens: int, dtype: torch.dtype, device: str) -> torch.Tensor:
    """(t, 1, t): -infinity where column j lies after row i, else 0."""
    hidden = torch.full((tokens, tokens), float("-inf"), device=device).triu_(1)
    return hidden.to(dtype)[:, None]


@lru_cache(maxsize=32)
def _earlier_keys(tokens: int, before: int, dtype: torch.dtype, device: str) -> torch.Tensor:
    """(t, 1, n): -infinity where column j lies before i + before, where row i's window begins."""
    hidden = torch.full((tokens, tokens + max(before, 0)), float("-inf"), device=device)
    return hidden.tril_(before - 1).to(dtype)[:, None]


def share_left(scores: torch.Tensor, sinks: torch.Tensor) -> torch.Tensor:
    """What sinks, one for each row of scores, leave of the row's attention."""
    total = torch.logsumexp(scores.float(), dim=-1, keepdim=True)
    return torch.sigmoid(total - sinks.float()).to(scores.dtype)
