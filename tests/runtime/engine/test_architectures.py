"""The table of architectures that can be split is true, and complete for this transformers."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from transformers import CONFIG_MAPPING, MODEL_FOR_CAUSAL_LM_MAPPING, AutoModelForCausalLM

from runtime.engine.split import Extent
from runtime.errors import HPipeError
from tests.runtime.engine.test_split import PROMPT, load, run
from tests.runtime.engine.tiny import (
    ARCHITECTURES,
    EXPERTS,
    LATENT,
    WINDOW,
    TinyStore,
    whole_logits,
)

LINEAR = {"layer_types": ["linear_attention", "full_attention"] * 2}
SHAPES: dict[str, dict[str, Any]] = {
    "axk1": LATENT,
    "axk2": LATENT,
    "deepseek_v2": {**LATENT, **EXPERTS, "first_k_dense_replace": 2, "head_dim": 8},
    "deepseek_v32": {**LATENT, **EXPERTS, "first_k_dense_replace": 2},
    "glm4_moe_lite": {**LATENT, **EXPERTS},
    "glm_moe_dsa": {**LATENT, **EXPERTS},
    "helium": {"head_dim": 8},
    "minicpm3": LATENT,
    "youtu": LATENT,
    "qwen3_next": LINEAR,
    "qwen3_5_text": LINEAR,
    "qwen3_5_moe_text": LINEAR,
    "olmo_hybrid": LINEAR,
    "gemma4_text": {
        "layer_types": ["sliding_attention"] * 3 + ["full_attention"],
        "sliding_window": WINDOW,
    },
}
TABLE = Path(__file__).with_name("ARCHITECTURES.md")


@pytest.fixture
def tiny() -> Iterator[TinyStore]:
    """A store for one model alone: some are large even when tiny."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        yield TinyStore(Path(folder))


def rows() -> dict[str, tuple[str, str]]:
    """What the table says of each model type: how its split fares, and by which attention."""
    cells = [
        [cell.strip() for cell in line.strip("|\n").split("|")]
        for line in TABLE.read_text().splitlines()
        if line.startswith("| ")
    ]
    return {name: (result, remark) for name, result, remark in cells[1:]}


def of_result(wanted: str) -> list[str]:
    return [name for name, (result, _) in rows().items() if result == wanted]


def splittable() -> set[str]:
    return {
        kind
        for kind in CONFIG_MAPPING
        if CONFIG_MAPPING[kind] in MODEL_FOR_CAUSAL_LM_MAPPING
        and getattr(CONFIG_MAPPING[kind], "base_model_pp_plan", None)
    }


def halves(tiny, manifest):
    return [load(tiny, manifest, Extent.of_range(*part, 4)) for part in ((0, 2), (2, 4))]


def test_the_table_knows_every_architecture():
    """Another version of transformers brings others; nobody would notice."""
    assert set(rows()) == splittable()
    assert set(ARCHITECTURES) <= set(of_result("equal"))


@pytest.mark.parametrize("kind", of_result("equal"))
def test_halves_equal_the_whole(tiny, kind):
    _, manifest = tiny.model(kind, **SHAPES.get(kind, {}))
    stages = halves(tiny, manifest)
    # What was written and read again is what a person has; some classes differ from what was built.
    whole = AutoModelForCausalLM.from_pretrained(
        tiny.folder(manifest), attn_implementation="eager", dtype="float32"
    )
    expected = whole_logits(whole.eval(), PROMPT)
    assert np.abs(expected).max() > 0.1
    for chunk in (6, 1):
        np.testing.assert_allclose(run(stages, PROMPT, chunk), expected, rtol=0, atol=1e-4)
    attention = "made for chunks" if rows()[kind][1] == "made for chunks" else "stock"
    assert all(stage.attention.startswith(attention) for stage in stages)


@pytest.mark.parametrize("kind", of_result("refused"))
def test_the_others_are_refused_in_a_sentence(tiny, kind):
    _, manifest = tiny.model(kind, **SHAPES.get(kind, {}))
    with pytest.raises(HPipeError):
        halves(tiny, manifest)
