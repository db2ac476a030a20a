"""A token's way through a stage, recorded once on a GPU and replayed for every token.

Without it a GPU waits for Python between its many small kernels. What changes from token to token,
the position and how many keys there are, is read from the GPU's own memory while replaying.
"""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Iterator

import torch

from runtime.engine.agreement import agree
from runtime.engine.cache import GrowingLayer, StageCache
from runtime.engine.flash_attention import can_flash
from runtime.engine.memory import is_out_of_memory
from runtime.engine.recording import Forward, Recorder, on_side_stream

_WARM_UPS = 2
_RELATIVE_ERROR = 0.05


class DevicePosition:
    """Where a recorded token goes in the cache, in a GPU's memory."""

    def __init__(self, capacity: int, device: torch.device) -> None:
        self.positions = torch.zeros(1, 1, dtype=torch.long, device=device)
        self.keys = torch.zeros(1, dtype=torch.int32, device=device)
        self.query_ends = torch.tensor([0, 1], dtype=torch.int32, device=device)
        self.key_ends = torch.tensor([0, capacity], dtype=torch.int32, device=device)

    def move(self, position: int) -> None:
        self.positions.fill_(position)

    def count(self) -> None:
        """Let the number of keys follow the position."""
        torch.add(self.positions[0], 1, out=self.keys)


class TokenGraph:
    """The recording for one session's cache."""

    def __init__(
        self, forward: Forward, given: torch.Tensor, position: int, cache: StageCache
    ) -> None:
        device = given.device
        self._given = given.clone()
        self._position = DevicePosition(cache.capacity_tokens, device)
        self._position.move(position)
        with on_device(cache, self._position), on_side_stream(device):
            for _ in range(_WARM_UPS):
                self._position.count()
                forward(self._given, self._position.positions, cache)
            recorder = Recorder()
            try:
                recorder.begin()
                self._position.count()
                self._hidden = forward(self._given, self._position.positions, cache)
                recorder.end()
            except BaseException:
                recorder.abandon()
                raise
        self._graph = recorder.graphs[0]

    def run(self, given: torch.Tensor, position: int, cache: StageCache) -> torch.Tensor:
        """Hidden states (1, hidden) of the token at a position; the cache has grown by it."""
        self._given.copy_(given)
        self._position.move(position)
        self._graph.replay()
        cache.truncate(position + 1)
        return self._hidden.clone()


def recorded(
    forward: Forward, given: torch.Tensor, position: int, cache: StageCache, hidden: torch.Tensor
) -> TokenGraph | None:
    """A recording for the cache, or None where the model or its cache does not allow one.

    hidden is what the token gave without it, and must give again.
    """
    if not all(isinstance(layer, GrowingLayer) for layer in cache.layers):
        return None
    try:
        graph = TokenGraph(forward, given, position, cache)
        found = graph.run(given, position, cache)
        is_right = agree(found, hidden, _RELATIVE_ERROR)
    except Exception as refusal:
        if is_out_of_memory(refusal):
            raise
        logging.getLogger(__name__).info("a token could not be recorded", exc_info=True)
        return None
    return graph if is_right else None


def attend_on_device(
    position: DevicePosition,
    query: torch.Tensor,
    key: torch.Tensor,
    value: torch.Tensor,
    scaling: float,
) -> torch.Tensor:
    """The token's attention (1, 1, H, d) to as many of the cache's keys as there are by then.

    query is (1, H, 1, d); key and value (1, K, capacity, d) are all the room there is.
    """
    if can_flash(query, key, value):
        output, *_ = torch.ops.aten._flash_attention_forward(
            query[0].transpose(0, 1),
            key[0].transpose(0, 1),
            value[0].transpose(0, 1),
            position.query_ends,
            position.key_ends,
            1,
            key.shape[2],
            0.0,
            False,
            False,
            scale=scaling,
            seqused_k=position.keys,
        )
        attended: torch.Tensor = output
        return attended[None]
    matrix = query.reshape(key.shape[1], -1, query.shape[-1])
    scores = torch.matmul(matrix, key[0].transpose(1, 2)).mul_(scaling)
    later = torch.arange(key.shape[2], device=key.device) >= position.keys
    shares = torch.softmax(scores.masked_fill_(later, float("-inf")), dim=-1)
    # What lies in memory that no key was written to yet may be no number, and counts for nothing.
    values = value[0].masked_fill(later[:, None], 0.0)
    return torch.matmul(shares, values).view(1, 1, -1, value.shape[-1])


@contextlib.contextmanager
def on_device(cache: StageCache, position: DevicePosition) -> Iterator[None]:
    """While it lasts, one token is added where the device's memory says, and attends so far."""
    layers = [layer for layer in cache.layers if isinstance(layer, GrowingLayer)]
    for layer in layers:
        layer.device_positions = position.positions[0]
    current.append(position)
    try:
        yield
    finally:
        current.pop()
        for layer in layers:
            layer.device_positions = None


# The position of the token that is carried through in this way, if one is.
current: list[DevicePosition] = []
