"""A chunk recorded in pieces stops where it must (what it computes: test_gpu.py)."""

from contextlib import nullcontext

import pytest
import torch

from runtime.engine import chunk_graph
from runtime.engine.chunk_graph import ChunkGraphs
from runtime.engine.split import Extent
from tests.runtime.engine.test_split import load
from tests.runtime.engine.tiny import some_ids


class PlayedGraph:
    """Stands for a graph on a machine without a GPU: what it would compute is there already."""

    def replay(self) -> None:
        pass


class NotRecorder:
    """Takes the place of a recorder: pieces begin and end, and nothing is kept."""

    def __init__(self, pool) -> None:
        self.graphs = []

    def begin(self) -> None:
        self.graphs.append(PlayedGraph())

    def end(self) -> None:
        pass

    def abandon(self) -> None:
        self.graphs.clear()


class Kept:
    """Takes the place of memory that is lent: the tensor itself."""

    def __init__(self, tensor) -> None:
        self._tensor = tensor

    def tensor(self):
        return self._tensor


@pytest.fixture
def without_gpu(monkeypatch):
    monkeypatch.setattr(chunk_graph, "Borrowed", Kept)
    monkeypatch.setattr(torch.cuda, "graph_pool_handle", lambda: (0, 1))
    monkeypatch.setattr(chunk_graph, "Recorder", NotRecorder)
    monkeypatch.setattr(chunk_graph, "on_side_stream", lambda _: nullcontext())


@pytest.mark.parametrize("architecture", ["llama", "gemma3_text", "gpt_oss", "phi3", "qwen3_moe"])
@torch.inference_mode()
def test_every_layer_is_stopped_at_once_and_in_order(tiny, without_gpu, architecture):
    """A piece too many or too few would mix up layers."""
    _, manifest = tiny.model(architecture)
    stage = load(tiny, manifest, Extent.of_range(0, 4, 4))
    graph = chunk_graph.ChunkGraph(stage._carry, torch.tensor(some_ids(6)), stage.new_cache(6))
    assert [one.layer for one in graph._between] == [0, 1, 2, 3]
    assert len(graph._graphs) == 5
    # What attention is then handed reaches the session's cache, and its windows.
    cache = stage.new_cache(12)
    graph.run(torch.tensor(some_ids(6)), 0, cache)
    assert [layer.get_seq_length() for layer in cache.layers] == [6] * 4


@torch.inference_mode()
def test_a_chunk_that_comes_out_different_is_not_taken_from_its_recording(tiny, without_gpu):
    """Graphs that compute nothing, as here, must be noticed, and the chunk computed plainly."""
    _, manifest = tiny.model("llama")
    stage = load(tiny, manifest, Extent.of_range(0, 4, 4))
    graphs = ChunkGraphs(stage.config)
    ids, cache = torch.tensor(some_ids(6)), stage.new_cache(20)
    assert [graphs.hidden(stage._carry, ids, 0, cache) for _ in range(3)] == [None] * 3
    assert cache.get_seq_length() == 0


@torch.inference_mode()
def test_only_so_many_tokens_are_kept_recorded(tiny, without_gpu, monkeypatch):
    """Chunks of ever new lengths must not fill the memory; what was forgotten counts anew."""
    _, manifest = tiny.model("llama")
    stage = load(tiny, manifest, Extent.of_range(0, 4, 4))
    monkeypatch.setattr(chunk_graph, "_KEPT_TOKENS", 8)
    monkeypatch.setattr(chunk_graph, "_RELATIVE_ERROR", float("inf"))
    graphs = ChunkGraphs(stage.config)

    def is_recorded(tokens):
        given, cache = torch.tensor(some_ids(tokens)), stage.new_cache(tokens)
        return graphs.hidden(stage._carry, given, 0, cache) is not None

    assert [is_recorded(5) for _ in range(3)] == [False, True, True]
    assert [is_recorded(3) for _ in range(2)] == [False, True]
    assert is_recorded(5)
    assert [is_recorded(4) for _ in range(2)] == [False, True]
    assert [is_recorded(5), is_recorded(3)] == [False, False]
