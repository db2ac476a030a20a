"""Models by their sizes: a config.json, our own ModelShape, or a handful of numbers.

An object of numbers has layers and hidden_size, and may have name, intermediate_size,
attention_heads, key_value_heads, head_size, vocabulary_size, context_tokens, tied, weight_bits,
window_tokens and full_attention_every (of a model with sliding layers, every how many-th sees
everything).
"""

from __future__ import annotations

from typing import Any

import msgspec
from msgspec import Struct

from runtime.errors import ModelError
from runtime.planner.values import LayerShape, ModelShape


class ModelFigures(Struct, frozen=True, kw_only=True):
    """A model by its sizes."""

    layers: int
    hidden_size: int
    name: str = "The model"
    intermediate_size: int = 0
    attention_heads: int = 0
    key_value_heads: int = 0
    head_size: int = 0
    vocabulary_size: int = 32_000
    context_tokens: int = 131_072
    tied: bool = False
    weight_bits: float = 16
    window_tokens: int | None = None
    full_attention_every: int = 0


def parse_model(text: bytes) -> ModelShape:
    """A model in any of the forms above."""
    try:
        fields = msgspec.json.decode(text, type=dict[str, Any])
        if isinstance(fields.get("layers"), list):
            return msgspec.convert(fields, ModelShape)
        if "layers" not in fields:
            fields = _from_transformers(fields)
        return shape_of(msgspec.convert(fields, ModelFigures))
    except (msgspec.DecodeError, UnicodeDecodeError, KeyError, TypeError) as problem:
        raise ModelError(
            f"The model shape is not understood: {problem}.",
            "Give a model's config.json, or an object with at least layers and hidden_size.",
        ) from None


def _from_transformers(config: dict[str, Any]) -> dict[str, Any]:
    """The fields of config.json by our names."""
    for nested in ("text_config", "llm_config", "language_config"):
        if isinstance(config.get(nested), dict):
            config = config[nested]
    names = {
        "layers": ("num_hidden_layers", "n_layer", "num_layers"),
        "hidden_size": ("hidden_size", "n_embd", "d_model"),
        "intermediate_size": ("intermediate_size", "n_inner", "ffn_dim"),
        "attention_heads": ("num_attention_heads", "n_head"),
        "key_value_heads": ("num_key_value_heads",),
        "head_size": ("head_dim",),
        "vocabulary_size": ("vocab_size",),
        "context_tokens": ("max_position_embeddings", "n_positions"),
        "tied": ("tie_word_embeddings",),
        "full_attention_every": ("sliding_window_pattern", "_sliding_window_pattern"),
        "name": ("_name_or_path", "model_type"),
    }
    found = {}
    for ours, theirs in names.items():
        values = [config[each] for each in theirs if config.get(each)]
        if values:
            found[ours] = values[0]
    if config.get("use_sliding_window", True) and config.get("sliding_window"):
        found["window_tokens"] = config["sliding_window"]
    return found


def shape_of(figures: ModelFigures) -> ModelShape:
    """A decoder of the usual kind: gated feed-forward, keys and values for fewer heads."""
    hidden = figures.hidden_size
    heads = figures.attention_heads or max(hidden // 128, 1)
    head_size = figures.head_size or hidden // heads
    key_value = (figures.key_value_heads or heads) * head_size
    inner = figures.intermediate_size or 4 * hidden
    parameters = 2 * hidden * heads * head_size + 2 * hidden * key_value + 3 * hidden * inner
    bytes_each = figures.weight_bits / 8
    layers = []
    for index in range(figures.layers):
        every = figures.full_attention_every
        full = figures.window_tokens is None or (every > 0 and (index + 1) % every == 0)
        layers.append(
            LayerShape(
                kind="full" if full else "sliding",
                weight_bytes=round(parameters * bytes_each),
                kv_bytes_per_token=2 * key_value * 2,
                parameters_per_token=parameters,
                window_tokens=None if full else figures.window_tokens,
            )
        )
    ends = 2 * figures.vocabulary_size * hidden
    return ModelShape(
        name=figures.name,
        hidden_size=hidden,
        vocabulary_size=figures.vocabulary_size,
        context_tokens=figures.context_tokens,
        layers=tuple(layers),
        embedding_bytes=ends,
        head_bytes=0 if figures.tied else ends,
        intermediate_size=inner,
        attention_heads=heads,
        tied=figures.tied,
    )
