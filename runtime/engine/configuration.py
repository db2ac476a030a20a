"""From the configuration in a message to the transformers classes that implement it."""

from __future__ import annotations

import logging
from typing import Any

from transformers import CONFIG_MAPPING, MODEL_FOR_CAUSAL_LM_MAPPING

from runtime.errors import ModelError

_MOST_LAYERS = 2_048


def parse_config(config: dict[str, Any]) -> Any:
    """The language part of a transformers configuration.

    Only classes that ship with transformers are used: code that comes with a model never runs.
    ModelError for an unknown model_type and for values that its class refuses.
    """
    kind = config.get("model_type")
    if not isinstance(kind, str) or kind not in CONFIG_MAPPING:
        raise ModelError(
            f"Models of the type {str(kind)[:60]!r} are not known to this version of HPipe.",
            "HPipe runs the decoder models of the transformers library, without code of their own.",
        )
    # What transformers knows of other modalities or of packed weights does not concern a stage.
    plain = {key: value for key, value in config.items() if key not in ("auto_map",)}
    try:
        parsed = CONFIG_MAPPING[kind].from_dict(plain)
        text = parsed.get_text_config(decoder=True)
        layer_count = int(text.num_hidden_layers)
    except Exception as problem:
        logging.getLogger(__name__).info("configuration refused", exc_info=True)
        raise ModelError(
            f"The model's configuration is not a valid {kind} one ({_first_line(problem)}).",
            "Fetch the model again from its source.",
        ) from problem
    if not 0 < layer_count <= _MOST_LAYERS:
        raise ModelError(f"A model of {layer_count} layers cannot be run.")
    packed = getattr(parsed, "quantization_config", None) or getattr(
        text, "quantization_config", None
    )
    if packed is not None:
        method = packed.get("quant_method", "packed") if isinstance(packed, dict) else packed
        raise ModelError(
            f"The model's weights are packed ({method}), which HPipe does not read.",
            "Choose the 16-bit version of the model; HPipe packs the weights itself.",
        )
    return text


def model_class(config: Any) -> Any:
    """The architecture's class with a language-model head; ModelError if there is none."""
    if type(config) not in MODEL_FOR_CAUSAL_LM_MAPPING:
        raise ModelError(
            f"{config.model_type} models do not continue a text.",
            "Choose a decoder language model (Llama, Qwen, Mistral, Gemma and the like).",
        )
    found = MODEL_FOR_CAUSAL_LM_MAPPING[type(config)]
    return found[0] if isinstance(found, tuple) else found


def _first_line(problem: Exception) -> str:
    lines = [line.strip() for line in str(problem).splitlines() if line.strip()]
    return (lines[-1] if lines else type(problem).__name__)[:200]
