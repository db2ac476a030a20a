"""The store's entries: used in place, noticed when changed, never a path from an id."""

import hashlib
import shutil

import msgspec
import pytest
import torch
from safetensors.torch import load_file, save_file

from runtime.errors import ModelError
from runtime.models.manifest import EMBEDDING_PART, HEAD_PART, layer_part
from runtime.models.store import ModelStore
from runtime.models.stored_model import stamp_of
from tests.runtime.engine.tiny import tiny_config, tiny_model


@pytest.fixture
def folder(tmp_path):
    """A model of four layers in several shards."""
    place = tmp_path / "llama"
    tiny_model(tiny_config("llama")).save_pretrained(place, max_shard_size="40KB")
    assert len(list(place.glob("*.safetensors"))) > 2
    return place


@pytest.fixture
def store(tmp_path):
    return ModelStore(tmp_path / "store")


def whole(store, model_id, part, step=1000):
    pieces, place = [], 0
    while piece := store.read_slice(model_id, part, place, step):
        pieces.append(piece)
        place += len(piece)
    return b"".join(pieces)


def test_a_folder_is_used_in_place(store, folder):
    """Copying 16 GB of weights into a cache fills a disk for nothing."""
    manifest = store.register_folder(folder)
    kept = sum(path.stat().st_size for path in store.root.rglob("*") if path.is_file())
    assert kept < 40_000
    assert store.models() == (manifest,)
    assert ModelStore(store.root).models() == (manifest,)
    assert store.origin(manifest.model_id) == str(folder)
    assert store.open(manifest.model_id).folder == folder


def test_slices_are_the_tensors_end_to_end(store, folder):
    """One byte off, and another machine computes with other weights."""
    manifest = store.register_folder(folder)
    tensors = {}
    for shard in folder.glob("*.safetensors"):
        tensors |= load_file(shard)
    for part in manifest.parts:
        data = whole(store, manifest.model_id, part)
        expected = b"".join(
            tensors[entry.name].contiguous().view(torch.uint8).numpy().tobytes()
            for entry in manifest.parts[part]
        )
        assert data == expected
        digest = store.part_digest(manifest.model_id, part)
        assert digest == hashlib.sha256(expected).hexdigest()
        assert ModelStore(store.root).part_digest(manifest.model_id, part) == digest


def test_slices_outside_a_part_are_refused(store, folder):
    manifest = store.register_folder(folder)
    total = manifest.part_bytes(HEAD_PART)
    assert store.read_slice(manifest.model_id, HEAD_PART, total, 10) == b""
    for offset, length in ((-1, 10), (0, -1), (total + 1, 1)):
        with pytest.raises(ModelError):
            store.read_slice(manifest.model_id, HEAD_PART, offset, length)
    with pytest.raises(ModelError):
        store.read_slice(manifest.model_id, "../config", 0, 10)
    with pytest.raises(ModelError):
        store.read_slice(manifest.model_id, layer_part(4), 0, 10)


def test_two_machines_agree_on_the_id(store, folder, tmp_path):
    """Else every machine would fetch what it has already, only because its shards differ."""
    first = store.register_folder(folder)
    tensors = {}
    for shard in folder.glob("*.safetensors"):
        tensors |= load_file(shard)
    again = tmp_path / "again"
    again.mkdir()
    shutil.copyfile(folder / "config.json", again / "config.json")
    save_file(tensors, again / "model.safetensors")
    other = ModelStore(tmp_path / "other").register_folder(again)
    assert other.model_id == first.model_id
    assert other.parts == first.parts
    name = next(name for name in tensors if "q_proj" in name)
    tensors[name] = tensors[name] + 1
    save_file(tensors, again / "model.safetensors")
    assert ModelStore(tmp_path / "third").register_folder(again).model_id != first.model_id


def test_a_changed_file_is_noticed(store, folder):
    """A model that was overwritten in place must not be mixed with what others have of it."""
    manifest = store.register_folder(folder)
    shard = next(folder.glob("*.safetensors"))
    data = shard.read_bytes()
    shard.write_bytes(data[:-4] + b"\0\0\0\0")
    for opened in (store, ModelStore(store.root)):
        assert opened.models() == ()
        with pytest.raises(ModelError, match="changed"):
            opened.open(manifest.model_id)
    shard.unlink()
    with pytest.raises(ModelError, match="changed"):
        store.open(manifest.model_id)


def test_an_adopted_folder_is_found_again(store, folder):
    """Converting a file for a second time takes minutes and a second copy."""
    store.root.mkdir()
    made = store.root / "made"
    shutil.copytree(folder, made)
    stamp = stamp_of(folder / "config.json")
    manifest = store.adopt_folder(made, name="Tiny", origin="/a/model.gguf", made_from=stamp)
    assert not made.exists()
    assert store.find("/a/model.gguf", stamp) == manifest
    assert store.find("/a/model.gguf") is None
    assert store.find("demo") is None
    changed = msgspec.structs.replace(stamp, size=stamp.size + 1)
    assert store.find("/a/model.gguf", changed) is None
    # Damaged since: what is brought in anew takes its place.
    weights = next((store.open(manifest.model_id).source_folder).glob("*.safetensors"))
    weights.write_bytes(b"")
    assert store.find("/a/model.gguf", stamp) is None
    shutil.copytree(folder, made)
    store.adopt_folder(made, name="Tiny", origin="/a/model.gguf", made_from=stamp)
    assert store.find("/a/model.gguf", stamp) == manifest
    assert store.open(manifest.model_id).has_part(EMBEDDING_PART)


def test_a_model_that_is_read_is_not_pulled_away_by_a_second_adding(store, folder):
    """Two programs convert the same file at once; the first is loading when the second is done."""
    store.root.mkdir()
    made, again = store.root / "made", store.root / "again"
    shutil.copytree(folder, made)
    shutil.copytree(folder, again)
    manifest = store.adopt_folder(made, name="Tiny", origin="demo")
    opened = store.open(manifest.model_id)
    before = {path: path.stat() for path in opened.source_folder.iterdir()}
    assert ModelStore(store.root).adopt_folder(again, name="Tiny", origin="demo") == manifest
    assert not again.exists()
    for path, status in before.items():
        assert path.stat().st_ino == status.st_ino
    assert opened.is_unchanged()
    assert store.find("demo") == manifest


def test_removal_leaves_a_persons_own_files(store, folder):
    manifest = store.register_folder(folder)
    store.remove(manifest.model_id)
    assert store.models() == ()
    assert list(folder.glob("*.safetensors"))
    with pytest.raises(ModelError, match="not on this machine"):
        store.open(manifest.model_id)


@pytest.mark.parametrize(
    "model_id", ["", "..", "../../etc", "A" * 64, "0" * 63, "0" * 64 + "\n", "0" * 63 + "\u0663"]
)
def test_an_id_is_never_a_path(store, model_id):
    """Ids come over the network."""
    with pytest.raises(ModelError):
        store.open(model_id)
    with pytest.raises(ModelError):
        store.remove(model_id)


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'{"model_id": 3}'])
def test_a_broken_entry_is_passed_over(store, folder, content):
    """One broken file must not hide all other models."""
    manifest = store.register_folder(folder)
    (store.root / ("0" * 64)).mkdir()
    (store.root / ("0" * 64) / "manifest.json").write_bytes(content)
    assert ModelStore(store.root).models() == (manifest,)
    with pytest.raises(ModelError):
        ModelStore(store.root).open("0" * 64)
