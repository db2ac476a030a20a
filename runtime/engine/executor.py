"""What an engine does with commands and chunks, without any sockets: one stage, many sessions."""

from __future__ import annotations

import gc
import logging
import math
import time
from collections.abc import Sequence
from typing import Any

import torch
from msgspec import Struct

from runtime.engine import memory
from runtime.engine.activations import decode, decode_ids, encode
from runtime.engine.configuration import parse_config
from runtime.engine.device import compute_dtype, synchronise
from runtime.engine.loading import ByteListener, load_model, stage_names
from runtime.engine.quickening import few_bits, quicken
from runtime.engine.sampling import likeliest
from runtime.engine.sessions import Session, Sessions
from runtime.engine.split import Extent
from runtime.engine.stage import Stage
from runtime.engine.widening import kept_dtype
from runtime.errors import DoesNotFit, EngineError, HPipeError, ModelError
from runtime.messages.stage import Chunk, LoadStage, OpenSession, StageLoaded
from runtime.models.manifest import ModelManifest
from runtime.models.shape import kept_in_few_bits
from runtime.models.store import ModelStore
from runtime.planner.weights import stored_bits

# So much memory may lie about in pieces that were freed: a chunk's own, which the next one reuses.
_LOOSE_BYTES = 96 * memory.MIB


class Computed(Struct, frozen=True, kw_only=True):
    """A chunk's result: frames for the next stage, or ids and logits at the last one."""

    frames: tuple[Any, ...] = ()
    token_ids: tuple[int, ...] = ()
    logits: Any = None


class Executor:
    """The state of an engine. limit_bytes bounds all of it; floor_bytes is what it is born with."""

    def __init__(
        self, device: torch.device, store: ModelStore, limit_bytes: int | None, floor_bytes: int
    ) -> None:
        self.device = device
        self.sessions = Sessions()
        self.floor_bytes = floor_bytes
        self._store = store
        self._own_limit = limit_bytes
        self._limit: int | None = limit_bytes
        self._stage: Stage | None = None
        self._loaded: LoadStage | None = None
        self._tidy_bytes = 0  # held without sessions when memory was last given back

    @property
    def loaded(self) -> LoadStage:
        """The command that loaded the stage; EngineError when none is loaded."""
        if self._loaded is None:
            raise EngineError("No layers are loaded on this machine.", "Load the model first.")
        return self._loaded

    @property
    def stage(self) -> Stage:
        if self._stage is None:
            raise EngineError("No layers are loaded on this machine.", "Load the model first.")
        return self._stage

    @property
    def is_last(self) -> bool:
        return self.stage.extent.has_head

    def release(self) -> None:
        """Give back the memory of the stage and of every session."""
        self.sessions.clear()
        self._stage = None
        self._loaded = None
        gc.collect()
        memory.return_unused(self.device)

    def load(self, command: LoadStage, on_progress: ByteListener) -> StageLoaded:
        """Put a stage in the place of whatever was loaded.

        Raises ModelError for a model that cannot be run or is not here, DoesNotFit with numbers.
        """
        started = time.monotonic()
        self.release()
        source = self._store.open(command.model_id)
        config = parse_config(command.config)
        if config.num_hidden_layers != command.layer_count:
            raise ModelError(
                f"The model has {config.num_hidden_layers} layers, not {command.layer_count}."
            )
        extent = Extent.of_range(command.first_layer, command.last_layer, command.layer_count)
        dtype = compute_dtype(self.device, command.weight_bits)
        self._limit = _lower(self._own_limit, command.memory_limit_bytes)
        bits = command.weight_bits
        kept = kept_dtype(dtype, bits)
        needed = _expected_bytes(source.manifest, extent, config, dtype, bits)
        memory.require(self.device, needed, self._limit, self.floor_bytes, "This share of layers")
        # Before pages of files count as memory that is held, and as memory that is free.
        room = memory.room_bytes(self.device, self._limit, self.floor_bytes)
        model = load_model(
            source,
            config,
            extent,
            device=self.device,
            dtype=kept,
            on_progress=on_progress,
            weight_bits=bits,
        )
        wider = None if kept == dtype else dtype
        self._stage = Stage(model, extent, self.device, few_bits(bits, room), wider)
        self._loaded = command
        quicken(self._stage, bits, room, command.layer_count)
        self._give_back()
        return StageLoaded(
            weight_bytes=self._stage.weight_bytes,
            seconds=time.monotonic() - started,
            attention=self._stage.attention,
        )

    def open_session(self, identity: bytes, command: OpenSession) -> None:
        """Make room for a session, in the place of one of the same name. Raises DoesNotFit."""
        if command.capacity_tokens <= 0:
            raise EngineError("A session needs room for at least one token.")
        self.close_session(command.session)
        needed = self.stage.kv_bytes(command.capacity_tokens)
        used = self.floor_bytes + self.stage.weight_bytes + self.sessions.reserved_bytes
        what = f"A text of {command.capacity_tokens:,} tokens"
        try:
            self._require(needed, used, what)
        except DoesNotFit:
            if not self.stage.spare_bytes or not command.takes_spare:
                raise
            used -= self.stage.spare_bytes
            self.stage.give_up_spare()
            memory.return_unused(self.device)
            self._require(needed, used, what)
        cache = self.stage.new_cache(command.capacity_tokens)
        self.sessions.add(Session(identity, command, cache, needed))

    def _require(self, needed: int, used: int, what: str) -> None:
        promised = self._promised_bytes()
        memory.require(self.device, needed, self._limit, used, what, promised_bytes=promised)

    def _promised_bytes(self) -> int:
        """What open sessions will still take of the memory that is free now.

        A CPU's memory is taken as it is written, others' all at once with the first chunk.
        """
        if self.device.type == "cpu":
            return sum(
                session.reserved_bytes - self.stage.kv_bytes(session.length)
                for session in self.sessions
            )
        return sum(session.reserved_bytes for session in self.sessions if not session.length)

    def close_session(self, name: str) -> None:
        if self.sessions.discard(name):
            gc.collect()
            memory.return_unused(self.device)

    def compute(self, session: Session, chunk: Chunk, frames: Sequence[memoryview]) -> Computed:
        """Carry a chunk through the stage. Raises an HPipeError with a sentence for a person.

        After any error the chunk has left nothing behind in the session.
        """
        session.check(chunk)
        try:
            return self._compute(session, chunk, frames)
        except HPipeError:
            session.fail()
            raise
        except Exception as problem:
            session.fail()
            raise self._explained(problem, chunk) from problem

    def _compute(self, session: Session, chunk: Chunk, frames: Sequence[memoryview]) -> Computed:
        stage = self.stage
        if stage.extent.has_embedding:
            given = decode_ids(frames, chunk.tokens, stage.vocabulary_size, self.device)
        else:
            given = decode(
                frames,
                chunk.activation_format,
                tokens=chunk.tokens,
                width=stage.hidden_size,
                dtype=stage.dtype,
                device=self.device,
            )
        hidden: torch.Tensor | None = None
        if self.is_last and chunk.output == "none":
            stage.keep(given, chunk.position, session.cache)
        else:
            hidden = stage.advance(given, chunk.position, session.cache)
        session.length += chunk.tokens
        if self.device.type == "cpu" and not chunk.is_step:
            self._give_back_loose()
        if hidden is None:
            synchronise(self.device)
            return Computed()
        if not self.is_last:
            return Computed(frames=tuple(encode(hidden, chunk.activation_format)))
        if chunk.output == "sample":
            greedy = session.sampler.is_greedy
            token = session.sampler.draw(stage.logits(hidden[-1:], likeliest_only=greedy)[0])
            return Computed(token_ids=(token,))
        if chunk.output == "greedy_rows":
            ids = likeliest(stage.logits(hidden, likeliest_only=True))
            return Computed(token_ids=tuple(ids.tolist()))
        return Computed(logits=stage.logits(hidden).float().cpu().contiguous().numpy())

    def _give_back_loose(self) -> None:
        """Give back what was freed in pieces that are too small for what a longer text needs."""
        held = memory.held_bytes(self.device) - self._written_bytes()
        if held - self._tidy_bytes > _LOOSE_BYTES:
            self._give_back()

    def _give_back(self) -> None:
        memory.return_unused(self.device)
        self._tidy_bytes = memory.held_bytes(self.device) - self._written_bytes()

    def _written_bytes(self) -> int:
        return sum(self.stage.kv_bytes(session.length) for session in self.sessions)

    def _explained(self, problem: Exception, chunk: Chunk) -> HPipeError:
        if memory.is_out_of_memory(problem):
            gc.collect()
            memory.return_unused(self.device)
            return EngineError(
                f"Memory ran out while computing {chunk.tokens} tokens at position "
                f"{chunk.position}: {memory.in_mib(memory.held_bytes(self.device))} are held and "
                f"{memory.in_mib(memory.free_bytes(self.device))} are free.",
                "Give this machine fewer layers, or ask about a shorter text.",
            )
        logging.getLogger(__name__).error("a chunk failed", exc_info=problem)
        return EngineError(
            f"A chunk could not be computed ({type(problem).__name__}: {_first_line(problem)}).",
            "The engine's log on that machine says more.",
        )


def _expected_bytes(
    manifest: ModelManifest, extent: Extent, config: Any, dtype: torch.dtype, weight_bits: int
) -> int:
    """What weights take of a stage that computes in dtype: matrices of layers as few as asked."""
    tied = bool(getattr(config, "tie_word_embeddings", False))
    names = set(stage_names(manifest, extent, tied))
    kept = kept_dtype(dtype, weight_bits)
    total = 0.0
    for part, tensors in manifest.parts.items():
        for tensor in tensors:
            if tensor.name in names:
                size: float = kept.itemsize
                is_of_layer = part.startswith("layer-")
                if is_of_layer and weight_bits < 16 and kept_in_few_bits(tensor, weight_bits):
                    size = stored_bits(weight_bits) / 8
                elif is_of_layer and not kept_in_few_bits(tensor, 16):
                    size = dtype.itemsize
                total += math.prod(tensor.shape) * size
    return int(total)


def _lower(one: int | None, other: int | None) -> int | None:
    limits = [limit for limit in (one, other) if limit is not None]
    return min(limits) if limits else None


def _first_line(problem: Exception) -> str:
    lines = str(problem).strip().splitlines()
    return lines[0][:200] if lines else "no details"
