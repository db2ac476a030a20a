"""Parts that arrive from another machine: resumed, checked, in place only when whole."""

import os
import subprocess
import sys

import msgspec
import pytest

from runtime.errors import ModelError, SetupError
from runtime.models import disk
from runtime.models.manifest import EMBEDDING_PART, HEAD_PART, TensorEntry, layer_part
from runtime.models.receiving import PartWriter
from runtime.models.safetensors_file import read_spans
from runtime.models.store import ModelStore

PART = layer_part(2)


@pytest.fixture
def sender(tiny):
    _, manifest = tiny.model("gemma3_text")
    return tiny.store, manifest


@pytest.fixture
def store(tmp_path):
    return ModelStore(tmp_path / "received")


def send(sender, store, part=PART, start=0, end=None):
    source, manifest = sender
    data = source.read_slice(manifest.model_id, part, 0, 1 << 30)
    with PartWriter(store, manifest, part) as writer:
        assert writer.offset == start
        writer.write(data[start:end])
        if end is None:
            writer.finish(source.part_digest(manifest.model_id, part))
    return data


def test_every_part_makes_a_whole_model(sender, store):
    """What was received must be what is sent on, and be found by the engine under its names."""
    _, manifest = sender
    for part in manifest.parts:
        assert store.models() == ()
        data = send(sender, store, part)
        assert store.read_slice(manifest.model_id, part, 0, 1 << 30) == data
    assert store.models() == (manifest,)
    assert set(store.installed_parts()[manifest.model_id]) == set(manifest.parts)
    opened = ModelStore(store.root).open(manifest.model_id)
    for tensors in manifest.parts.values():
        for tensor in tensors:
            span = read_spans(opened.tensor_file(tensor.name))[tensor.name]
            assert (span.dtype, span.shape) == (tensor.dtype, tensor.shape)
    assert (opened.folder / "config.json").is_file()
    assert store.origin(manifest.model_id) == "another machine"


def test_it_goes_on_where_it_stopped(sender, store):
    """A cable pulled at 99 percent must not mean a hundred percent again."""
    send(sender, store, end=1000)
    assert PART not in store.installed_parts()[sender[1].model_id]
    data = send(sender, store, start=1000)
    assert store.read_slice(sender[1].model_id, PART, 0, 1 << 30) == data
    assert not list(store.root.rglob("*.partial"))


def as_process(monkeypatch, number):
    monkeypatch.setattr("runtime.models.receiving.os.getpid", lambda: number)


def test_two_processes_that_share_a_store_do_not_write_over_each_other(sender, store, monkeypatch):
    """Two workers of one machine fetch the same part at the same time: both must come through."""
    source, manifest = sender
    data = source.read_slice(manifest.model_id, PART, 0, 1 << 30)
    digest = source.part_digest(manifest.model_id, PART)
    with PartWriter(store, manifest, PART) as one:
        one.write(data[:1000])
        as_process(monkeypatch, os.getppid())
        with PartWriter(ModelStore(store.root), manifest, PART) as other:
            assert other.offset == 0
            other.write(data[:500])
            one.write(data[1000:])
            one.finish(digest)
            other.write(data[500:])
            other.finish(digest)
    assert store.read_slice(manifest.model_id, PART, 0, 1 << 30) == data
    assert not list(store.root.rglob("*.partial"))


def test_it_goes_on_with_what_a_process_that_is_gone_has_left(sender, store, monkeypatch):
    """A worker that was restarted must not begin again at zero."""
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    as_process(monkeypatch, ended.pid)
    send(sender, store, end=1000)
    monkeypatch.undo()
    send(sender, store, start=1000)
    assert not list(store.root.rglob("*.partial"))


def test_damage_is_noticed_and_thrown_away(sender, store):
    source, manifest = sender
    data = bytearray(source.read_slice(manifest.model_id, PART, 0, 1 << 30))
    data[7] ^= 1
    with PartWriter(store, manifest, PART) as writer:
        writer.write(bytes(data))
        with pytest.raises(ModelError, match="damaged"):
            writer.finish(source.part_digest(manifest.model_id, PART))
    assert store.installed_parts()[manifest.model_id] == ()
    send(sender, store)


def test_too_little_and_too_much_are_refused(sender, store):
    _, manifest = sender
    total = manifest.part_bytes(PART)
    with PartWriter(store, manifest, PART) as writer:
        writer.write(b"\0" * (total - 1))
        with pytest.raises(ModelError, match="not complete"):
            writer.finish("0" * 64)
        with pytest.raises(ModelError, match="More bytes"):
            writer.write(b"\0\0")
        assert writer.offset == total - 1


@pytest.mark.parametrize("left", [b"", b"rubbish", b"\xff" * 100_000])
def test_what_an_earlier_try_left_is_not_trusted(sender, store, left):
    """A file cut off in its header, or of another model, would shift all weights."""
    _, manifest = sender
    with PartWriter(store, manifest, PART):
        pass
    (partial,) = store.root.rglob("*.partial")
    partial.write_bytes(left)
    send(sender, store)


def test_a_full_disk_is_said_with_numbers(sender, store, monkeypatch):
    monkeypatch.setattr(disk, "free_bytes", lambda _folder: 5 * 1024**2)
    with pytest.raises(SetupError, match="5 MB are free"):
        PartWriter(store, sender[1], PART)


def changed(manifest, part, *tensors):
    parts = {**manifest.parts, part: tensors}
    return msgspec.structs.replace(manifest, parts=parts, model_id="0" * 64)


@pytest.mark.parametrize(
    "tensor",
    [
        TensorEntry(name="a", dtype="F32", shape=(2, 2), nbytes=17),
        TensorEntry(name="a", dtype="F32", shape=(2, 2), nbytes=-16),
        TensorEntry(name="a", dtype="F32", shape=(-2, -2), nbytes=16),
        TensorEntry(name="a", dtype="../x", shape=(2, 2), nbytes=16),
        TensorEntry(name="a", dtype="F32", shape=(1 << 62, 1 << 62), nbytes=16),
        TensorEntry(name="a", dtype="F32", shape=(1 << 50,), nbytes=1 << 52),
    ],
)
def test_a_manifest_is_not_trusted(sender, store, tensor):
    """It comes over the network: it must not fill the disk or write past its part."""
    with pytest.raises((ModelError, SetupError)):
        PartWriter(store, changed(sender[1], PART, tensor), PART)


@pytest.mark.parametrize(
    "part", ["../../evil", "layer-1", "layer-00099", "", "layer-\u0660\u0660\u0660\u0660\u0661"]
)
def test_a_part_is_never_a_path(sender, store, part):
    with pytest.raises(ModelError):
        PartWriter(store, sender[1], part)
    hostile = changed(sender[1], part, *sender[1].parts[PART])
    with pytest.raises(ModelError):
        PartWriter(store, hostile, EMBEDDING_PART)
    assert not list(store.root.parent.rglob("*evil*"))


@pytest.mark.parametrize("missing", [EMBEDDING_PART, HEAD_PART, PART])
def test_a_manifest_has_all_parts_and_no_others(sender, store, missing):
    """A plan over a model with a hole would fail on some machine in the middle of a job."""
    manifest = sender[1]
    parts = {name: tensors for name, tensors in manifest.parts.items() if name != missing}
    hollow = msgspec.structs.replace(manifest, parts=parts, model_id="0" * 64)
    with pytest.raises(ModelError):
        store.register_manifest(hollow)


def test_the_same_id_with_other_contents_is_refused(sender, store):
    """Two machines that disagree on a model must not be mixed."""
    store.register_manifest(sender[1])
    other = msgspec.structs.replace(
        changed(sender[1], PART, *sender[1].parts[layer_part(1)]), model_id=sender[1].model_id
    )
    with pytest.raises(ModelError, match="differs"):
        PartWriter(store, other, PART)
