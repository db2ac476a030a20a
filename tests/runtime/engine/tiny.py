"""Tiny random models of real architectures, and a store that holds them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from transformers import CONFIG_MAPPING, MODEL_FOR_CAUSAL_LM_MAPPING

from runtime.engine.configuration import parse_config
from runtime.engine.executor import Executor
from runtime.engine.loading import load_model
from runtime.engine.split import Extent
from runtime.messages.stage import LoadStage
from runtime.models.manifest import ModelManifest
from runtime.models.store import ModelStore

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
# Multi-head latent attention has widths of its own.
LATENT: dict[str, Any] = {
    "num_key_value_heads": 4,
    "q_lora_rank": 16,
    "kv_lora_rank": 16,
    "qk_rope_head_dim": 8,
    "qk_nope_head_dim": 8,
    "v_head_dim": 12,
    "head_dim": None,
}
EXPERTS: dict[str, Any] = {
    "n_routed_experts": 8,
    "n_group": 2,
    "topk_group": 1,
    "num_experts_per_tok": 2,
    "moe_intermediate_size": 16,
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
    "deepseek_v3": {**LATENT, **EXPERTS, "first_k_dense_replace": 2},
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


class TinyStore:
    """A model store that makes tiny models of architectures when they are asked for."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.store = ModelStore(root / "store")
        self._made: dict[str, tuple[Any, ModelManifest]] = {}

    def model(self, architecture: str, **changes: Any) -> tuple[Any, ModelManifest]:
        """The whole model in this process, and its manifest in the store; made once."""
        key = f"{architecture} {changes}"
        if key not in self._made:
            model = tiny_model(tiny_config(architecture, **changes))
            folder = self.root / f"model-{len(self._made)}"
            model.save_pretrained(folder)
            self._made[key] = (model, self.store.register_folder(folder, name=architecture))
        return self._made[key]

    def cut(self, manifest: ModelManifest, extent: Extent, **changes: Any) -> Any:
        """Some layers of such a model, on a CPU in float32 unless changes to load_model differ."""
        options = {"device": torch.device("cpu"), "dtype": torch.float32, **changes}
        return load_model(
            self.store.open(manifest.model_id),
            parse_config(manifest.config),
            extent,
            on_progress=lambda done, total: None,
            **options,
        )

    def executor(
        self, manifest: ModelManifest, limit: int | None = None, **changes: Any
    ) -> Executor:
        """What has loaded all of such a model in 4 bits, unless changes to LoadStage differ."""
        fields: dict[str, Any] = {
            "model_id": manifest.model_id,
            "config": manifest.config,
            "layer_count": manifest.layer_count,
            "first_layer": 0,
            "last_layer": manifest.layer_count,
            "stage": 0,
            "weight_bits": 4,
        }
        made = Executor(torch.device("cpu"), self.store, limit, 0)
        made.load(LoadStage(**{**fields, **changes}), lambda _done, _total: None)
        return made

    def folder(self, manifest: ModelManifest) -> Path:
        """Where such a model was written to."""
        name = next(iter(manifest.parts.values()))[0].name
        return self.store.open(manifest.model_id).tensor_file(name).parent


def whole_logits(model: Any, ids: Sequence[int]) -> np.ndarray[Any, np.dtype[np.float32]]:
    """Logits (tokens, vocabulary) of the unsplit model by transformers' own code, in one go."""
    with torch.inference_mode():
        logits: torch.Tensor = model(torch.tensor([list(ids)]), use_cache=False).logits[0]
    return logits.float().numpy()


def greedy(model: Any, ids: Sequence[int], count: int) -> list[int]:
    """What the unsplit model writes after ids."""
    text = list(ids)
    for _ in range(count):
        text.append(int(whole_logits(model, text)[-1].argmax()))
    return text[len(ids) :]


def some_ids(count: int, seed: int = 0) -> list[int]:
    generator = torch.Generator().manual_seed(seed)
    ids: list[int] = torch.randint(3, VOCABULARY, (count,), generator=generator).tolist()
    return ids
