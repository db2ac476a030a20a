"""Whatever a person names becomes a model, or a sentence."""

import json
import os
import shutil
import subprocess
import sys

import pytest
import torch
from safetensors.torch import save_file

from runtime.errors import ModelError, SetupError
from runtime.models.catalogue import add_source, summary
from runtime.models.shape import model_shape
from runtime.models.store import ModelStore
from runtime.models.tokenizer import PromptTokenizer
from runtime.models.workspace import workspace
from tests.runtime.engine.tiny import tiny_config, tiny_model
from tests.runtime.models.gguf_writer import write_gguf
from tests.runtime.models.tokenizers import byte_level, save


@pytest.fixture(scope="module")
def sound(tmp_path_factory):
    place = tmp_path_factory.mktemp("models") / "tiny-llama"
    tiny_model(tiny_config("llama")).save_pretrained(place)
    return save(byte_level(), place)


@pytest.fixture
def folder(sound, tmp_path):
    return shutil.copytree(sound, tmp_path / "tiny-llama")


@pytest.fixture
def store(tmp_path):
    return ModelStore(tmp_path / "store")


def quiet(*_):
    pass


def test_a_folder(store, folder):
    manifest = add_source(store, f' "{folder}" ', quiet)
    assert store.open(manifest.model_id).folder == folder
    told = summary(manifest, store.origin(manifest.model_id))
    assert (told.name, told.source, told.layer_count) == ("tiny-llama", str(folder), 4)
    assert (told.is_installed, told.context_tokens) == (True, 256)
    assert told.total_bytes == manifest.total_bytes > 0
    assert told.weight_bytes == manifest.total_bytes // 2, "float32 on disk, 16 bits in memory"
    assert told.memory_bytes(100) == told.weight_bytes + 100 * told.cache_bytes_per_token
    assert told.cache_bytes_per_token == sum(
        layer.kv_bytes_per_token for layer in model_shape(manifest).layers
    )


def empty(folder):
    for path in folder.iterdir():
        path.unlink()


def without(name):
    def change(folder):
        (folder / name).unlink()

    return change


def pickled(folder):
    (folder / "model.safetensors").unlink()
    torch.save({"weight": torch.zeros(2)}, folder / "pytorch_model.bin")


def adapter(folder):
    empty(folder)
    (folder / "adapter_config.json").write_text("{}")
    save_file({"lora_A": torch.zeros(2)}, folder / "adapter_model.safetensors")


def packed(folder):
    config = json.loads((folder / "config.json").read_text())
    config["quantization_config"] = {"quant_method": "gptq", "bits": 4}
    (folder / "config.json").write_text(json.dumps(config))


def half_a_config(folder):
    path = folder / "config.json"
    path.write_text(path.read_text()[:100])


def half_the_weights(folder):
    path = folder / "model.safetensors"
    path.write_bytes(path.read_bytes()[:-1000])


def a_shard_missing(folder):
    index = {"weight_map": {"a": "model-00001-of-00002.safetensors"}}
    (folder / "model.safetensors.index.json").write_text(json.dumps(index))


def a_shard_elsewhere(folder):
    index = {"weight_map": {"a": "../../secret.safetensors"}}
    (folder / "model.safetensors.index.json").write_text(json.dumps(index))


def gguf_inside(folder):
    empty(folder)
    (folder / "model.gguf").write_bytes(b"GGUF")


def another_kind(folder):
    (folder / "config.json").write_text('{"model_type": "vit", "architectures": ["ViT"]}')


def more_layers(folder):
    config = json.loads((folder / "config.json").read_text())
    config["num_hidden_layers"] = 9
    (folder / "config.json").write_text(json.dumps(config))


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (empty, "no config.json"),
        (without("model.safetensors"), "no weights"),
        (without("tokenizer.json"), "no tokenizer"),
        (pickled, "pickle"),
        (adapter, "LoRA"),
        (packed, "gptq"),
        (half_a_config, "not valid JSON"),
        (half_the_weights, "cut short"),
        (a_shard_missing, "missing"),
        (a_shard_elsewhere, "outside"),
        (gguf_inside, "GGUF"),
        (another_kind, "number of layers"),
        (more_layers, "lack 5 of 9 layers"),
    ],
)
def test_folders_that_are_no_model(store, folder, change, words):
    """Each must be refused when it is added, with what to do, and leave nothing behind."""
    change(folder)
    with pytest.raises(ModelError, match=words) as refused:
        add_source(store, str(folder), quiet)
    assert refused.value.hint
    assert store.models() == ()
    assert not store.root.exists() or not list(store.root.iterdir())


@pytest.mark.parametrize(
    "source", ["", "/no/such/folder", "C:\\no\\model", "no", "../x/..", "a/b/c", "~/none.gguf"]
)
def test_names_that_are_nothing(store, source):
    """A mistyped path must not be looked up in the network."""
    with pytest.raises(ModelError) as refused:
        add_source(store, source, quiet)
    assert refused.value.hint


def test_a_file_that_is_no_model(store, tmp_path):
    (tmp_path / "notes.txt").write_text("hello")
    with pytest.raises(ModelError, match="no model file"):
        add_source(store, str(tmp_path / "notes.txt"), quiet)
    (tmp_path / "broken.gguf").write_bytes(b"<html>Not found</html>")
    with pytest.raises(ModelError, match="GGUF"):
        add_source(store, str(tmp_path / "broken.gguf"), quiet)
    assert not store.root.exists()


def test_a_gguf_file_is_converted_once(store, tmp_path):
    """By the real child process; a second time takes no conversion."""
    model = tiny_model(tiny_config("llama", vocab_size=512))
    path = write_gguf(model, tmp_path / "tiny-llama-f32.gguf")
    steps = []
    manifest = add_source(store, str(path), lambda *step: steps.append(step))
    assert steps[-1][1] == steps[-1][2] > 0
    assert manifest.name == "tiny-llama-f32"
    assert PromptTokenizer(store.open(manifest.model_id).folder).encode("fox")
    assert {entry.name for entry in store.root.iterdir()} == {manifest.model_id}
    steps.clear()
    assert add_source(store, str(path), lambda *step: steps.append(step)) == manifest
    assert steps == []


def test_giving_up_a_conversion_leaves_nothing(store, tmp_path):
    """Cancelled half-way: the child ends, the half-written weights are gone."""

    class GaveUp(Exception):
        pass

    def tell(step, done, total):
        if step == "Reading the model file":
            raise GaveUp

    path = write_gguf(tiny_model(tiny_config("llama", vocab_size=512)), tmp_path / "tiny.gguf")
    with pytest.raises(GaveUp):
        add_source(store, str(path), tell)
    assert not list(store.root.iterdir())


def test_an_older_tokenizer_is_converted(store, folder):
    """Without a tokenizer.json, from vocab.json and merges.txt, into the store alone."""
    learned = json.loads((folder / "tokenizer.json").read_text())["model"]
    (folder / "tokenizer.json").unlink()
    (folder / "vocab.json").write_text(json.dumps(learned["vocab"]))
    merges = "\n".join(" ".join(merge) for merge in learned["merges"])
    (folder / "merges.txt").write_text(f"#version: 0.2\n{merges}\n")
    settings = {"tokenizer_class": "GPT2Tokenizer", "bos_token": "<bos>", "eos_token": "<eos>"}
    (folder / "tokenizer_config.json").write_text(json.dumps(settings))
    manifest = add_source(store, str(folder), quiet)
    opened = store.open(manifest.model_id)
    assert opened.folder == opened.home
    assert not (folder / "tokenizer.json").exists()
    text = "The quick brown fox"
    assert PromptTokenizer(opened.folder).encode_plain(text) == byte_level().encode(text).ids
    assert opened.tensor_file("model.embed_tokens.weight").parent == folder


def test_what_a_killed_process_left_is_cleared_away(store, tmp_path):
    """Gigabytes of a conversion that was interrupted by a power cut."""
    done = subprocess.run(
        [sys.executable, "-c", "import os; print(os.getpid())"], capture_output=True, check=True
    )
    abandoned = store.root / f".making-{int(done.stdout)}-abc"
    running = store.root / f".making-{os.getpid()}-abc"
    for place in (abandoned, running):
        place.mkdir(parents=True)
        (place / "model.safetensors").write_bytes(b"half")
    with workspace(store.root) as made:
        assert made.is_dir()
    assert not made.exists()
    assert not abandoned.exists()
    assert running.exists()


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="needs a folder nobody may write")
def test_a_store_that_cannot_be_written(tmp_path, folder):
    locked = tmp_path / "locked"
    locked.mkdir(mode=0o500)
    with pytest.raises(SetupError, match="could not be written"):
        add_source(ModelStore(locked / "store"), str(folder), quiet)
