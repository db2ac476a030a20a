"""The tokenizer inside a GGUF file, written as tokenizer.json and tokenizer_config.json."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
from tokenizers.processors import TemplateProcessing
from transformers.integrations.gguf.gguf_tokenizer_mapping import (
    convert_gguf_tokenizer as build_tokenizer,
)
from transformers.integrations.gguf.gguf_tokenizer_mapping import get_gguf_tokenizer
from transformers.integrations.gguf.reader import read_gguf_metadata

from runtime.errors import ModelError

_ENDS = ("eos_token_id", "eot_token_id", "eom_token_id")


def convert_gguf_tokenizer(source: Path, target: Path) -> list[int]:
    """Write both files; returns the ids that end an answer. ModelError for an unknown kind."""
    try:
        architecture, values, settings = get_gguf_tokenizer(str(source))
        tokenizer, _ = build_tokenizer(architecture, values)
        metadata, _ = read_gguf_metadata(str(source))
    except Exception as problem:
        raise ModelError(
            f"The tokenizer in {source.name} cannot be converted ({problem}).",
            "Choose the model's safetensors version in the Hugging Face format instead.",
        ) from problem
    first = settings.get("bos_token")
    if settings.get("add_bos_token") and first:
        tokenizer.post_processor = TemplateProcessing(
            single=f"{first} $A", special_tokens=[(first, tokenizer.token_to_id(first))]
        )
    tokenizer.save(str(target / "tokenizer.json"))
    kept = {key: value for key, value in settings.items() if value is not None}
    (target / "tokenizer_config.json").write_bytes(msgspec.json.encode(kept))
    return _end_tokens(metadata)


def _end_tokens(metadata: dict[str, Any]) -> list[int]:
    found = [metadata.get(f"tokenizer.ggml.{name}") for name in _ENDS]
    return list(dict.fromkeys(token for token in found if isinstance(token, int)))
