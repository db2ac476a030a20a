"""What an engine must not accept, each with a sentence; and that it goes on working afterwards."""

import numpy as np
import pytest
import zmq
from zmq.utils.monitor import recv_monitor_message

from runtime.messages.envelope import Done
from runtime.messages.stage import (
    CancelSession,
    Chunk,
    ChunkFailed,
    CloseSession,
    LoadStage,
    OpenSession,
    Peer,
    Produced,
    TruncateSession,
    activation_codec,
)
from runtime.transport.bounds import bound_socket
from runtime.transport.curve import make_client, new_key_pair
from tests.runtime.engine.tiny import VOCABULARY, greedy, some_ids, whole_logits

PROMPT = some_ids(37)


@pytest.fixture
def two_stages(chain, tiny):
    _, manifest = tiny.model("llama")
    chain.load(manifest, [0, 2, 4])
    chain.open("document", 40)
    return chain


def still_works(chain, tiny):
    model, _ = tiny.model("llama")
    chain.open("afterwards", 40)
    found = chain.logits("afterwards", PROMPT, 16)
    np.testing.assert_allclose(found, whole_logits(model, PROMPT), rtol=0, atol=1e-4)


def failure(engine):
    body, _ = engine.event(ChunkFailed)
    return body


def test_more_tokens_than_the_session_has_room_for(two_stages, tiny):
    first = two_stages.used[0]
    two_stages.feed("document", 0, 0, some_ids(30))
    two_stages.feed("document", 1, 30, some_ids(11))
    assert "40 tokens" in failure(first).message
    still_works(two_stages, tiny)


def test_a_chunk_out_of_order(two_stages, tiny):
    two_stages.feed("document", 0, 0, some_ids(8))
    two_stages.feed("document", 1, 16, some_ids(8))
    assert "position 16" in failure(two_stages.used[0]).message
    still_works(two_stages, tiny)


@pytest.mark.parametrize("given", [b"", b"\0" * 31, b"\0" * 36])
def test_ids_of_a_wrong_size(two_stages, tiny, given):
    chunk = Chunk(session="document", sequence=0, position=0, tokens=8)
    two_stages.used[0].tell(chunk, [given])
    assert "bytes where [32]" in failure(two_stages.used[0]).message
    still_works(two_stages, tiny)


@pytest.mark.parametrize("wrong", [VOCABULARY, -1, 2**31 - 1])
def test_ids_of_another_tokenizer(two_stages, tiny, wrong):
    two_stages.feed("document", 0, 0, [5, wrong])
    assert f"vocabulary of {VOCABULARY}" in failure(two_stages.used[0]).message
    still_works(two_stages, tiny)


@pytest.mark.parametrize("tokens", [0, -3])
def test_a_chunk_without_tokens(two_stages, tiny, tokens):
    two_stages.used[0].tell(Chunk(session="document", sequence=0, position=0, tokens=tokens), [b""])
    assert "without tokens" in failure(two_stages.used[0]).message
    still_works(two_stages, tiny)


def test_a_session_that_is_not_open(two_stages, tiny):
    two_stages.feed("another", 0, 0, some_ids(8))
    assert "no such session" in failure(two_stages.used[0]).message
    for command in (
        TruncateSession(session="another", tokens=1),
        CancelSession(session="another"),
    ):
        assert two_stages.used[0].refuse(command).kind == "EngineError"
    assert isinstance(two_stages.used[0].ask(CloseSession(session="another")), Done)
    still_works(two_stages, tiny)


def test_ids_at_a_later_stage_and_nothing_at_all_loaded(two_stages, tiny, four_engines):
    chunk = Chunk(session="document", sequence=0, position=0, tokens=4)
    ids = np.zeros(4, dtype=np.int32).tobytes()
    two_stages.used[1].tell(chunk, [ids])
    assert "does not take it" in failure(two_stages.used[1]).message
    still_works(two_stages, tiny)


class Neighbour:
    """Something that sends hidden states to an engine."""

    def __init__(self, engine, keys):
        self.context = zmq.Context()
        self.socket = self.context.socket(zmq.PUSH)
        bound_socket(self.socket)
        make_client(self.socket, keys, engine.peer.public_key)
        self.monitor = self.socket.get_monitor_socket(
            zmq.EVENT_HANDSHAKE_SUCCEEDED | zmq.EVENT_HANDSHAKE_FAILED_AUTH
        )
        self.socket.connect(f"tcp://{engine.peer.address}")
        assert self.monitor.poll(10_000)
        self.admitted = recv_monitor_message(self.monitor)["event"] == (
            zmq.EVENT_HANDSHAKE_SUCCEEDED
        )

    def send(self, frames):
        self.socket.send_multipart(frames)

    def close(self):
        self.socket.disable_monitor()
        self.monitor.close()
        self.socket.close()
        self.context.term()


def second_stage(engine, manifest, keys, **changes):
    fields = {
        "model_id": manifest.model_id,
        "config": manifest.config,
        "layer_count": 4,
        "first_layer": 2,
        "last_layer": 4,
        "stage": 1,
        "weight_bits": 32,
        "activation_format": "float32",
        "admitted_keys": (keys.public_key,),
    }
    return LoadStage(**{**fields, **changes})


def test_hidden_states_of_a_wrong_size(chain, tiny):
    """A neighbour that is broken, or of another version, makes no stage read past a frame."""
    _, manifest = tiny.model("llama")
    engine, keys = chain.engines[0], new_key_pair()
    engine.obey(second_stage(engine, manifest, keys))
    neighbour = Neighbour(engine, keys)
    try:
        assert neighbour.admitted
        width = manifest.hidden_size
        for number, (form, frames) in enumerate(
            {
                "float32": [bytes(4 * width * 4 - 4)],
                "bfloat16": [bytes(4 * width * 4)],
                "int8": [bytes(4 * width)],
                "float16": [],
            }.items()
        ):
            engine.obey(OpenSession(session="document", capacity_tokens=8))
            chunk = Chunk(
                session="document", sequence=number, position=0, tokens=4, activation_format=form
            )
            neighbour.send([activation_codec.encode(0, chunk), *frames])
            assert "were announced" in failure(engine).message
        neighbour.send([b"no message at all"])
        engine.obey(OpenSession(session="document", capacity_tokens=8))
        chunk = Chunk(
            session="document",
            sequence=9,
            position=0,
            tokens=4,
            output="sample",
            activation_format="float32",
        )
        neighbour.send([activation_codec.encode(0, chunk), bytes(4 * width * 4)])
        assert engine.event((Produced, ChunkFailed))[0].sequence == 9
    finally:
        neighbour.close()


def test_a_neighbour_that_is_not_admitted(chain, tiny):
    _, manifest = tiny.model("llama")
    engine = chain.engines[0]
    engine.obey(second_stage(engine, manifest, new_key_pair()))
    stranger = Neighbour(engine, new_key_pair())
    stranger.close()
    assert not stranger.admitted


def test_a_next_stage_that_does_not_admit_this_one(chain, tiny):
    """Told when the first chunk is to leave, not by silence."""
    _, manifest = tiny.model("llama")
    # A stage that was loaded for another neighbour: it knows no key of the first engine.
    stranger = chain.engines[3]
    stranger.obey(second_stage(stranger, manifest, new_key_pair()))
    chain.load(manifest, [0, 2, 4])
    first = chain.engines[0]
    peer = Peer(address=stranger.peer.address, public_key=stranger.peer.public_key)
    first.obey(
        LoadStage(
            model_id=manifest.model_id,
            config=manifest.config,
            layer_count=4,
            first_layer=0,
            last_layer=2,
            stage=0,
            weight_bits=32,
            activation_format="float32",
            next_stage=peer,
        )
    )
    first.obey(OpenSession(session="document", capacity_tokens=40))
    chain.feed("document", 0, 0, some_ids(8))
    assert failure(first).kind == "Refused"
    chain.load(manifest, [0, 2, 4])
    still_works(chain, tiny)


def test_opening_a_session_again_starts_it_anew(two_stages, tiny):
    model, _ = tiny.model("llama")
    two_stages.logits("document", some_ids(20, seed=4), 8)
    two_stages.open("document", 40)
    found = two_stages.logits("document", PROMPT, 8)
    np.testing.assert_allclose(found, whole_logits(model, PROMPT), rtol=0, atol=1e-4)


def test_a_cancelled_run_says_nothing_more_and_the_next_one_is_right(two_stages, tiny):
    """Chunks of before the cancel are dropped wherever they are, in queues or on the way."""
    model, _ = tiny.model("llama")
    for sequence in range(16):
        two_stages.feed("document", sequence, 2 * sequence, PROMPT[2 * sequence :][:2])
    for engine in two_stages.used:
        engine.obey(CancelSession(session="document"))
    two_stages.truncate("document", 0)
    two_stages.feed("document", 16, 0, PROMPT, output="sample", generation=1)
    produced, _ = two_stages.produced()
    assert produced.sequence == 16
    assert produced.generation == 1
    assert list(produced.token_ids) == greedy(model, PROMPT, 1)


def test_memory_is_refused_with_numbers(chain, tiny):
    """Before anything is allocated: a limit for layers, and for a session's cache."""
    _, manifest = tiny.model("llama")
    engine = chain.engines[0]
    floor = engine.ready.floor_memory_bytes
    refused = engine.refuse(
        second_stage(engine, manifest, new_key_pair(), memory_limit_bytes=floor + 1_000)
    )
    assert refused.kind == "DoesNotFit"
    assert "MB" in refused.message
    limit = floor + 4 * 1024**2
    engine.obey(second_stage(engine, manifest, new_key_pair(), memory_limit_bytes=limit))
    refused = engine.refuse(OpenSession(session="document", capacity_tokens=100_000))
    assert refused.kind == "DoesNotFit"
    assert "100,000 tokens needs" in refused.message
    assert isinstance(engine.ask(OpenSession(session="document", capacity_tokens=1_000)), Done)


def test_what_cannot_be_loaded(chain, tiny):
    _, manifest = tiny.model("llama")
    engine, keys = chain.engines[0], new_key_pair()
    wrong = {
        "layers of another model": second_stage(engine, manifest, keys, layer_count=5),
        "no layers": second_stage(engine, manifest, keys, first_layer=2, last_layer=2),
        "too many layers": second_stage(engine, manifest, keys, last_layer=9, layer_count=4),
        "no such model": second_stage(engine, manifest, keys, model_id="0" * 64),
        "no id": second_stage(engine, manifest, keys, model_id="../../secret"),
        "unknown type": second_stage(engine, manifest, keys, config={"model_type": "nonsense"}),
        "other shapes": second_stage(
            engine, manifest, keys, config={**manifest.config, "hidden_size": 64}
        ),
    }
    kinds = {what: engine.refuse(command).kind for what, command in wrong.items()}
    assert kinds == dict.fromkeys(wrong, "ModelError")
    assert engine.refuse(OpenSession(session="document", capacity_tokens=8)).kind == "EngineError"
