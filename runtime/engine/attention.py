"""Attention made for chunks, offered to every architecture through transformers' interface."""

from __future__ import annotations

from functools import partial
from typing import Any

import torch
from transformers import AttentionInterface, AttentionMaskInterface

from runtime.engine import chunk_graph, token_graph
from runtime.engine.flash_attention import flash_attention
from runtime.engine.folded_attention import folded_attention
from runtime.engine.masks import Pattern, PatternMask, pattern_mask
from runtime.engine.scores import Scores
from runtime.engine.token_graph import attend_on_device

CHUNKED = "hpipe_chunked"


class NotCovered(ValueError):
    """The layer asks for a feature that chunk attention does not have."""


# Keyword arguments that change what attention computes; all others merely inform.
_UNKNOWN_MEANING = ("position_bias", "attention_bias", "alibi", "head_mask", "block_mask")


def register() -> None:
    """Make chunk attention known to transformers under its name; once per process."""
    AttentionInterface.register(CHUNKED, chunked_attention)
    AttentionMaskInterface.register(CHUNKED, pattern_mask)


def chunked_attention(  # noqa: PLR0917 (the signature is transformers' own)
    module: Any,
    query: torch.Tensor,
    key: torch.Tensor,
    value: torch.Tensor,
    attention_mask: torch.Tensor | None,
    scaling: float | None = None,
    softcap: float | None = None,
    s_aux: torch.Tensor | None = None,
    is_causal: bool | None = None,
    **kwargs: Any,
) -> tuple[torch.Tensor, None]:
    """Attention of a chunk's queries (1, heads, chunk, width) to keys (1, kv heads, n, width).

    The last query belongs to the last key. Returns (1, chunk, heads, value width).
    Raises NotCovered for what it does not do.
    """
    if chunk_graph.current:
        attend = partial(
            chunked_attention,
            module,
            attention_mask=attention_mask,
            scaling=scaling,
            softcap=softcap,
            s_aux=s_aux,
            is_causal=is_causal,
            **kwargs,
        )
        return chunk_graph.current[-1](attend, query, key, value), None
    asked = [name for name in _UNKNOWN_MEANING if kwargs.get(name) is not None]
    if asked or query.shape[0] != 1:
        raise NotCovered(", ".join(asked) or "several sequences in one batch")
    if isinstance(attention_mask, PatternMask):
        pattern: Pattern | torch.Tensor = attention_mask.pattern
    elif attention_mask is not None:
        pattern = attention_mask
    elif is_causal is False or (is_causal is None and not getattr(module, "is_causal", True)):
        raise NotCovered("attention to later tokens")
    else:
        pattern = Pattern()
    if scaling is None:
        scaling = query.shape[-1] ** -0.5
    window = pattern.window if isinstance(pattern, Pattern) else None
    is_plain = isinstance(pattern, Pattern) and softcap is None and s_aux is None
    if token_graph.current:
        if not is_plain or window is not None:
            raise NotCovered("a recorded token's attention with a window, a mask, a cap or sinks")
        return attend_on_device(token_graph.current[-1], query, key, value, scaling), None
    if is_plain:
        output = flash_attention(query, key, value, window, scaling)
        if output is not None:
            return output, None
    return folded_attention(query, key, value, pattern, Scores(scaling, softcap, s_aux)), None
