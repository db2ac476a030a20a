"""`main.py plan` for a described cluster: what it prints, and how it fails."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from main import main

CLUSTERS = Path(__file__).parents[2] / "benchmarks" / "clusters"
PAPER = [
    "--cluster",
    str(CLUSTERS / "paper.json"),
    "--model-shape",
    str(CLUSTERS / "llama_7b.json"),
]


@pytest.fixture(autouse=True)
def own_state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HPIPE_STATE", str(tmp_path))


def described(tmp_path: Path, machines: list[dict[str, object]], **model: object) -> list[str]:
    cluster, shape = tmp_path / "cluster.json", tmp_path / "model.json"
    cluster.write_text(json.dumps({"machines": machines}))
    shape.write_text(json.dumps({"layers": 12, "hidden_size": 1024, **model}))
    return ["plan", "--cluster", str(cluster), "--model-shape", str(shape)]


def test_the_json_has_what_programs_read(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["plan", *PAPER, "--tokens", "1024", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["stages"][0]["first_layer"] == 0
    assert found["stages"][-1]["last_layer"] == 32
    assert sum(found["chunk_lengths"]) == 1024
    assert 0 < found["lower_bound_seconds"] < found["predicted_ttft_seconds"]
    assert found["planning_seconds"] > 0
    assert set(found["rules"]) == {
        "equal_layers", "by_memory", "water_filling", "published", "best_uniform_chunk",
    }  # fmt: skip
    assert min(found["rules"].values()) >= found["predicted_ttft_seconds"] * (1 - 1e-9)


def test_the_table_is_for_people(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["plan", *PAPER, "--tokens", "1024", "--quick"]) == 0
    text = " ".join(capsys.readouterr().out.split())
    assert "First word after" in text
    assert "HPipe as published" in text
    assert "RTX 3090" in text


def test_what_a_card_would_add(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = described(tmp_path, [{"name": "Old", "device": "GTX 1080 Ti"}])
    assert main([*arguments, "--tokens", "8192", "--add", "4090", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["added"] == ["RTX 4090"]
    without = found["without_added"]["predicted_ttft_seconds"]
    assert found["predicted_ttft_seconds"] < 0.3 * without


def test_fewer_bits_fit_where_whole_weights_do_not_and_are_read_sooner(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = described(tmp_path, [{"name": "Old", "device": "GTX 1080 Ti"}], layers=400)
    arguments += ["--tokens", "256"]
    assert main([*arguments, "--json"]) == 1
    assert "With 8-bit weights it would fit." in json.loads(capsys.readouterr().out)["suggestions"]
    tokens = []
    for bits in ("8", "4"):
        assert main([*arguments, "--output-tokens", "9", "--weight-bits", bits, "--json"]) == 0
        found = json.loads(capsys.readouterr().out)
        assert found["weight_bits"] == int(bits)
        tokens.append(found["predicted_tpot_seconds"])
    assert tokens[1] < 0.9 * tokens[0]


def test_nothing_fits(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    machines: list[dict[str, object]] = [{"name": "Tiny", "prefill_tflops": 1, "memory_gb": 0.2}]
    arguments = described(tmp_path, machines)
    assert main([*arguments, "--json"]) == 1
    found = json.loads(capsys.readouterr().out)
    assert found["infeasible"] is True
    assert found["shortfalls"][0]["machine"] == "Tiny"
    assert found["suggestions"]
    assert main(arguments) == 1
    assert "Tiny lacks" in " ".join(capsys.readouterr().out.split())


def test_bad_files_and_names_are_sentences(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["plan", "--cluster", str(tmp_path / "none.json"), *PAPER[2:]]) == 1
    assert main(["plan", *PAPER[:2]]) == 1
    broken = tmp_path / "broken.json"
    broken.write_text("{")
    assert main(["plan", "--cluster", str(broken), *PAPER[2:]]) == 1
    assert main(["plan", *PAPER, "--add", "RTX 9999"]) == 1
    words = " ".join(capsys.readouterr().err.split())
    for expected in ("no file", "--model-shape", "not understood", "RTX 9999"):
        assert expected in words


def test_lengths_must_be_numbers() -> None:
    for arguments in (["--tokens", "0"], ["--output-tokens", "-1"], ["--goal", "best"]):
        with pytest.raises(SystemExit):
            main(["plan", *PAPER, *arguments])
