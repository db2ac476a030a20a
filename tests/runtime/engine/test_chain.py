"""Stages over real processes and sockets compute what the unsplit model computes."""

import copy

import numpy as np
import pytest
import torch

from runtime.messages.stage import ChunkFailed, Sampling
from tests.runtime.engine.tiny import VOCABULARY, WINDOW, greedy, some_ids, whole_logits

PROMPT = some_ids(37)
REQUIRED = [
    "llama",
    "qwen3",
    "mistral",
    "gemma3_text",
    "phi3",
    "gpt_neox",
    "gpt_oss",
    "qwen3_moe",
]


@pytest.mark.parametrize("architecture", REQUIRED)
def test_split_logits_equal_whole_logits(chain, tiny, architecture):
    """Prompts are longer than the windows, and no chunk length divides them."""
    assert len(PROMPT) > 4 * WINDOW
    model, manifest = tiny.model(architecture)
    wanted = whole_logits(model, PROMPT)
    for bounds, chunk in (([0, 4], 16), ([0, 1, 4], 5), ([0, 1, 2, 3, 4], 9)):
        loaded = chain.load(manifest, bounds)
        assert {stage.attention for stage in loaded} == {"made for chunks"}
        chain.open("document", len(PROMPT))
        found = chain.logits("document", PROMPT, chunk)
        np.testing.assert_allclose(found, wanted, rtol=0, atol=1e-4)


@pytest.mark.parametrize("chunk", [1, 2, 7, 36, 37])
def test_every_chunk_length_gives_the_same(chain, tiny, chunk):
    """Chunks of one token, of a window, one short of the prompt, and the whole prompt."""
    model, manifest = tiny.model("gemma3_text")
    chain.load(manifest, [0, 2, 4])
    chain.open("document", len(PROMPT))
    found = chain.logits("document", PROMPT, chunk)
    np.testing.assert_allclose(found, whole_logits(model, PROMPT), rtol=0, atol=1e-4)


def test_weights_of_a_split_are_the_models(chain, tiny):
    """A stage that loads layers of others, or both ends twice, would show here."""
    model, manifest = tiny.model("llama")
    whole = chain.load(manifest, [0, 4])[0].weight_bytes
    parts = chain.load(manifest, [0, 1, 3, 4])
    held = sum(parameter.nbytes for parameter in model.parameters())
    # Norms are kept in another form, and every stage has the positions' tables.
    assert whole == pytest.approx(held, rel=0.02)
    assert sum(stage.weight_bytes for stage in parts) == pytest.approx(held, rel=0.02)
    assert chain.engines[0].progress[-1].bytes_done == chain.engines[0].progress[-1].bytes_total > 0


def test_greedy_answer_and_follow_up(chain, tiny):
    """Sampled token by token as a coordinator does, then cut back and asked again."""
    model, manifest = tiny.model("qwen3")
    chain.load(manifest, [0, 1, 4])
    chain.open("document", 64)
    first = chain.answer("document", PROMPT, [10, 27], count=6)
    assert first == greedy(model, PROMPT, 6)
    kept = 30
    chain.truncate("document", kept)
    question = PROMPT[:kept] + some_ids(9, seed=3)
    assert chain.answer("document", question, [4, 5], count=5, start=kept) == greedy(
        model, question, 5
    )


def test_greedy_rows_verify_a_guess_in_one_pass(chain, tiny):
    """Every row's likeliest token comes back, so that guesses are checked together."""
    model, manifest = tiny.model("llama")
    chain.load(manifest, [0, 2, 4])
    chain.open("document", 64)
    answer = greedy(model, PROMPT, 5)
    chain.feed("document", 0, 0, PROMPT)
    guess = [*answer[:3], (answer[3] + 1) % VOCABULARY, answer[4]]
    chain.feed("document", 1, len(PROMPT), guess, output="greedy_rows")
    produced, _ = chain.produced()
    assert list(produced.token_ids[:3]) == answer[1:4]
    # The fourth guess was wrong: take it and the fifth back, and go on with what is right.
    chain.feed("document", 2, len(PROMPT) + 3, [answer[3]], output="sample", rewinds=True)
    assert chain.produced()[0].token_ids == (answer[4],)
    # Without saying so, an earlier position is a chunk out of order.
    chain.feed("document", 3, len(PROMPT), [answer[0]], output="sample")
    assert "does not follow" in chain.used[0].event(ChunkFailed)[0].message


def test_two_sessions_do_not_mix(chain, tiny):
    model, manifest = tiny.model("mistral")
    chain.load(manifest, [0, 3, 4])
    texts = {"one": some_ids(20, seed=1), "two": some_ids(20, seed=2)}
    for session in texts:
        chain.open(session, 20)
    for sequence, start in enumerate((0, 8, 16)):
        for session, ids in texts.items():
            chain.feed(session, sequence, start, ids[start : start + 8], output="logits")
    rows = {session: [] for session in texts}
    for _ in range(6):
        body, payload = chain.produced()
        rows[body.session].append(
            np.frombuffer(payload[0], dtype=np.float32).reshape(body.tokens, -1)
        )
    for session, ids in texts.items():
        np.testing.assert_allclose(
            np.concatenate(rows[session]), whole_logits(model, ids), rtol=0, atol=1e-4
        )


def test_sampling_follows_its_seed(chain, tiny):
    _, manifest = tiny.model("llama")
    chain.load(manifest, [0, 2, 4])
    answers = []
    for seed in (5, 5, 6):
        chain.open("document", 64, sampling=Sampling(temperature=2.0, top_p=0.95, seed=seed))
        answers.append(chain.answer("document", PROMPT, [37], count=12))
    assert answers[0] == answers[1]
    assert answers[0] != answers[2]


def test_int8_activations_stay_close(chain, tiny):
    """Rounding to 8 bits may move a logit a little, never more than a few percent of the spread."""
    model, manifest = tiny.model("llama")
    chain.load(manifest, [0, 1, 2, 3, 4], activation_format="int8")
    chain.open("document", len(PROMPT))
    found = chain.logits("document", PROMPT, 16)
    wanted = whole_logits(model, PROMPT)
    error = np.abs(found - wanted)
    assert 0 < error.mean() < 0.02 * wanted.std()
    assert error.max() < 0.15 * wanted.std()


def test_bfloat16_is_as_good_as_the_stock_implementation(chain, tiny):
    model, manifest = tiny.model("gemma3_text")
    chain.load(manifest, [0, 2, 4], weight_bits=16, activation_format="bfloat16")
    chain.open("document", len(PROMPT))
    found = chain.logits("document", PROMPT, 10)
    wanted = whole_logits(model, PROMPT)
    stock = whole_logits(copy.deepcopy(model).to(torch.bfloat16), PROMPT)
    assert np.abs(found - wanted).mean() < 1.25 * np.abs(stock - wanted).mean()


@pytest.mark.parametrize("bits", [4, 8])
def test_few_bits_answer_the_same_however_the_model_is_split(chain, tiny, bits):
    """Weights are rounded matrix by matrix, so that a boundary changes nothing."""
    model, manifest = tiny.model("qwen3", hidden_size=64, intermediate_size=96)
    answers = []
    for bounds in ([0, 4], [0, 1, 4]):
        loaded = chain.load(manifest, bounds, weight_bits=bits, activation_format="bfloat16")
        chain.open("document", 64)
        answers.append(chain.answer("document", PROMPT, [20, 17], count=8))
        taken = sum(stage.weight_bytes for stage in loaded)
    assert answers[0] == answers[1]
    # Weights for chunks stay beside the others, where there is as much memory as here.
    assert taken > sum(p.nbytes for p in model.parameters()) * 0.4


def test_records_prove_the_split(chain, tiny):
    """Each stage tells which layers it ran over which tokens, and what it sent on."""
    _, manifest = tiny.model("llama")
    chain.load(manifest, [0, 1, 4])
    chain.open("recorded", len(PROMPT))
    chain.logits("recorded", PROMPT, 20)
    for index, layers in enumerate(((0, 1), (1, 4))):
        records = [chain.record(index, "recorded") for _ in range(2)]
        assert [(r.first_layer, r.last_layer) for r in records] == [layers] * 2
        assert [(r.position, r.tokens) for r in records] == [(0, 20), (20, 17)]
        assert all(record.compute_seconds > 0 for record in records)
        assert all(record.memory_bytes > 0 for record in records)
        sent = [record.bytes_sent for record in records]
        width = manifest.hidden_size * 4
        assert (
            sent == [0, 0]
            if index
            else all(size > tokens * width for size, tokens in zip(sent, (20, 17), strict=True))
        )


def test_an_answer_goes_on_while_another_document_is_read(chain, tiny):
    """Defect: each step waits, at every stage, behind all chunks of the other document."""
    model, manifest = tiny.model("llama")
    chain.load(manifest, [0, 2, 4])
    ids = some_ids(2_048, seed=3)
    chain.open("answered", 64)
    chain.open("read", 2_048)
    answer = greedy(model, PROMPT, 6)
    chain.feed("answered", 0, 0, PROMPT, output="sample")
    written = [chain.produced()[0].token_ids[0]]
    for sequence in range(16):
        last = "logits" if sequence == 15 else "none"
        part = ids[128 * sequence : 128 * (sequence + 1)]
        chain.feed("read", sequence, 128 * sequence, part, output=last)
    order = []
    for step in range(5):
        position = len(PROMPT) + step
        chain.feed("answered", 1 + step, position, written[-1:], output="sample", is_step=True)
        body, payload = chain.produced()
        order.append(body.session)
        if body.session == "answered":
            written += body.token_ids
    assert order == ["answered"] * 5
    assert written == answer
    body, payload = chain.produced()
    rows = np.frombuffer(payload[0], dtype=np.float32).reshape(body.tokens, -1)
    np.testing.assert_allclose(rows, whole_logits(model, ids)[-128:], rtol=0, atol=1e-4)
