"""Tiny GGUF files, written as llama.cpp's own converter writes them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import gguf
import numpy as np
import torch

from tests.runtime.models.tokenizers import byte_level

ARCHITECTURE_NAMES = {"gemma3_text": "gemma3", "qwen3_moe": "qwen3moe"}


def write_gguf(model: Any, path: Path, *, factors: np.ndarray | None = None) -> Path:
    """The model's weights at full precision, with the byte-level test tokenizer."""
    config = model.config
    name = ARCHITECTURE_NAMES.get(config.model_type, config.model_type)
    writer = gguf.GGUFWriter(path, name)
    writer.add_name("tiny")
    writer.add_context_length(config.max_position_embeddings)
    writer.add_embedding_length(config.hidden_size)
    writer.add_block_count(config.num_hidden_layers)
    writer.add_feed_forward_length(config.intermediate_size)
    writer.add_head_count(config.num_attention_heads)
    writer.add_head_count_kv(config.num_key_value_heads)
    writer.add_layer_norm_rms_eps(config.rms_norm_eps)
    rope = config.rope_parameters
    writer.add_rope_freq_base(float(rope.get("full_attention", rope)["rope_theta"]))
    writer.add_key_length(config.head_dim)
    writer.add_value_length(config.head_dim)
    if getattr(config, "sliding_window", None):
        writer.add_sliding_window(config.sliding_window)
    if name == "qwen3moe":
        writer.add_expert_count(config.num_experts)
        writer.add_expert_used_count(config.num_experts_per_tok)
        writer.add_expert_feed_forward_length(config.moe_intermediate_size)
    _add_tokenizer(writer, config.vocab_size)
    if factors is not None:
        writer.add_tensor("rope_freqs.weight", factors.astype(np.float32))
    names = gguf.get_tensor_name_map(_architecture(name), config.num_hidden_layers)
    for tensor_name, tensor in _tensors(model):
        stem, _, ending = tensor_name.rpartition(".")
        found = names.get_name(stem)
        assert found is not None, tensor_name
        values = tensor.float().numpy()
        if name == "gemma3" and "norm" in stem:
            values = values + 1
        if name == "llama" and ("q_proj" in stem or "k_proj" in stem):
            heads = config.num_attention_heads if "q_proj" in stem else config.num_key_value_heads
            values = _interleaved(values, heads)
        writer.add_tensor(f"{found}.{ending}", np.ascontiguousarray(values))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return path


def _tensors(model: Any) -> list[tuple[str, torch.Tensor]]:
    tied = model.config.tie_word_embeddings
    found = []
    for name, tensor in model.state_dict().items():
        if name == "lm_head.weight" and tied:
            continue
        if name.endswith("experts.gate_up_proj"):
            half = tensor.shape[1] // 2
            stem = name.removesuffix("gate_up_proj")
            found.append((f"{stem}gate_proj.weight", tensor[:, :half]))
            found.append((f"{stem}up_proj.weight", tensor[:, half:]))
        elif name.endswith("experts.down_proj"):
            found.append((f"{name}.weight", tensor))
        else:
            found.append((name, tensor))
    return found


def _architecture(name: str) -> Any:
    return next(key for key, value in gguf.MODEL_ARCH_NAMES.items() if value == name)


def _interleaved(values: np.ndarray, heads: int) -> np.ndarray:
    rows = values.shape[0] // heads // 2
    split = values.reshape(heads, 2, rows, *values.shape[1:])
    return split.swapaxes(1, 2).reshape(values.shape)


def _add_tokenizer(writer: gguf.GGUFWriter, vocabulary_size: int) -> None:
    tokenizer = byte_level()
    learned = json.loads(tokenizer.to_str())["model"]
    words = sorted(learned["vocab"], key=learned["vocab"].get)
    specials = [token.content for token in tokenizer.get_added_tokens_decoder().values()]
    words += [f"[PAD{index}]" for index in range(len(words), vocabulary_size)]
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre("gpt-2")
    writer.add_token_list(words)
    writer.add_token_types([3 if word in specials else 1 for word in words])
    writer.add_token_merges([" ".join(merge) for merge in learned["merges"]])
    writer.add_bos_token_id(words.index("<bos>"))
    writer.add_eos_token_id(words.index("<eos>"))
    writer.add_eot_token_id(words.index("<|end|>"))
    writer.add_add_bos_token(True)
    writer.add_chat_template("{{ messages[0].content }}")
