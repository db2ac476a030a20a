"""Two coordinators that use one engine: who is told what, and whose answers stay right."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest
import zmq

from runtime.messages.envelope import Done, Failure
from runtime.messages.stage import (
    Chunk,
    ChunkFailed,
    CloseSession,
    LoadStage,
    MeasureDevice,
    OpenSession,
    RestStage,
    StageTaken,
    StageWanted,
    TruncateSession,
)
from runtime.models.manifest import ModelManifest
from tests.runtime.engine.processes import Chain, EngineProcess
from tests.runtime.engine.tiny import TinyStore, greedy, some_ids

PROMPT = some_ids(19)


@pytest.fixture
def engine(chain: Chain) -> EngineProcess:
    return chain.engines[0]


@pytest.fixture
def visitor(engine: EngineProcess) -> Iterator[EngineProcess]:
    """The same engine over a connection of another coordinator."""
    context: zmq.Context[zmq.Socket[bytes]] = zmq.Context()
    other = engine.seen_by_another(context)
    yield other
    other.leave()
    context.term()


def whole(manifest: ModelManifest, coordinator: str = "") -> LoadStage:
    return LoadStage(
        model_id=manifest.model_id,
        config=manifest.config,
        layer_count=4,
        first_layer=0,
        last_layer=4,
        stage=0,
        weight_bits=32,
        activation_format="float32",
        coordinator=coordinator,
    )


def test_a_job_under_way_is_not_disturbed(
    engine: EngineProcess, visitor: EngineProcess, tiny: TinyStore
) -> None:
    """Defect: another window's layers replace ours in the middle of an answer."""
    model, manifest = tiny.model("llama")
    engine.obey(whole(manifest, "Desk"))
    engine.obey(OpenSession(session="document", capacity_tokens=40))
    for command in (
        whole(tiny.model("qwen2")[1], "Laptop"),
        MeasureDevice(
            config=manifest.config, layer_indices={"full": 0}, chunk_lengths=(8,), prefix_lengths=()
        ),
    ):
        refused = visitor.refuse(command)
        assert refused.kind == "Refused"
        assert "works for Desk" in refused.message
    assert isinstance(engine.event(StageWanted)[0], StageWanted)
    chain = Chain([engine])
    chain.used, chain.form = [engine], "float32"
    assert chain.answer("document", PROMPT, [19], count=3) == greedy(model, PROMPT, 3)


def test_a_session_is_nobody_elses(
    engine: EngineProcess, visitor: EngineProcess, tiny: TinyStore
) -> None:
    """Defect: whoever knows or guesses a session's name reads from it, cuts it or ends it."""
    model, manifest = tiny.model("llama")
    engine.obey(whole(manifest))
    engine.obey(OpenSession(session="document", capacity_tokens=40))
    for command in (
        OpenSession(session="document", capacity_tokens=40),
        TruncateSession(session="document", tokens=0),
        CloseSession(session="document"),
    ):
        assert "Another computer" in visitor.refuse(command).message
    visitor.tell(Chunk(session="document", sequence=7, position=0, tokens=1, output="sample"))
    assert visitor.event(ChunkFailed)[0].sequence == 7
    chain = Chain([engine])
    chain.used, chain.form = [engine], "float32"
    assert chain.answer("document", PROMPT, [19], count=3) == greedy(model, PROMPT, 3)


def test_after_the_job_another_may_load_and_the_first_is_told(
    engine: EngineProcess, visitor: EngineProcess, tiny: TinyStore
) -> None:
    """Defect: a later question is answered with the weights another window loaded meanwhile."""
    _, manifest = tiny.model("llama")
    engine.obey(whole(manifest, "Desk"))
    engine.obey(OpenSession(session="document", capacity_tokens=40))
    engine.tell(RestStage())
    # Closing a document between two jobs begins none.
    assert isinstance(engine.ask(CloseSession(session="document")), Done)
    visitor.obey(whole(manifest, "Laptop"))
    assert engine.event(StageTaken)[0].by == "Laptop"
    assert (
        "Another computer"
        in engine.refuse(OpenSession(session="document", capacity_tokens=40)).message
    )


def test_a_coordinator_that_is_gone_is_not_waited_for(
    engine: EngineProcess, visitor: EngineProcess, tiny: TinyStore
) -> None:
    """Defect: a window that crashed in a job blocks the machine for everybody else."""
    _, manifest = tiny.model("llama")
    visitor.obey(whole(manifest, "Laptop"))
    assert "works for Laptop" in engine.refuse(whole(manifest, "Desk")).message
    visitor.leave()
    limit = time.monotonic() + 10
    while isinstance(engine.ask(whole(manifest, "Desk")), Failure):
        assert time.monotonic() < limit
