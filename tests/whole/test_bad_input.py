"""What a person can get wrong: a sentence with what to do, an exit code, nothing left running."""

from __future__ import annotations

import json
import os
import re
import socket
import struct
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from tests.whole.programs import Done, Home, Run
from tests.whole.tiny import CONTEXT_TOKENS


def assert_told(done: Done, what: str, to_do: str) -> None:
    """Two sentences on the error stream, nothing on the output, and a failure."""
    assert done.code == 1, f"{done.out}\n{done.err}"
    assert done.out == ""
    assert "Traceback" not in done.err
    assert re.search(what, done.err), done.err
    assert re.search(to_do, done.err), done.err


# Documents


def pdf(path: Path, *, password: str = "") -> Path:
    """A PDF whose page has no text, as a scanner makes them."""
    from pypdf import PdfWriter

    writer = PdfWriter()
    writer.add_blank_page(200, 200)
    if password:
        writer.encrypt(password, algorithm="RC4-128")
    writer.write(path)
    return path


def written(path: Path, data: bytes) -> Path:
    path.write_bytes(data)
    return path


def enormous(path: Path) -> Path:
    """Holes take no disk."""
    with path.open("wb") as file:
        file.truncate(700 * 1024**2)
    return path


DOCUMENTS: dict[str, tuple[Callable[[Path], Path], str, str]] = {
    "missing": (lambda folder: folder / "nothing.pdf", "There is no file", "Check the name"),
    "a folder": (lambda folder: folder, "is a folder", "Choose a PDF"),
    "empty": (lambda folder: written(folder / "a.pdf", b""), "is empty", "Choose a PDF"),
    "only spaces": (
        lambda folder: written(folder / "a.txt", b" \n \n"),
        "holds no text",
        "Choose a document with text",
    ),
    "encrypted": (
        lambda folder: pdf(folder / "a.pdf", password="secret"),
        "protected by a password",
        "export it to a new PDF",
    ),
    "scanned": (lambda folder: pdf(folder / "a.pdf"), "has no text", "OCR"),
    "corrupt": (
        lambda folder: written(folder / "a.pdf", b"%PDF-1.7\n" + bytes(range(256)) * 40),
        "is damaged",
        "export it again",
    ),
    "a picture": (
        lambda folder: written(folder / "a.png", b"\x89PNG\r\n\x1a\n" + bytes(500)),
        "is a picture",
        "OCR",
    ),
    "enormous": (lambda folder: enormous(folder / "a.txt"), "700 MB", "Split it"),
}


@pytest.mark.parametrize("case", DOCUMENTS)
def test_a_document_that_cannot_be_read(run: Run, model: Path, tmp_path: Path, case: str) -> None:
    make, what, to_do = DOCUMENTS[case]
    path = make(tmp_path)
    done = run("analyze", path, "--ask", "What?", "--model", model, "--local", 1)
    assert_told(done, what, to_do)


def test_a_document_that_is_too_long_is_said_with_the_numbers(
    run: Run, model: Path, tmp_path: Path
) -> None:
    long = written(tmp_path / "long.txt", b"Ten nails are in the box.\n" * 1500)
    done = run("analyze", long, "--ask", "What?", "--model", model, "--local", 1, "--json")
    assert_told(done, rf"39,0\d\d tokens.*{CONTEXT_TOKENS:,}", "split the document into 2 parts")


@pytest.mark.parametrize("command", ["plan", "bench"])
def test_more_tokens_than_the_model_reads(run: Run, model: Path, command: str) -> None:
    done = run(command, "--tokens", CONTEXT_TOKENS, "--model", model, "--local", 1)
    assert_told(done, f"reads {CONTEXT_TOKENS:,} tokens at most", "fewer with --tokens")
    assert "Measuring" not in done.err


def test_a_question_that_says_nothing(run: Run, document: Path, model: Path) -> None:
    done = run("analyze", document, "--ask", "  ", "--model", model, "--local", 1)
    assert_told(done, "question is empty", "--ask")


# Models


def without_config(folder: Path) -> Path:
    folder.mkdir()
    return folder


def pickled(folder: Path) -> Path:
    folder.mkdir()
    (folder / "config.json").write_text('{"model_type": "llama", "num_hidden_layers": 2}')
    (folder / "pytorch_model.bin").write_bytes(b"\x80\x02}q\x00.")
    return folder


MODELS: dict[str, tuple[Callable[[Path], object], str, str]] = {
    "no model": (lambda folder: without_config(folder / "m"), "no config.json", "Choose a folder"),
    "a pickle": (lambda folder: pickled(folder / "m"), "pickle", "safetensors"),
    "a damaged GGUF": (
        lambda folder: written(folder / "m.gguf", b"GGUF" + bytes(64)),
        "m.gguf|GGUF",
        "again|Choose",
    ),
    "another file": (
        lambda folder: written(folder / "m.zip", b"PK"),
        "no model file",
        "Choose a .gguf file",
    ),
    "nothing": (lambda folder: folder / "nowhere", "There is no folder or file", "Check the path"),
}


@pytest.mark.parametrize("case", MODELS)
def test_what_is_no_model(run: Run, document: Path, tmp_path: Path, case: str) -> None:
    make, what, to_do = MODELS[case]
    done = run("analyze", document, "--ask", "What?", "--model", make(tmp_path), "--local", 1)
    assert_told(done, what, to_do)


def test_a_hub_model_without_a_network(run: Run, document: Path, home: Home) -> None:
    away = Home(home.state, home.cache, {"HF_ENDPOINT": "http://127.0.0.1:9", "HF_HUB_OFFLINE": ""})
    done = run(
        *("analyze", document, "--ask", "What?", "--model", "someone/a-model", "--local", 1),
        home=away,
    )
    assert_told(done, "hub cannot be reached", "Connect to the internet")


def too_large(folder: Path, model: Path) -> Path:
    """A model of one and a half times this machine's memory, whose weights are a hole in a file."""
    layers, hidden = 256, 1024
    wanted = 3 * psutil.virtual_memory().total // 2
    intermediate = wanted // (layers * 2 * 3 * hidden) // 64 * 64
    folder.mkdir()
    config = json.loads((model / "config.json").read_text())
    config |= {
        "num_hidden_layers": layers,
        "hidden_size": hidden,
        "intermediate_size": intermediate,
        "head_dim": 64,
        "num_attention_heads": 16,
        "num_key_value_heads": 2,
    }
    (folder / "config.json").write_text(json.dumps(config))
    for name in ("tokenizer.json", "tokenizer_config.json"):
        (folder / name).write_bytes((model / name).read_bytes())
    shapes = {"model.embed_tokens": [config["vocab_size"], hidden], "model.norm": [hidden]}
    shapes["lm_head"] = [config["vocab_size"], hidden]
    for layer in range(layers):
        at = f"model.layers.{layer}"
        shapes |= {
            f"{at}.self_attn.q_proj": [1024, hidden],
            f"{at}.self_attn.k_proj": [128, hidden],
            f"{at}.self_attn.v_proj": [128, hidden],
            f"{at}.self_attn.o_proj": [hidden, 1024],
            f"{at}.mlp.gate_proj": [intermediate, hidden],
            f"{at}.mlp.up_proj": [intermediate, hidden],
            f"{at}.mlp.down_proj": [hidden, intermediate],
            f"{at}.input_layernorm": [hidden],
            f"{at}.post_attention_layernorm": [hidden],
        }
    header, end = {}, 0
    for name, shape in shapes.items():
        size = 2 * shape[0] * (shape[1] if len(shape) > 1 else 1)
        header[f"{name}.weight"] = {
            "dtype": "BF16",
            "shape": shape,
            "data_offsets": [end, end + size],
        }
        end += size
    head = json.dumps(header).encode()
    with (folder / "model.safetensors").open("wb") as file:
        file.write(struct.pack("<Q", len(head)) + head)
        file.truncate(8 + len(head) + end)
    return folder


@pytest.mark.skipif(sys.platform == "win32", reason="files have no holes there by default")
def test_a_model_no_memory_fits(run: Run, document: Path, model: Path, tmp_path: Path) -> None:
    large = too_large(tmp_path / "large", model)
    done = run("analyze", document, "--ask", "What?", "--model", large, "--local", 1)
    assert_told(done, "GB", "memory|machine")
    assert "fit" in done.err or "room" in done.err or "needs" in done.err


# The machine


def test_a_port_in_use(run: Run) -> None:
    with socket.create_server(("", 0)) as taken:
        port = taken.getsockname()[1]
        done = run("worker", "--port", port, "--no-announce")
    assert_told(done, f"Port {port} is in use", "choose another port")


@pytest.fixture
def full_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of its own with hardly anything free."""
    folder = tmp_path / "disk"
    folder.mkdir()
    if sys.platform != "linux" or os.geteuid() != 0:
        pytest.skip("only root on Linux can mount a disk for a test")
    mount = ["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", str(folder)]
    if subprocess.run(mount, capture_output=True, check=False).returncode != 0:
        pytest.skip("this machine does not let a test mount a disk")
    try:
        yield folder
    finally:
        subprocess.run(["umount", str(folder)], check=True)


@pytest.mark.parametrize("full", ["state", "cache"])
def test_a_full_disk(
    run: Run, home: Home, model: Path, document: Path, full_disk: Path, full: str
) -> None:
    with (full_disk / "filler").open("wb", buffering=0) as filler, pytest.raises(OSError):
        while filler.write(bytes(4096)) == 4096:
            pass
        raise OSError("a part of it was written: it is full")
    crowded = Home(full_disk / "state", home.cache)
    if full == "cache":
        crowded = Home(home.state, full_disk / "cache")
        done = run(
            *("analyze", document, "--ask", "What?", "--model", model, "--local", 1), home=crowded
        )
    else:
        done = run("worker", "--no-announce", home=crowded)
    assert_told(done, "No space left|full", "disk space")


# Options


@pytest.mark.parametrize(
    "arguments",
    [
        ("analyze", "a.txt", "--ask", "What?", "--bogus"),
        ("analyze", "a.txt"),
        ("analyze", "a.txt", "--ask", "What?", "--local", "0"),
        ("analyze", "a.txt", "--ask", "What?", "--temperature", "-1"),
        ("worker", "--port", "70000"),
        ("demo", "--workers", "many"),
        ("analyse", "a.txt"),
    ],
    ids=" ".join,
)
def test_an_option_nobody_knows(run: Run, arguments: tuple[str, ...]) -> None:
    done = run(*arguments)
    assert done.code == 2
    assert done.out == ""
    assert "Traceback" not in done.err
    assert "error:" in done.err or "Did you mean analyze?" in done.err
