"""The KV cache of one session on one stage: written in place, cut short at will.

Layers of full attention have room for the session's whole capacity (on a CPU the system gives the
memory only as it is written). Layers of windowed attention keep their window, a little more so that
a few tokens can be taken back and blocks are whole, and room for a chunk. Whatever other memory an
architecture keeps (recurrent states, shared layers) is left to transformers' own classes.
"""

from __future__ import annotations

from typing import Any

import torch
from msgspec import Struct
from transformers import cache_utils

from runtime.engine.blocks import BLOCK_TOKENS, KEYS_BEFORE_WINDOW
from runtime.engine.kept import Kept, remember
from runtime.errors import EngineError

# Tokens before the window that are kept, so that rejected guesses can be taken back.
SPARE_TOKENS = 64
# All that is kept before the window.
TOKENS_BEFORE_WINDOW = SPARE_TOKENS + KEYS_BEFORE_WINDOW
_CHUNK_STEP = 64


class LastKept(Exception):
    """The last layer's keys and values are kept, and what else it would compute is not needed."""


class KvCost(Struct, frozen=True):
    """What one layer's cache takes per token, and how many it keeps beside the newest chunk."""

    bytes_per_token: int
    window_tokens: int | None


class KeptLayer(cache_utils.CacheLayerMixin):  # type: ignore[no-untyped-call]
    """Keys and values that a layer keeps in room of its own; shape (1, heads, tokens, width)."""

    is_croppable = True

    # What they are kept in, if not in the format that they come in.
    kept_dtype: torch.dtype | None = None

    def __init__(self, capacity_tokens: int) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._capacity = capacity_tokens
        self._keys = self._values = torch.empty(0)
        self.length = 0

    def get_seq_length(self) -> int:
        return self.length

    def can_truncate(self, tokens: int) -> bool:
        return tokens <= self.length

    def truncate(self, tokens: int) -> None:
        self.length = tokens

    def pretend(self, tokens: int) -> None:
        """Behave as if so many tokens had been read, for measurements; once initialised."""
        self.length = tokens

    def fill_with_noise(self) -> None:
        self._keys.normal_()
        self._values.normal_()

    @property
    def bytes_per_token(self) -> int:
        return _token_bytes(self._keys) + _token_bytes(self._values)

    @property
    def window_tokens(self) -> int | None:
        """Tokens that are kept beside the newest chunk, if not all are."""
        return None


class GrowingLayer(KeptLayer):  # type: ignore[no-untyped-call]
    """Keys and values of a layer that attends to everything."""

    is_sliding = False

    def __init__(self, capacity_tokens: int) -> None:
        super().__init__(capacity_tokens)
        self._written = 0  # tokens whose memory was written to
        # Set while a token is recorded: where it goes, in the device's own memory.
        self.device_positions: torch.Tensor | None = None

    def lazy_initialization(self, key_states: torch.Tensor, value_states: torch.Tensor) -> None:
        self.dtype, self.device = self.kept_dtype or key_states.dtype, key_states.device
        room = self._capacity if key_states.device.type != "cpu" else _whole(self._capacity)
        self._keys = _room(key_states, room, self.dtype)
        self._values = _room(value_states, room, self.dtype)
        self.is_initialized = True

    def update(
        self, key_states: torch.Tensor, value_states: torch.Tensor, *_: Any, **__: Any
    ) -> tuple[torch.Tensor, torch.Tensor]:
        if not self.is_initialized:
            self.lazy_initialization(key_states, value_states)
        if self.device_positions is not None:
            self._keys.index_copy_(2, self.device_positions, key_states)
            self._values.index_copy_(2, self.device_positions, value_states)
            return self._keys, self._values
        count = key_states.shape[-2]
        end = self.length + count
        if end > self._capacity:
            raise EngineError(
                f"The session has room for {self._capacity} tokens, {end} would be needed."
            )
        self._keys.narrow(2, self.length, count).copy_(key_states)
        self._values.narrow(2, self.length, count).copy_(value_states)
        self.length = end
        keys, values = self._keys.narrow(2, 0, end), self._values.narrow(2, 0, end)
        if key_states.device.type == "cpu":
            self._finish_block(end)
            remember(keys, values, Kept(self._keys[0], self._values[0], 0, end))
        return keys, values

    def _finish_block(self, end: int) -> None:
        """Write to what comes after the newest token in its block: attention reads it too."""
        if end > self._written:
            self._written = _whole(end)
            self._keys.narrow(2, end, self._written - end).zero_()
            self._values.narrow(2, end, self._written - end).zero_()

    def get_mask_sizes(self, query_length: int) -> tuple[int, int]:
        return self.length + query_length, 0

    def get_max_length(self) -> int:
        return -1


class WindowLayer(KeptLayer):  # type: ignore[no-untyped-call]
    """Keys and values of a layer that attends to the last `sliding_window` tokens only."""

    is_sliding = True

    def __init__(self, sliding_window: int, capacity_tokens: int) -> None:
        super().__init__(capacity_tokens)
        self.sliding_window = sliding_window
        self._start = 0  # the position of the first token that is still kept

    def lazy_initialization(self, key_states: torch.Tensor, value_states: torch.Tensor) -> None:
        self.dtype, self.device = self.kept_dtype or key_states.dtype, key_states.device
        room = self._room_for(key_states.shape[-2])
        # All of it is written to: attention reads what comes after the newest token too.
        self._keys = _room(key_states, room, self.dtype).zero_()
        self._values = _room(value_states, room, self.dtype).zero_()
        self.is_initialized = True

    def update(
        self, key_states: torch.Tensor, value_states: torch.Tensor, *_: Any, **__: Any
    ) -> tuple[torch.Tensor, torch.Tensor]:
        if not self.is_initialized:
            self.lazy_initialization(key_states, value_states)
        count = key_states.shape[-2]
        if _whole(self.length + count) - self._start > self._keys.shape[-2]:
            self._slide(count)
        place = self.length - self._start
        self._keys.narrow(2, place, count).copy_(key_states)
        self._values.narrow(2, place, count).copy_(value_states)
        visible, offset = self.get_mask_sizes(count)
        self.length += count
        first = offset - self._start
        keys = self._keys.narrow(2, first, visible)
        values = self._values.narrow(2, first, visible)
        if key_states.device.type == "cpu":
            remember(keys, values, Kept(self._keys[0], self._values[0], self._start, self.length))
        return keys, values

    def get_mask_sizes(self, query_length: int) -> tuple[int, int]:
        kept = min(self.length, self.sliding_window - 1)
        return kept + query_length, self.length - kept

    def get_max_length(self) -> int:
        return self.sliding_window

    def can_truncate(self, tokens: int) -> bool:
        needed = tokens - self.sliding_window + 1 - KEYS_BEFORE_WINDOW
        return super().can_truncate(tokens) and self._start <= max(0, needed)

    def pretend(self, tokens: int) -> None:
        super().pretend(tokens)
        self._start = max(0, tokens - min(self._kept_tokens(), self._keys.shape[-2]))

    @property
    def window_tokens(self) -> int | None:
        return self._kept_tokens()

    def _kept_tokens(self) -> int:
        return self.sliding_window - 1 + TOKENS_BEFORE_WINDOW

    def _room_for(self, count: int) -> int:
        steps = -(-count // _CHUNK_STEP) * _CHUNK_STEP
        room = self._kept_tokens() + max(steps, 2 * SPARE_TOKENS) + BLOCK_TOKENS
        return min(_whole(self._capacity), room)

    def _slide(self, count: int) -> None:
        """Forget what lies before the window, and make more room if the chunk is a longer one."""
        kept = min(self.length - self._start, self._kept_tokens())
        first = self.length - self._start - kept
        room = max(self._room_for(count), self._keys.shape[-2])
        self._keys = _moved(self._keys, first, kept, room)
        self._values = _moved(self._values, first, kept, room)
        self._start = self.length - kept


class StageCache(cache_utils.Cache):
    """One session's cache on one stage, one entry per layer of the stage."""

    def __init__(
        self, config: Any, capacity_tokens: int, kept_dtype: torch.dtype | None = None
    ) -> None:
        """Keys and values are kept in kept_dtype, or in the format that they come in."""
        kinds, options = cache_utils.get_layer_types_and_kwargs(config)
        if isinstance(options, dict):  # transformers before 5.20: the same for every layer
            options = [options] * len(kinds)
        super().__init__(
            layers=[
                _layer_cache(kind, given, capacity_tokens)
                for kind, given in zip(kinds, options, strict=True)
            ]
        )
        for layer in self.layers:
            if isinstance(layer, KeptLayer):
                layer.kept_dtype = kept_dtype
        self.capacity_tokens = capacity_tokens
        # How one token goes through the stage; False once that was found to be impossible.
        self.token_graph: Any = None
        # Whether update() raises LastKept once it has kept what the last layer gave it.
        self.ends_early = False

    def update(
        self,
        key_states: torch.Tensor,
        value_states: torch.Tensor,
        layer_idx: int,
        *more: Any,
        **options: Any,
    ) -> tuple[torch.Tensor, torch.Tensor]:
        kept: tuple[torch.Tensor, torch.Tensor]
        kept = super().update(key_states, value_states, layer_idx, *more, **options)
        if self.ends_early and layer_idx == len(self.layers) - 1:
            raise LastKept
        return kept

    def can_truncate(self, tokens: int) -> bool:
        """Whether every layer still has what the tokens after the first `tokens` will look at."""
        return all(
            layer.can_truncate(tokens)
            if isinstance(layer, KeptLayer)
            else isinstance(layer, cache_utils.DummyLayer)
            for layer in self.layers
        )

    def truncate(self, tokens: int) -> None:
        """Keep the first `tokens` tokens; only after can_truncate said so."""
        for layer in self.layers:
            if isinstance(layer, KeptLayer):
                layer.truncate(tokens)

    def costs(self) -> tuple[KvCost, ...]:
        """What each layer that keeps keys and values takes; known once tokens were read."""
        return tuple(
            KvCost(layer.bytes_per_token, layer.window_tokens)
            for layer in self.layers
            if isinstance(layer, KeptLayer)
        )

    @torch.inference_mode()
    def fill_with_noise(self) -> None:
        """Write to all of it, for measurements: memory never written to is read too fast."""
        for layer in self.layers:
            if isinstance(layer, KeptLayer):
                layer.fill_with_noise()

    def pretend(self, tokens: int) -> None:
        """Behave as if so many tokens had been read, for measurements; once some were."""
        for layer in self.layers:
            if isinstance(layer, KeptLayer):
                layer.pretend(tokens)


def _layer_cache(kind: str, options: dict[str, Any], capacity_tokens: int) -> Any:
    if kind == "full_attention":
        return GrowingLayer(capacity_tokens)
    if kind in ("sliding_attention", "chunked_attention"):
        return WindowLayer(options["sliding_window"], capacity_tokens)
    if kind not in cache_utils.DYNAMIC_LAYER_TYPE_MAPPING:
        raise EngineError(f"Layers of the kind {kind!r} are not supported.")
    return cache_utils.DYNAMIC_LAYER_TYPE_MAPPING[kind](**options)


def _room(like: torch.Tensor, tokens: int, dtype: torch.dtype) -> torch.Tensor:
    batch, heads, _, width = like.shape
    if like.is_cuda:
        # Token by token, as its kernels like it; and whatever the room, its strides are the same.
        shape = (batch, tokens, heads, width)
        return torch.empty(shape, dtype=dtype, device=like.device).transpose(1, 2)
    return torch.empty((batch, heads, tokens, width), dtype=dtype, device=like.device)


def _whole(tokens: int) -> int:
    """Tokens up to the end of a block."""
    return -(-tokens // BLOCK_TOKENS) * BLOCK_TOKENS


def _token_bytes(buffer: torch.Tensor) -> int:
    return buffer.nbytes // buffer.shape[2] if buffer.dim() == 4 else 0


def _moved(buffer: torch.Tensor, first: int, count: int, room: int) -> torch.Tensor:
    kept = buffer.narrow(2, first, count)
    if room > buffer.shape[2]:
        larger = _room(buffer, room, buffer.dtype).zero_()
        larger.narrow(2, 0, count).copy_(kept)
        return larger
    # Source and destination may overlap.
    buffer.narrow(2, 0, count).copy_(kept.clone())
    return buffer
