"""A token gets the same numbers, to the last bit, however its text is cut into chunks.

Else a model answers in other words when it is split in another way, since plans differ in their
chunks; and a guess that is checked would not be judged by what the model says without guesses.
"""

import pytest
import torch
from transformers import CONFIG_MAPPING

from runtime.engine import packed
from runtime.engine.few_rows import FEW_ROWS
from runtime.engine.random_weights import random_stage
from runtime.engine.sixteen_bits import has_sixteen_bits
from runtime.engine.split import Extent

CPU = torch.device("cpu")
TOKENS = 1_000
# Of the demo model, but for the number of layers and of words; then of a model whose heads come
# in groups of another size, each with keys of its own.
SHAPES = {
    "demo": {
        "num_attention_heads": 4,
        "num_key_value_heads": 1,
        "head_dim": 256,
        "query_pre_attn_scalar": 256,
        "sliding_window": 512,
    },
    "several": {
        "num_attention_heads": 10,
        "num_key_value_heads": 2,
        "head_dim": 96,
        "query_pre_attn_scalar": 96,
        "sliding_window": 200,
    },
    "ungrouped": {
        "num_attention_heads": 5,
        "num_key_value_heads": 5,
        "head_dim": 128,
        "query_pre_attn_scalar": 128,
        "sliding_window": 300,
    },
}


def stage_of(shape, dtype, weight_bits=16):
    config = CONFIG_MAPPING["gemma3_text"](
        **SHAPES[shape],
        vocab_size=512,
        hidden_size=640,
        intermediate_size=2048,
        num_hidden_layers=3,
        layer_types=["sliding_attention", "full_attention", "sliding_attention"],
        max_position_embeddings=4096,
    )
    extent = Extent.of_range(0, 3, 3)
    return random_stage(config, extent, CPU, dtype, weight_bits)


@pytest.fixture(
    scope="module",
    params=[
        ("demo", torch.bfloat16),
        ("several", torch.bfloat16),
        ("ungrouped", torch.bfloat16),
        ("demo", torch.float32),
        ("demo", "16 bits kept, 32 computed"),
    ],
    ids=lambda made: f"{made[0]}-{str(made[1]).removeprefix('torch.')}",
)
def stage(request):
    shape, dtype = request.param
    if isinstance(dtype, str):
        if not has_sixteen_bits():
            pytest.skip("this processor or build of torch has no such kernel")
        made = stage_of(shape, torch.float32)
        made.quantise(16)
        return made
    if not packed.can_pack(CPU, dtype):
        pytest.skip("layers of this format are not packed on this processor")
    return stage_of(shape, dtype, 32 if dtype == torch.float32 else 16)


def read(stage, lengths, tokens=TOKENS):
    """Hidden states of a text read in chunks of these lengths, the last of them repeated."""
    ids = torch.randint(0, 512, (TOKENS,), generator=torch.Generator().manual_seed(3))[:tokens]
    cache = stage.new_cache(TOKENS)
    rows, position, lengths = [], 0, list(lengths)
    while position < tokens:
        length = lengths.pop(0) if len(lengths) > 1 else lengths[0]
        part = ids[position : position + length]
        rows.append(stage.advance(part, position, cache))
        position += len(part)
    return torch.cat(rows)


def test_chunks_of_any_length(stage):
    """More rows than a few: in whole blocks, in parts of blocks, and in all at once."""
    whole = read(stage, [256])
    for lengths in ([512], [64], [192, 320, 128], [100, 9, 37, 250], [TOKENS]):
        found = read(stage, lengths)
        assert torch.equal(found, whole), f"chunks of {lengths}"


def test_few_rows_of_any_number(stage):
    """A token of an answer gets the same when it is checked together with guesses."""
    prompt, answer = 700, 48
    alone = read(stage, [prompt, 1], prompt + answer)
    for lengths in ([2], [3], [FEW_ROWS], [1, 5, 1, 1, 8, 2, 7, 4]):
        found = read(stage, [prompt, *lengths], prompt + answer)
        assert torch.equal(found, alone), f"rows {lengths}"


def test_guesses_that_were_wrong_leave_nothing_behind(stage):
    """What was taken back lies behind the newest token, in the part of its block that is hidden."""
    wanted = read(stage, [400, 1], 430)
    cache = stage.new_cache(TOKENS)
    ids = torch.randint(0, 512, (TOKENS,), generator=torch.Generator().manual_seed(3))
    stage.advance(ids[:400], 0, cache)
    found = []
    for position in range(400, 430):
        guesses = torch.tensor([ids[position], 7, 8, 9])
        found.append(stage.advance(guesses, position, cache)[:1])
        cache.truncate(position + 1)
    assert torch.equal(torch.cat(found), wanted[400:])
