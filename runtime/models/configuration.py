"""The few facts of a transformers configuration, whatever an architecture calls them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from runtime.errors import ModelError

Config = dict[str, Any]

LAYER_COUNT = ("num_hidden_layers", "n_layer", "num_layers", "n_layers")
HIDDEN_SIZE = ("hidden_size", "n_embd", "d_model", "dim")
VOCABULARY_SIZE = ("vocab_size", "padded_vocab_size", "n_vocab")
CONTEXT = (
    "max_position_embeddings",
    "n_positions",
    "max_sequence_length",
    "seq_length",
    "max_seq_len",
    "n_ctx",
)
# A model that does not say how much it can read is not asked to read more than this.
UNSTATED_CONTEXT_TOKENS = 2048


def text_config(config: Config) -> Config:
    """The part that describes the language model: nested in models that also see or hear."""
    for key in ("text_config", "llm_config", "language_config"):
        nested = config.get(key)
        if isinstance(nested, dict):
            return nested
    return config


def positive(config: Config, names: Sequence[str]) -> int | None:
    """The first of these fields that holds a positive whole number."""
    for name in names:
        value = config.get(name)
        if isinstance(value, int) and not isinstance(value, bool) and value > 0:
            return value
    return None


def required(config: Config, names: Sequence[str], what: str) -> int:
    """As positive, but a configuration without it is no language model."""
    value = positive(config, names)
    if value is None:
        raise ModelError(
            f"The model's config.json does not say its {what}.",
            "HPipe runs language models in the Hugging Face format; this looks like another kind.",
        )
    return value


def architecture(config: Config) -> str:
    """The class that transformers would build, for example "LlamaForCausalLM"."""
    names = config.get("architectures")
    if isinstance(names, list) and names and isinstance(names[0], str):
        return names[0]
    kind = config.get("model_type")
    if isinstance(kind, str) and kind:
        return kind
    raise ModelError(
        "The model's config.json names no architecture.",
        "Use a model folder in the Hugging Face format, with architectures or model_type set.",
    )


def token_ids(value: object) -> tuple[int, ...]:
    """Ids from a field that may hold one, a list, or nothing."""
    if isinstance(value, int) and not isinstance(value, bool):
        return (value,)
    if isinstance(value, list):
        return tuple(item for item in value if isinstance(item, int))
    return ()


def eos_token_ids(config: Config, generation: Config) -> tuple[int, ...]:
    """Every id that ends an answer, the generation settings first."""
    found = token_ids(generation.get("eos_token_id"))
    found += token_ids(config.get("eos_token_id"))
    found += token_ids(text_config(config).get("eos_token_id"))
    return tuple(dict.fromkeys(found))
