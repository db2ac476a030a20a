"""A converted GGUF file computes what the model it was made from computes."""

import numpy as np
import pytest
import torch
from transformers import AutoModelForCausalLM

from runtime.errors import ModelError, SetupError
from runtime.models import disk
from runtime.models.gguf_file import convert_gguf
from runtime.models.inspect import inspect_folder
from runtime.models.tokenizer import PromptTokenizer
from tests.runtime.engine.tiny import some_ids, tiny_config, tiny_model, whole_logits
from tests.runtime.models.gguf_writer import write_gguf
from tests.runtime.models.tokenizers import byte_level

VOCABULARY = 512


def tiny(architecture, **changes):
    model = tiny_model(tiny_config(architecture, **{"vocab_size": VOCABULARY, **changes}))
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.copy_(parameter.to(torch.bfloat16))
    return model


def convert(path, target):
    target.mkdir()
    steps = []
    convert_gguf(path, target, lambda *step: steps.append(step))
    return steps


@pytest.mark.parametrize(
    ("architecture", "changes"),
    [
        ("llama", {}),
        ("llama", {"tie_word_embeddings": True}),
        ("qwen3", {}),
        ("gemma3_text", {"layer_types": None, "num_hidden_layers": 6}),
        ("qwen3_moe", {"mlp_only_layers": [], "norm_topk_prob": True}),
    ],
)
def test_the_same_logits(tmp_path, architecture, changes):
    """A row permuted, a norm shifted or an expert swapped makes fluent nonsense."""
    model = tiny(architecture, **changes)
    path = write_gguf(model, tmp_path / "tiny.gguf")
    steps = convert(path, tmp_path / "made")
    made = AutoModelForCausalLM.from_pretrained(tmp_path / "made", dtype=torch.float32)
    ids = some_ids(20)
    assert np.allclose(whole_logits(made, ids), whole_logits(model, ids), atol=1e-4)
    name, done, total = steps[-1]
    assert done == total > 0
    assert name == "Converting the weights"
    manifest = inspect_folder(tmp_path / "made").manifest
    assert manifest.tied == model.config.tie_word_embeddings
    assert manifest.has_chat_template


def test_the_tokenizer_comes_along(tmp_path):
    """Ids of another tokenizer would be read as other words."""
    convert(write_gguf(tiny("llama"), tmp_path / "tiny.gguf"), tmp_path / "made")
    made = PromptTokenizer(tmp_path / "made")
    original = byte_level()
    text = "The total due is 1,250 EUR. Größe 日本"
    ids = original.encode(text).ids
    assert made.encode(text) == [original.token_to_id("<bos>"), *ids]
    assert made.decode(made.encode(text)) == text
    ends = inspect_folder(tmp_path / "made").manifest.eos_token_ids
    assert ends == (original.token_to_id("<eos>"), original.token_to_id("<|end|>"))


def test_stretched_positions_are_recognised(tmp_path):
    """transformers passes the table over: Llama 3.1 would fail beyond 8,192 tokens, silently."""
    rope = {
        "rope_type": "llama3",
        "rope_theta": 500000.0,
        "factor": 8.0,
        "low_freq_factor": 1.0,
        "high_freq_factor": 4.0,
        "original_max_position_embeddings": 8192,
    }
    model = tiny("llama", rope_parameters=rope, max_position_embeddings=131072)
    plain = 1.0 / (500000.0 ** (np.arange(0, 16, 2) / 16))
    factors = plain / model.model.rotary_emb.inv_freq.numpy()
    convert(write_gguf(model, tmp_path / "tiny.gguf", factors=factors), tmp_path / "made")
    made = AutoModelForCausalLM.from_pretrained(tmp_path / "made", dtype=torch.float32)
    assert torch.allclose(
        made.model.rotary_emb.inv_freq, model.model.rotary_emb.inv_freq, rtol=1e-3
    )


def test_unknown_stretching_is_refused(tmp_path):
    path = write_gguf(tiny("llama"), tmp_path / "tiny.gguf", factors=np.linspace(1, 7, 8))
    with pytest.raises(ModelError, match="not known"):
        convert(path, tmp_path / "made")


@pytest.mark.parametrize("keep", [0, 3, 40, 4000, -400])
def test_a_damaged_file_is_refused(tmp_path, keep):
    """Half a download must be a sentence, not a model with zeros in it."""
    path = write_gguf(tiny("llama"), tmp_path / "tiny.gguf")
    path.write_bytes(path.read_bytes()[:keep])
    with pytest.raises(ModelError) as refused:
        convert(path, tmp_path / "made")
    assert refused.value.hint


def test_a_missing_tensor_is_refused(tmp_path):
    """Filled up with random numbers, the model would run and write nonsense."""
    model = tiny("llama")
    wider = tiny("llama", num_hidden_layers=5)
    model.config.num_hidden_layers = 5
    path = write_gguf(model, tmp_path / "tiny.gguf")
    assert wider.config.num_hidden_layers == 5
    with pytest.raises(ModelError, match="lacks"):
        convert(path, tmp_path / "made")


def test_a_full_disk_is_said_before_it_is_full(tmp_path, monkeypatch):
    path = write_gguf(tiny("llama"), tmp_path / "tiny.gguf")
    monkeypatch.setattr(disk, "free_bytes", lambda _folder: 1024)
    with pytest.raises(SetupError, match="are free"):
        convert(path, tmp_path / "made")
