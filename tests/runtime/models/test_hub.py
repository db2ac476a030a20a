"""Models of the hub: only what is needed, resumed, checked, and every failure a sentence."""

import pytest
from huggingface_hub import close_session, constants

from runtime.errors import ModelError, NetworkError, SetupError
from runtime.models import disk
from runtime.models.catalogue import add_source, search_hub
from runtime.models.store import ModelStore
from tests.runtime.engine.tiny import tiny_config, tiny_model
from tests.runtime.models.fake_hub import FakeHub
from tests.runtime.models.tokenizers import byte_level, save

MODEL_ID = "maker/tiny-llama"


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    place = tmp_path_factory.mktemp("served")
    tiny_model(tiny_config("llama")).save_pretrained(place, max_shard_size="60KB")
    return save(byte_level(), place)


@pytest.fixture
def hub(folder, monkeypatch):
    made = FakeHub()
    made.add(MODEL_ID, folder)
    monkeypatch.setattr(constants, "ENDPOINT", made.endpoint)
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", False)
    monkeypatch.setattr("huggingface_hub.utils._http.time.sleep", lambda _seconds: None)
    yield made
    close_session()
    made.close()


@pytest.fixture
def store(tmp_path):
    return ModelStore(tmp_path / "store")


def quiet(*_):
    pass


def test_a_model_is_fetched_once(hub, store, folder):
    """Its weights, tokenizer and settings, and nothing that could run."""
    hub.models[MODEL_ID] |= {
        "pytorch_model.bin": b"pickle",
        "modeling_tiny.py": b"import os",
        "README.md": b"hello",
        "onnx/model.safetensors": b"other",
    }
    steps = []
    manifest = add_source(store, MODEL_ID, lambda *step: steps.append(step))
    assert store.models() == (manifest,)
    assert manifest.name == "tiny-llama"
    assert store.origin(manifest.model_id) == MODEL_ID
    names = {path.name for path in store.open(manifest.model_id).folder.iterdir()}
    assert names == {path.name for path in folder.iterdir()}
    assert manifest.model_id == ModelStore(store.root / "x").register_folder(folder).model_id
    name, done, total = [step for step in steps if step[2]][-1]
    assert done == total == sum(path.stat().st_size for path in folder.iterdir())
    assert MODEL_ID in name
    hub.close()
    assert add_source(store, MODEL_ID, quiet) == manifest


def test_a_broken_transfer_goes_on(hub, store):
    """A download of 16 GB that begins again after every fault never ends."""
    hub.break_after = 30_000
    with pytest.raises(NetworkError, match="cannot be reached"):
        add_source(store, MODEL_ID, quiet)
    assert store.models() == ()
    served = len(hub.files_served)
    hub.break_after = None
    manifest = add_source(store, MODEL_ID, quiet)
    assert store.models() == (manifest,)
    again = dict(hub.files_served[served:])
    assert 30_000 in again.values()
    assert "config.json" not in again


def test_giving_up_keeps_what_has_arrived(hub, store):
    class GaveUp(Exception):
        pass

    def tell(step, done, total):
        if done:
            raise GaveUp

    with pytest.raises(GaveUp):
        add_source(store, MODEL_ID, tell)
    assert store.models() == ()
    assert list((store.root / ".hub").rglob("*"))
    assert add_source(store, MODEL_ID, quiet)


def test_damage_is_noticed(hub, store):
    """Wrong weights would give wrong answers, not an error."""
    hub.damaged = {name for name in hub.models[MODEL_ID] if name.endswith(".safetensors")}
    with pytest.raises(ModelError, match="damaged"):
        add_source(store, MODEL_ID, quiet)
    hub.damaged = set()
    assert add_source(store, MODEL_ID, quiet)


def test_names_from_the_hub_are_not_paths(hub, store, tmp_path):
    """A hostile repository must not write outside its folder."""
    hub.models[MODEL_ID] |= {
        "../../evil.safetensors": b"x",
        "..\\evil.safetensors": b"x",
        "/tmp/evil.safetensors": b"x",
        "model-00001-of-00002.safetensors/../../evil": b"x",
    }
    add_source(store, MODEL_ID, quiet)
    assert not list(tmp_path.rglob("*evil*"))


@pytest.mark.parametrize(
    ("status", "error", "words"),
    [
        (404, ModelError, "no model"),
        (403, ModelError, "licence"),
        (500, NetworkError, "status 500"),
    ],
)
def test_refusals_are_sentences(hub, store, status, error, words):
    hub.status[MODEL_ID] = status
    with pytest.raises(error, match=words) as refused:
        add_source(store, MODEL_ID, quiet)
    assert refused.value.hint


def test_pickles_alone_are_refused(hub, store):
    hub.models[MODEL_ID] = {"config.json": b"{}", "pytorch_model.bin": b"pickle"}
    with pytest.raises(ModelError, match="safetensors"):
        add_source(store, MODEL_ID, quiet)


def test_a_full_disk_is_said_first(hub, store, monkeypatch):
    monkeypatch.setattr(disk, "free_bytes", lambda _folder: 1024**2)
    with pytest.raises(SetupError, match="1 MB are free"):
        add_source(store, MODEL_ID, quiet)
    assert not hub.files_served


def test_search(hub):
    hub.models["other/Qwen"] = {}
    hub.models["../evil"] = {}
    (found,) = search_hub("qwen")
    assert (found.name, found.source, found.is_installed) == ("other/Qwen", "other/Qwen", False)


def test_without_a_network(store, monkeypatch):
    """Nobody listens at the endpoint: a sentence, at once."""
    monkeypatch.setattr(constants, "ENDPOINT", "http://127.0.0.1:9")
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", False)
    monkeypatch.setattr("huggingface_hub.utils._http.time.sleep", lambda _seconds: None)
    for ask in (lambda: add_source(store, MODEL_ID, quiet), lambda: search_hub("qwen")):
        with pytest.raises(NetworkError, match="cannot be reached") as refused:
            ask()
        assert "model folder" in refused.value.hint
    close_session()


def test_switched_off(store, monkeypatch):
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    close_session()
    with pytest.raises(NetworkError, match="HF_HUB_OFFLINE"):
        add_source(store, MODEL_ID, quiet)
