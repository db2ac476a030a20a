"""A small model of random weights, made without torch."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
from safetensors.numpy import save_file

from runtime.models.manifest import ModelManifest
from runtime.models.store import ModelStore

LAYERS = 2


def random_model(folder: Path, store: Path, *, hidden: int = 64, vocabulary: int = 96):
    """Save a Llama-shaped folder and register it in a store; returns its manifest."""
    folder.mkdir(parents=True)
    config = {
        "architectures": ["LlamaForCausalLM"],
        "model_type": "llama",
        "hidden_size": hidden,
        "intermediate_size": 2 * hidden,
        "num_hidden_layers": LAYERS,
        "num_attention_heads": 4,
        "num_key_value_heads": 2,
        "vocab_size": vocabulary,
        "max_position_embeddings": 256,
        "tie_word_embeddings": False,
    }
    (folder / "config.json").write_text(json.dumps(config))
    random = np.random.default_rng(7)

    def weights(*shape: int) -> np.ndarray:
        return random.standard_normal(shape, dtype=np.float32)

    tensors = {
        "model.embed_tokens.weight": weights(vocabulary, hidden),
        "model.norm.weight": weights(hidden),
        "lm_head.weight": weights(vocabulary, hidden),
    }
    for layer in range(LAYERS):
        prefix = f"model.layers.{layer}"
        tensors[f"{prefix}.self_attn.q_proj.weight"] = weights(hidden, hidden)
        tensors[f"{prefix}.mlp.up_proj.weight"] = weights(2 * hidden, hidden)
        tensors[f"{prefix}.input_layernorm.weight"] = weights(hidden)
    save_file(tensors, folder / "model.safetensors")
    (folder / "tokenizer.json").write_text("{}")
    manifest: ModelManifest = ModelStore(store).register_folder(folder, name="Random")
    return manifest
