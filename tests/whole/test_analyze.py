"""`main.py analyze` from its arguments to its answer, over real workers and engines."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.whole.programs import Run
from tests.whole.tiny import LAYERS

KEYS = {
    "answer",
    "token_ids",
    "anchors",
    "prompt_tokens",
    "ttft_seconds",
    "decode_tokens_per_second",
    "model",
    "stages",
}


@pytest.mark.parametrize("workers", [1, 2, 3])
def test_an_answer_as_json_with_the_proof_of_the_split(
    run: Run, document: Path, model: Path, workers: int
) -> None:
    done = run(
        *("analyze", document, "--ask", "What is in the box?", "--model", model),
        *("--local", workers, "--threads", 1, "--output-tokens", 6, "--json"),
    )
    assert done.code == 0, done.err
    report = done.json
    assert set(report) == KEYS
    assert len(report["token_ids"]) == 6
    assert report["prompt_tokens"] > len(document.read_bytes())
    assert 0 < report["ttft_seconds"] < 60
    assert report["decode_tokens_per_second"] > 0
    assert isinstance(report["answer"], str)
    assert all(isinstance(anchor, str) for anchor in report["anchors"])
    stages = report["stages"]
    assert len(stages) == workers
    assert [layer for s in stages for layer in range(s["first_layer"], s["last_layer"])] == list(
        range(LAYERS)
    )
    assert len({stage["machine"] for stage in stages}) == len(stages)
    for stage in stages:
        # The last token written is read by no stage; guesses that were wrong come on top.
        assert stage["tokens_processed"] - report["prompt_tokens"] >= 5


def test_several_documents_are_one_line_each_and_answered_as_if_alone(
    run: Run, document: Path, model: Path, tmp_path: Path
) -> None:
    """Defect: sessions side by side get mixed up, or one document's failure ends the others."""
    others = [tmp_path / "other.txt", tmp_path / "third.txt"]
    others[0].write_text("The lid of the box is red. " * 20, encoding="utf-8")
    others[1].write_text("Nobody has ever opened it. " * 9, encoding="utf-8")
    files = (document, *others)
    options = (
        *("--ask", "What is in the box?", "--model", model),
        *("--local", 2, "--threads", 1, "--output-tokens", 6, "--json"),
    )
    together = run("analyze", *files, *options)
    assert together.code == 0, together.err
    lines = [json.loads(line) for line in together.out.splitlines()]
    assert [line.pop("file") for line in lines] == [str(file) for file in files]
    for file, line in zip(files, lines, strict=True):
        assert set(line) == KEYS
        alone = run("analyze", file, *options).json
        assert line["token_ids"] == alone["token_ids"]
        assert line["answer"] == alone["answer"]


def test_one_of_several_that_is_too_long_leaves_the_others(
    run: Run, document: Path, model: Path, tmp_path: Path
) -> None:
    long = tmp_path / "long.txt"
    long.write_text("Much too long. " * 20_000, encoding="utf-8")
    done = run(
        *("analyze", long, document, "--ask", "What?", "--model", model),
        *("--local", 1, "--threads", 1, "--output-tokens", 3, "--json"),
    )
    assert done.code == 1
    failed, answered = [json.loads(line) for line in done.out.splitlines()]
    assert failed["file"] == str(long) and "too long" in failed["error"] and failed["hint"]
    assert answered["file"] == str(document) and len(answered["token_ids"]) == 3


def test_the_answer_goes_to_the_output_and_everything_else_to_the_error_stream(
    run: Run, document: Path, model: Path
) -> None:
    done = run(
        *("analyze", document, "--ask", "What?", "--model", model),
        *("--local", 1, "--threads", 1, "--output-tokens", 6),
    )
    assert done.code == 0, done.err
    # The tiny model says nothing sensible, but on one line, with nothing before or after it.
    assert done.out == done.out.strip() + "\n"
    assert done.out.count("\n") == 1
    lines = done.err.splitlines()
    assert all(line.strip() for line in lines), lines
    assert any(line.startswith("Reading ") for line in lines)
    assert any("tokens read in" in line for line in lines)
    assert "\x1b" not in done.err + done.out
    # A sentence that is long stays one line for whoever reads it from a file.
    assert any("takes all" in line and "expected" in line for line in lines)
