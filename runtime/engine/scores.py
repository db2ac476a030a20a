"""What happens to attention's scores besides products: scaling, capping, hiding, sinks."""

from __future__ import annotations

from functools import lru_cache

import torch
from msgspec import Struct


class Scores(Struct, frozen=True):
    """How scores come from products. sinks (H,) are scores of nothing that take their share."""

    scaling: float
    softcap: float | None = None
    sinks: torch.Tensor | None = None


def hide(scores: torch.Tensor, window: int | None, own: int) -> None:
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


def share_left(scores: torch.Tensor, sinks: torch.Tensor) -> torch.Tensor:
    """What sinks, one for each row of scores, leave of the row's attention."""
    total = torch.logsumexp(scores.float(), dim=-1, keepdim=True)
    return torch.sigmoid(total - sinks.float()).to(scores.dtype)
