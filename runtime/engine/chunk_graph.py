"""A chunk's way through a stage on a GPU, recorded in pieces and replayed for chunks as long.

Between two layers' attention nothing depends on what was read before, so that all of it can be
recorded once, for every session. Attention itself, and what it adds to the cache, is done anew for
each chunk. Without this a GPU waits for Python in short chunks, between its many small kernels.
"""

from __future__ import annotations

import logging
from collections import OrderedDict
from collections.abc import Callable
from typing import Any

import torch
from msgspec import Struct

from runtime.engine.agreement import agree
from runtime.engine.cache import StageCache
from runtime.engine.recording import Borrowed, Forward, Recorder, on_side_stream

# Attention to query, key and value, with all else that transformers said.
Attend = Callable[..., tuple[torch.Tensor, None]]
# Takes the place of attention while a chunk is recorded: (attend, query, key, value) to its output.
Between = Callable[[Attend, torch.Tensor, torch.Tensor, torch.Tensor], torch.Tensor]

# Longer chunks keep a GPU busy while Python prepares what comes next.
_LONGEST_CHUNK = 1024
# Recordings are kept for chunks of so many tokens together: each holds what it is given and gives.
_KEPT_TOKENS = 3072
_RELATIVE_ERROR = 0.05


class CannotRecord(RuntimeError):
    """The stage does something between its layers that depends on more than the chunk."""


class ChunkGraphs:
    """The recordings of one stage, of a model of this configuration."""

    def __init__(self, config: Any) -> None:
        self._config = config
        self._seen: set[int] = set()
        self._pool: Any = None
        self._graphs: OrderedDict[int, ChunkGraph] = OrderedDict()
        self._is_refused = False

    def hidden(
        self, forward: Forward, given: torch.Tensor, position: int, cache: StageCache
    ) -> torch.Tensor | None:
        """Hidden states of a chunk, which is added to the cache; None if it is not recorded.

        It is recorded when a chunk of its length comes for the second time.
        """
        tokens = given.shape[0]
        if tokens > _LONGEST_CHUNK or self._is_refused or position + tokens > cache.capacity_tokens:
            return None
        graph = self._graphs.get(tokens)
        if graph is None:
            if tokens not in self._seen:
                self._seen.add(tokens)
                return None
            graph = self._recorded(forward, given)
            if graph is None:
                self._is_refused = True
                return None
            self._graphs[tokens] = graph
            self._forget_oldest()
        self._graphs.move_to_end(tokens)
        return graph.run(given, position, cache)

    def clear(self) -> None:
        """Free the memory of all recordings; they are made again when they are needed."""
        self._graphs.clear()
        self._seen.clear()
        self._pool = None

    def _forget_oldest(self) -> None:
        while sum(self._graphs) > _KEPT_TOKENS:
            tokens, _ = self._graphs.popitem(last=False)
            self._seen.discard(tokens)

    def _recorded(self, forward: Forward, given: torch.Tensor) -> ChunkGraph | None:
        tokens = given.shape[0]
        try:
            self._pool = self._pool or torch.cuda.graph_pool_handle()
            graph = ChunkGraph(forward, given, StageCache(self._config, tokens), self._pool)
            # At another position than it was recorded at.
            positions = torch.arange(tokens, 2 * tokens, device=given.device)[None]
            wanted = forward(given, positions, StageCache(self._config, tokens))
            found = graph.run(given, tokens, StageCache(self._config, tokens))
        except Exception:  # also for want of memory: then the chunk goes its plain way
            logging.getLogger(__name__).info("a chunk could not be recorded", exc_info=True)
            return None
        return graph if agree(found, wanted, _RELATIVE_ERROR) else None


class _Stop(Struct, frozen=True):
    """Where a piece ends: the layer whose attention is next, and where lies what it is given."""

    layer: int
    attend: Attend
    states: tuple[Borrowed, ...]
    output: torch.Tensor


class _Attention(Struct, frozen=True):
    """One layer's attention between two pieces: what it is given, and where its output goes."""

    layer: int
    attend: Attend
    query: torch.Tensor
    key: torch.Tensor
    value: torch.Tensor
    output: torch.Tensor


def _attention(stop: _Stop) -> _Attention:
    query, key, value = (lent.tensor() for lent in stop.states)
    return _Attention(stop.layer, stop.attend, query, key, value, stop.output)


class ChunkGraph:
    """The recording for one chunk length."""

    def __init__(
        self, forward: Forward, given: torch.Tensor, cache: StageCache, pool: Any = None
    ) -> None:
        self._given = given.clone()
        self._positions = torch.zeros(1, given.shape[0], dtype=torch.long, device=given.device)
        self._order = torch.arange(given.shape[0], device=given.device)[None]
        self._outputs: dict[tuple[int, ...], torch.Tensor] = {}
        passing = Passing(cache)
        with on_side_stream(given.device):
            self._record(forward, passing, None)  # what is used for the first time is set up
            recorder = Recorder(pool)
            try:
                recorder.begin()
                stops, self._hidden = self._record(forward, passing, recorder)
                recorder.end()
            except BaseException:
                recorder.abandon()
                raise
        self._graphs = recorder.graphs
        self._between = [_attention(one) for one in stops]

    def run(self, given: torch.Tensor, position: int, cache: StageCache) -> torch.Tensor:
        """Hidden states (n, hidden) of a chunk; the cache has grown by it."""
        self._given.copy_(given)
        torch.add(self._order, position, out=self._positions)
        self._graphs[0].replay()
        for one, graph in zip(self._between, self._graphs[1:], strict=True):
            keys, values = cache.update(one.key, one.value, one.layer)
            output, _ = one.attend(one.query, keys, values)
            one.output.copy_(output)
            graph.replay()
        return self._hidden.clone()

    def _record(
        self, forward: Forward, passing: Passing, recorder: Recorder | None
    ) -> tuple[list[_Stop], torch.Tensor]:
        """Carry the chunk through; with a recorder, into graphs between attention and attention."""
        stops: list[_Stop] = []

        def stop(
            attend: Attend, query: torch.Tensor, key: torch.Tensor, value: torch.Tensor
        ) -> torch.Tensor:
            layer = passing.layer_of(key, value)
            # Shared by the layers, which are done in turn.
            sizes = (1, query.shape[2], query.shape[1], value.shape[-1])
            if sizes not in self._outputs:
                self._outputs[sizes] = query.new_zeros(sizes)
            output = self._outputs[sizes]
            states = tuple(Borrowed(one) for one in (query, key, value))
            stops.append(_Stop(layer, attend, states, output))
            if recorder is not None:
                recorder.end()
                recorder.begin()
            return output

        current.append(stop)
        try:
            hidden = forward(self._given, self._positions, passing)
        finally:
            current.pop()
        return stops, hidden


class Passing(StageCache):
    """A cache that keeps nothing, and knows for which layer it was last given what."""

    def __init__(self, like: StageCache) -> None:
        self.__dict__.update(like.__dict__)
        self._newest: tuple[int, torch.Tensor, torch.Tensor] | None = None

    def update(
        self,
        key_states: torch.Tensor,
        value_states: torch.Tensor,
        layer_idx: int,
        *_: Any,
        **__: Any,
    ) -> tuple[torch.Tensor, torch.Tensor]:
        if self._newest is not None:
            raise CannotRecord("keys that go through no attention")
        self._newest = layer_idx, key_states, value_states
        return key_states, value_states

    def layer_of(self, key: torch.Tensor, value: torch.Tensor) -> int:
        """The layer whose keys and values, as they were given last, attention is to see."""
        newest, self._newest = self._newest, None
        if newest is None or newest[1] is not key or newest[2] is not value:
            raise CannotRecord("attention to more than the cache")
        return newest[0]


# What attention is handed to while a chunk is recorded.
current: list[Between] = []
