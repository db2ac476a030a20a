"""Attention of few rows: a token of an answer, or a token and some guesses at the next.

Few rows are computed in ways of their own, and all numbers of them in the same, so that a guess
that is checked gets the same numbers as a token that was not guessed. A chunk has more rows.
"""

from __future__ import annotations

from functools import lru_cache

import torch
from msgspec import Struct

from runtime.engine.blocks import blocks
from runtime.engine.kept import Kept
from runtime.engine.scores import Scores, hide

FEW_ROWS = 8
# Up to so many keys torch's own kernel is as fast as matrix products, and takes one call.
_FEW_KEYS = 1536
# Its rows are multiplied in fours; the last of them, if they are fewer, round elsewhere.
_ROWS_AT_ONCE = 4


class _Step(Struct, frozen=True):
    """Some of the newest tokens, the keys that they are computed with, and which they do not see.

    hidden (g * c, n), or (1, n) for one token, is -infinity there and else 0.
    """

    start: int
    count: int
    first_key: int
    key_end: int
    hidden: torch.Tensor


def few_rows_attention(
    query: torch.Tensor, kept: Kept, window: int | None, how: Scores
) -> torch.Tensor | None:
    """Attention of the newest tokens, query (1, H, c, d), as (1, c, H, e).

    None where it is nothing for torch's kernel.
    """
    _, heads, count, width = query.shape
    kv_heads = kept.keys.shape[0]
    is_plain = how.softcap is None and how.sinks is None and kept.values.shape[2] == width
    if not is_plain or query.device.type != "cpu":
        return None
    group = heads // kv_heads
    steps = _steps(
        kept.end - count, kept.end, group, window, kept.first, kept.room_end, query.dtype
    )
    if steps is None:
        return None
    outputs = []
    for step in steps:
        rows = query if step.count == count else query.narrow(2, step.start, step.count)
        matrices = rows.reshape(1, kv_heads, -1, width)
        found = matrices.shape[2]
        lacking = -found % _ROWS_AT_ONCE
        if lacking:
            matrices = torch.cat([matrices, matrices[:, :, :1].expand(-1, -1, lacking, -1)], 2)
        keys, values = kept.between(step.first_key, step.key_end)
        mixed = torch.nn.functional.scaled_dot_product_attention(
            matrices,
            keys.unsqueeze(0).to(query.dtype),
            values.unsqueeze(0).to(query.dtype),
            attn_mask=step.hidden,
            scale=how.scaling,
        )
        if lacking:
            mixed = mixed.narrow(2, 0, found)
        by_token = mixed.reshape(1, heads, step.count, width).transpose(1, 2)
        # Some architectures view it in another shape.
        outputs.append(by_token.contiguous())
    return outputs[0] if len(outputs) == 1 else torch.cat(outputs, 1)


@lru_cache(maxsize=8)
def _steps(  # noqa: PLR0917 (all of it says what is to be done)
    start: int,
    end: int,
    group: int,
    window: int | None,
    first_kept: int,
    room_end: int,
    dtype: torch.dtype,
) -> tuple[_Step, ...] | None:
    """A block after the other; None if one has many keys. Every layer of a kind asks the same."""
    steps = []
    for block in blocks(start, end, group, window):
        first, last = max(block.first_key, first_kept), min(block.key_end, room_end)
        if last - first > _FEW_KEYS:
            return None
        count = block.end - block.start
        hidden = torch.zeros(count, 1, last - first, dtype=dtype)
        hide(hidden, block, first, window)
        rows = hidden[0]
        if count > 1:
            rows = hidden.transpose(0, 1).repeat(group, 1, 1).flatten(0, 1)
            rows = torch.cat([rows, rows[:1].expand(-len(rows) % _ROWS_AT_ONCE, -1)])
        steps.append(_Step(block.start - start, count, first, last, rows))
    return tuple(steps)
