"""What an engine does with its memory: numbers before it is full, speed only from what is left."""

import sys
from pathlib import Path

import numpy as np
import pytest

from runtime.engine import memory
from runtime.engine import quick_head as quick_head_module
from runtime.errors import DoesNotFit
from runtime.messages.stage import Chunk, OpenSession
from tests.runtime.engine.tiny import some_ids, whole_logits

PROMPT = some_ids(40)
MIB = 1024 * 1024


@pytest.fixture
def model(tiny):
    return tiny.model("llama", hidden_size=128, intermediate_size=256)


def logits(executor, ids, name="document"):
    executor.open_session(b"", OpenSession(session=name, capacity_tokens=len(ids)))
    session = executor.sessions.get(name)
    frame = memoryview(np.asarray(ids, dtype=np.int32).tobytes())
    chunk = Chunk(session=name, sequence=0, position=0, tokens=len(ids), output="logits")
    return executor.compute(session, chunk, [frame]).logits


def test_wide_weights_are_kept_while_there_is_room_and_given_up_for_a_session(tiny, model):
    """A plan counts on quantised weights alone: a session it foresaw must not be refused."""
    whole, manifest = model
    executor = tiny.executor(manifest, limit=8 * MIB, weight_bits=8)
    spare = executor.stage.spare_bytes
    assert spare > MIB / 3
    executor.open_session(b"", OpenSession(session="small", capacity_tokens=64))
    assert executor.stage.spare_bytes == spare
    per_token = executor.stage.kv_bytes(1)
    free = 8 * MIB - executor.stage.weight_bytes - executor.stage.kv_bytes(64)
    capacity = (free + spare // 2) // per_token
    executor.open_session(b"", OpenSession(session="large", capacity_tokens=capacity))
    assert executor.stage.spare_bytes == 0
    with pytest.raises(DoesNotFit, match="MB are taken"):
        executor.open_session(b"", OpenSession(session="more", capacity_tokens=capacity))
    executor.close_session("large")
    executor.close_session("small")
    # Chunks now unpack the quantised weights, and come out near the model all the same.
    found, wanted = logits(executor, PROMPT), whole_logits(whole, PROMPT)
    assert np.corrcoef(found.ravel(), wanted.ravel())[0, 1] > 0.98


def test_a_session_beside_others_takes_no_memory_kept_for_speed(tiny, model):
    """Defect: two documents at once are both slower than one after the other."""
    executor = tiny.executor(model[1], limit=8 * MIB, weight_bits=8)
    spare = executor.stage.spare_bytes
    free = 8 * MIB - executor.stage.weight_bytes
    capacity = (free + spare // 2) // executor.stage.kv_bytes(1)
    beside = OpenSession(session="beside", capacity_tokens=capacity, takes_spare=False)
    with pytest.raises(DoesNotFit):
        executor.open_session(b"", beside)
    assert executor.stage.spare_bytes == spare


def test_what_other_sessions_will_still_write_is_not_free(tiny, model, monkeypatch):
    """Defect: two sessions are let in that the machine has memory for only one of."""
    executor = tiny.executor(model[1])
    needed = executor.stage.kv_bytes(10_000)
    free = needed * 3 // 2 + executor.stage.kv_bytes(64)
    monkeypatch.setattr(memory, "free_bytes", lambda _device: free)
    first = OpenSession(session="first", capacity_tokens=10_000, takes_spare=False)
    second = OpenSession(session="second", capacity_tokens=10_000, takes_spare=False)
    executor.open_session(b"", first)
    with pytest.raises(DoesNotFit, match="are free"):
        executor.open_session(b"", second)
    # Once it is written it counts as what the system says is free no longer.
    executor.sessions.get("first").length = 9_990
    executor.open_session(b"", second)


def test_where_memory_is_short_weights_are_kept_in_few_bits_alone(tiny, model):
    _, manifest = model
    roomy, tight = tiny.executor(manifest), tiny.executor(manifest, limit=int(1.2 * MIB))
    assert tight.stage.spare_bytes == 0
    assert tight.stage.weight_bytes == roomy.stage.weight_bytes - roomy.stage.spare_bytes


def test_sixteen_bits_stay_exact(tiny, model):
    whole, manifest = model
    executor = tiny.executor(manifest, weight_bits=32)
    assert executor.stage.spare_bytes == 0
    np.testing.assert_allclose(logits(executor, PROMPT), whole_logits(whole, PROMPT), atol=1e-4)


def test_a_large_vocabulary_gets_a_quick_head_that_draws_the_same(tiny, model, monkeypatch):
    monkeypatch.setattr(quick_head_module, "_LEAST_TOKENS", 64)
    monkeypatch.setattr(quick_head_module, "_BLOCKS", 1)
    _, manifest = model
    quick = tiny.executor(manifest, weight_bits=16)
    assert quick.stage.spare_bytes > 0
    plain = tiny.executor(manifest, weight_bits=16)
    plain.stage.give_up_spare()
    drawn = []
    for executor in (quick, plain):
        executor.open_session(b"", OpenSession(session="document", capacity_tokens=80))
        session = executor.sessions.get("document")
        ids, text = PROMPT, []
        for sequence in range(12):
            chunk = Chunk(
                session="document",
                sequence=sequence,
                position=session.length,
                tokens=len(ids),
                output="sample",
            )
            frame = memoryview(np.asarray(ids, dtype=np.int32).tobytes())
            ids = list(executor.compute(session, chunk, [frame]).token_ids)
            text += ids
        drawn.append(text)
    assert drawn[0] == drawn[1]


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_no_file_of_the_model_stays_mapped(tiny, model):
    """As long as one does, all of it counts as memory beside the packed weights."""
    _, manifest = model
    executor = tiny.executor(manifest, weight_bits=32)
    assert executor.stage.weight_bytes > 0
    files = {str(tiny.store.open(manifest.model_id).tensor_file("model.norm.weight"))}
    mapped = {line.split()[-1] for line in Path("/proc/self/maps").read_text().splitlines()}
    assert not files & mapped


def test_memory_in_loose_pieces_is_given_back_while_a_text_is_read(tiny, model, monkeypatch):
    """Defect: a long text leaves freed pieces behind, until they take more than its cache."""
    executor = tiny.executor(model[1])
    given_back, held = [], memory.held_bytes(executor.device)
    monkeypatch.setattr(memory, "return_unused", given_back.append)
    monkeypatch.setattr(memory, "held_bytes", lambda _device: held)
    logits(executor, PROMPT)
    assert not given_back
    held += 200 * MIB
    logits(executor, PROMPT, "another")
    assert len(given_back) == 1
    logits(executor, PROMPT, "a third")
    assert len(given_back) == 1
