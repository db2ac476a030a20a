"""Tiny random models of real architectures, saved as a folder and described by a manifest."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import torch
from transformers import CONFIG_MAPPING, MODEL_FOR_CAUSAL_LM_MAPPING

from runtime.models.grouping import group_parts
from runtime.models.manifest import HEAD_PART, ModelManifest, TensorEntry
from runtime.models.safetensors_file import read_spans

VOCABULARY = 128
WINDOW = 7

COMMON: dict[str, Any] = {
    "vocab_size": VOCABULARY,
    "hidden_size": 32,
    "intermediate_size": 48,
    "num_hidden_layers": 4,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "head_dim": 16,
    "max_position_embeddings": 256,
    "pad_token_id": 0,
    "bos_token_id": 1,
    "eos_token_id": 2,
}
SLIDING_EVERY_OTHER = ["sliding_attention", "full_attention"] * 2
ARCHITECTURES: dict[str, dict[str, Any]] = {
    "llama": {},
    "qwen2": {"head_dim": None},
    "qwen3": {"tie_word_embeddings": True},
    "mistral": {"sliding_window": WINDOW},
    "gemma": {"num_key_value_heads": 1},
    "gemma2": {"sliding_window": WINDOW, "query_pre_attn_scalar": 16},
    "gemma3_text": {
        "sliding_window": WINDOW,
        "query_pre_attn_scalar": 16,
        "num_key_value_heads": 1,
        "layer_types": ["sliding_attention"] * 3 + ["full_attention"],
    },
    "phi3": {"head_dim": None},
    "phi": {"head_dim": None},
    "gpt_neox": {"head_dim": None, "num_key_value_heads": None},
    "granite": {"embedding_multiplier": 3.0, "logits_scaling": 2.0, "head_dim": None},
    "olmo2": {"head_dim": None},
    "cohere": {"head_dim": None, "logit_scale": 0.5},
    "smollm3": {"no_rope_layers": [1, 0, 1, 1], "head_dim": None},
    "glm4": {},
    "starcoder2": {"head_dim": None, "sliding_window": WINDOW},
    "mixtral": {"num_local_experts": 4, "head_dim": None},
    "qwen3_moe": {
        "num_experts": 4,
        "num_experts_per_tok": 2,
        "moe_intermediate_size": 16,
        "mlp_only_layers": [1],
    },
    "gpt_oss": {
        "sliding_window": WINDOW,
        "num_local_experts": 4,
        "num_experts_per_tok": 2,
        "layer_types": SLIDING_EVERY_OTHER,
    },
    "deepseek_v3": {
        "num_key_value_heads": 4,
        "q_lora_rank": 16,
        "kv_lora_rank": 16,
        "qk_rope_head_dim": 8,
        "qk_nope_head_dim": 8,
        "v_head_dim": 12,
        "head_dim": None,
        "n_routed_experts": 8,
        "n_group": 2,
        "topk_group": 1,
        "num_experts_per_tok": 2,
        "moe_intermediate_size": 16,
        "first_k_dense_replace": 2,
    },
}


def tiny_config(architecture: str, **changes: Any) -> Any:
    """A configuration of an architecture small enough to run in milliseconds."""
    fields = {**COMMON, **ARCHITECTURES.get(architecture, {}), **changes}
    return CONFIG_MAPPING[architecture](
        **{name: value for name, value in fields.items() if value is not None}
    )


def tiny_model(config: Any, seed: int = 0) -> Any:
    """A whole model with random weights, large enough that every part of it matters."""
    torch.manual_seed(seed)
    config._attn_implementation = "eager"
    kind = MODEL_FOR_CAUSAL_LM_MAPPING[type(config)]
    model = kind(config).eval()
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            if parameter.dim() > 1:
                parameter.normal_(std=0.25)
            elif name.endswith("bias") or "sinks" in name:
                parameter.normal_(std=0.5)
            else:
                parameter.add_(torch.randn_like(parameter) * 0.2)
    return model


class TinySource:
    """A saved tiny model as an engine sees a stored one."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        config = json.loads((folder / "config.json").read_text())
        self._files = {
            name: shard for shard in folder.glob("*.safetensors") for name in read_spans(shard)
        }
        entries = [
            TensorEntry(name=name, dtype=span.dtype, shape=span.shape, nbytes=span.end - span.start)
            for shard in folder.glob("*.safetensors")
            for name, span in read_spans(shard).items()
        ]
        layers = config["num_hidden_layers"]
        parts = group_parts(entries, layers)
        self.manifest = ModelManifest(
            model_id=hashlib.sha256(str(folder).encode()).hexdigest(),
            name=folder.name,
            architecture=config["architectures"][0],
            config=config,
            parts=parts,
            layer_count=layers,
            hidden_size=config["hidden_size"],
            vocabulary_size=config["vocab_size"],
            context_tokens=config["max_position_embeddings"],
            tied=all(len(tensor.shape) == 1 for tensor in parts[HEAD_PART]),
        )

    def tensor_file(self, name: str) -> Path:
        return self._files[name]


def saved(model: Any, folder: Path) -> TinySource:
    """Save a model the way people get it, and open the folder as a source."""
    model.save_pretrained(folder)
    return TinySource(folder)
