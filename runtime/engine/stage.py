"""A stage in memory: hidden states in, hidden states out, and logits at the last one."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext, suppress
from typing import Any

import torch

from runtime.engine import token_graph
from runtime.engine.attention import CHUNKED
from runtime.engine.cache import KvCost, LastKept, StageCache
from runtime.engine.chunk_graph import ChunkGraphs
from runtime.engine.few_bits import FewBitsLinear
from runtime.engine.few_rows import FEW_ROWS
from runtime.engine.mapped_files import MappedFiles
from runtime.engine.memory import is_out_of_memory, return_unused
from runtime.engine.packed import PackedLinear
from runtime.engine.packing import LayerListener, few_bits_parts, pack_layers, packed_parts
from runtime.engine.quick_head import QuickHead, quick_head
from runtime.engine.seams import (
    GivenHiddenStates,
    HiddenStatesAsModel,
    forget_input_embedding,
)
from runtime.engine.split import Extent
from runtime.engine.step_script import StepScripts
from runtime.engine.widening import NARROW, round_between, widen_ends, widened_while_used
from runtime.errors import EngineError

_PROBE_TOKENS = 3
_IMPLEMENTATIONS = {
    CHUNKED: "made for chunks",
    "sdpa": "stock scaled_dot_product_attention",
    "eager": "stock eager",
}


class Stage:
    """The layers of one stage, ready to compute. Not safe for several threads."""

    def __init__(
        self,
        model: Any,
        extent: Extent,
        device: torch.device,
        on_packed: LayerListener | None = None,
        dtype: torch.dtype | None = None,
    ) -> None:
        """Takes a loaded model apart; EngineError when no attention implementation can run it.

        on_packed is called with every layer as soon as its weights are packed. dtype is the format
        to compute in, if the model was loaded in a narrower one.
        """
        self.extent = extent
        self.device = device
        self.config = model.base_model.config
        self._model = model
        self._base = model.base_model
        self.dtype: torch.dtype = dtype or next(self._base.layers.parameters()).dtype
        self._kept_dtype = self.dtype if dtype is None else NARROW
        if dtype is not None:
            widen_ends(model, dtype)
        self.hidden_size = int(self.config.hidden_size)
        self.vocabulary_size = int(self.config.vocab_size)
        self._given = GivenHiddenStates()
        self._quick_head: QuickHead | None = None
        if not extent.has_embedding:
            forget_input_embedding(self._base)
            self._base.layers[0].register_forward_pre_hook(self._given, with_kwargs=True)
        self._head: torch.nn.Module | None
        self._head = model.get_output_embeddings() if extent.has_head else None
        if extent.has_head:
            setattr(model, model.base_model_prefix, HiddenStatesAsModel())
        self._chunk_graphs: ChunkGraphs | None = None
        self._steps: StepScripts | None = None
        files = MappedFiles(model)
        with (
            nullcontext() if dtype is None else widened_while_used(self._base.layers, dtype),
            _read_layer_by_layer(self._base.layers, files),
        ):
            self.attention = self._choose_attention()

            def packed(layer: torch.nn.Module) -> None:
                files.let_go()
                if on_packed is not None:
                    on_packed(layer)
                if device.type == "cpu":
                    return_unused(device)

            self.is_packed = pack_layers(self._base.layers, self._probe, self.dtype, packed)
        if dtype is not None:
            round_between(self._base.layers)
        self._can_end_early = extent.has_head and self._ends_early_rightly()
        if device.type == "cpu":
            files.leave(model, self._base)
        if device.type == "cuda":
            self._chunk_graphs = ChunkGraphs(self.config)
            return_unused(device)

    @property
    def weight_bytes(self) -> int:
        """Bytes of all weights and buffers, those used at both ends counted once."""
        tensors: dict[int, int] = {
            tensor.data_ptr(): tensor.nbytes
            for module in (self._base, self._model)
            for tensor in (*module.parameters(), *module.buffers())
        }
        packed = sum(part.nbytes for part in self._packed)
        unpacked = sum(part.spare_bytes for part in self._few_bits)
        return sum(tensors.values()) + packed + unpacked + self.rough_head_bytes

    @property
    def head_bytes(self) -> int:
        """Bytes of the output projection, whether or not the embedding is the same tensor."""
        weight = getattr(self._head, "weight", None)
        return weight.nbytes if isinstance(weight, torch.Tensor) else 0

    @property
    def _packed(self) -> list[PackedLinear]:
        return packed_parts(self._base.layers)

    @property
    def _few_bits(self) -> list[FewBitsLinear]:
        return few_bits_parts(self._base.layers)

    @property
    def _with_spare(self) -> list[PackedLinear | FewBitsLinear]:
        return [*self._packed, *self._few_bits]

    @property
    def spare_bytes(self) -> int:
        """Bytes of what only makes it faster, and give_up_spare frees."""
        return sum(part.spare_bytes for part in self._with_spare) + self.rough_head_bytes

    @property
    def rough_head_bytes(self) -> int:
        """Bytes of what finds the likeliest token sooner, if there is such a thing."""
        return 0 if self._quick_head is None else self._quick_head.spare_bytes

    def quantise(self, bits: int) -> None:
        """Keep the weights of packed layers in so many bits, where they have more."""
        for part in self._packed:
            part.quantise(bits)
        self._steps = None

    @property
    def unpacked_bytes(self) -> int:
        """Bytes that unpack_ahead takes."""
        return sum(part.unpacked_bytes for part in self._few_bits)

    def unpack_ahead(self) -> None:
        """Keep a GPU's weights of few bits unpacked too, so that no chunk has to."""
        for part in self._few_bits:
            part.unpack_ahead()
        if self._chunk_graphs is not None:
            self._chunk_graphs.clear()

    def quicken_head(self) -> None:
        """Keep what finds the likeliest of many tokens sooner, if it would."""
        for name, child in self._model.named_children():
            if self._head is not None and child is self._head:
                self._quick_head = quick_head(child)
                setattr(self._model, name, self._quick_head or child)

    @torch.inference_mode()
    def record_steps(self) -> None:
        """Make a single token quicker on a CPU, once weights are kept as they will be."""
        if self.device.type == "cpu":
            self._steps = StepScripts(self.new_cache, self._opaque_weights)
            self._steps.record(self._carry, self._some_rows(1))

    @property
    def recorded_rows(self) -> tuple[int, ...]:
        """For how many tokens at once a step is recorded."""
        return () if self._steps is None else self._steps.rows

    def _opaque_weights(self) -> list[torch.Tensor]:
        """Weights that a few rows go through, in a layout that only its kernels know."""
        return [part.wide for part in self._packed if part.wide is not None and not part.has_few]

    def give_up_spare(self) -> None:
        """Free memory at the price of speed."""
        for part in self._with_spare:
            part.give_up_spare()
        if self._steps is not None:
            self._steps.clear()
        if self._chunk_graphs is not None:
            self._chunk_graphs.clear()
        if self._quick_head is not None:
            self._quick_head.give_up_rough()

    def new_cache(self, capacity_tokens: int) -> StageCache:
        kept_dtype = self._kept_dtype if self._kept_dtype != self.dtype else None
        return StageCache(self.config, capacity_tokens, kept_dtype)

    @torch.inference_mode()
    def advance(self, given: torch.Tensor, position: int, cache: StageCache) -> torch.Tensor:
        """Carry a chunk through the layers and add it to the cache.

        given is token ids (tokens,) on the first stage and hidden states (tokens, hidden) on the
        others; position is where the chunk starts. Returns hidden states (tokens, hidden).
        """
        tokens = given.shape[0]
        if tokens == 1 and cache.token_graph and position < cache.capacity_tokens:
            recorded_hidden: torch.Tensor = cache.token_graph.run(given, position, cache)
            return recorded_hidden
        if self._chunk_graphs is not None and (tokens > 1 or cache.token_graph is False):
            recorded_chunk = self._chunk_graphs.hidden(self._carry, given, position, cache)
            if recorded_chunk is not None:
                return recorded_chunk
        if self._steps is not None:
            stepped = self._steps.hidden(self._carry, given, position, cache)
            if stepped is not None:
                return stepped
        positions = torch.arange(position, position + tokens, device=self.device)[None]
        hidden = self._carry(given, positions, cache)
        if tokens == 1 and position and self.device.type == "cuda" and cache.token_graph is None:
            graph = token_graph.recorded(self._carry, given, position, cache, hidden)
            cache.token_graph = graph or False
        return hidden

    @torch.inference_mode()
    def keep(self, given: torch.Tensor, position: int, cache: StageCache) -> None:
        """Add a chunk to the cache as advance() does, when nobody reads what comes out of it.

        The last layer then ends at its keys and values. A few rows have recordings, which do not.
        """
        cache.ends_early = self._can_end_early and given.shape[0] > FEW_ROWS
        try:
            with suppress(LastKept):
                self.advance(given, position, cache)
        finally:
            cache.ends_early = False

    def _carry(
        self, given: torch.Tensor, positions: torch.Tensor, cache: StageCache
    ) -> torch.Tensor:
        """Hidden states (tokens, hidden) of what is given at positions (1, tokens)."""
        inputs = {"input_ids" if self.extent.has_embedding else "inputs_embeds": given[None]}
        self._given.hidden = None if self.extent.has_embedding else given[None]
        output = self._base(**inputs, position_ids=positions, past_key_values=cache, use_cache=True)
        hidden: torch.Tensor = output.last_hidden_state
        return hidden[0]

    @torch.inference_mode()
    def embed(self, ids: torch.Tensor) -> torch.Tensor:
        """Embeddings (tokens, hidden) of ids (tokens,), as the first stage looks them up."""
        rows: torch.Tensor = self._base.get_input_embeddings()(ids)
        return rows

    @torch.inference_mode()
    def logits(self, hidden: torch.Tensor, *, likeliest_only: bool = False) -> torch.Tensor:
        """Logits (rows, vocabulary) of the last stage's hidden states (rows, hidden).

        With likeliest_only no more is promised than that each row's greatest is right.
        """
        if self._quick_head is not None:
            self._quick_head.is_likeliest_enough = likeliest_only
        output = self._model(inputs_embeds=hidden[None], use_cache=False)
        logits: torch.Tensor = output.logits
        return logits[0]

    def kv_costs(self) -> tuple[KvCost, ...]:
        """What each layer's cache takes, as seen when the stage was tried out."""
        return self._kv_costs

    def kv_bytes(self, capacity_tokens: int, chunk_tokens: int = 0) -> int:
        """Bytes of the caches of one session of that capacity."""
        total = 0
        for cost in self._kv_costs:
            kept = capacity_tokens
            if cost.window_tokens is not None:
                kept = min(kept, cost.window_tokens + chunk_tokens)
            total += cost.bytes_per_token * kept
        return total

    def _choose_attention(self) -> str:
        """The first implementation that carries a few tokens through without complaint.

        Stock ones need keys and values in the format that they compute in.
        """
        problem: Exception | None = None
        ways = [(self._kept_dtype, CHUNKED), *((self.dtype, name) for name in _IMPLEMENTATIONS)]
        for self._kept_dtype, name in dict.fromkeys(ways):
            try:
                self._base.set_attn_implementation(name)
                if self._base.config._attn_implementation != name:
                    continue
                self._probe()
            except Exception as refusal:
                if is_out_of_memory(refusal):
                    raise
                logging.getLogger(__name__).info("attention %s refused", name, exc_info=True)
                problem = refusal
            else:
                return _IMPLEMENTATIONS[name]
        raise EngineError(
            f"{self.config.model_type} models cannot be computed ({problem}).",
            "Choose another model.",
        ) from problem

    def _some_rows(self, tokens: int) -> torch.Tensor:
        """Something to carry through: ids, or hidden states like those of the stage before."""
        if self.extent.has_embedding:
            return torch.arange(tokens, device=self.device)
        noise = torch.randn(tokens, self.hidden_size, generator=torch.Generator().manual_seed(1))
        return noise.to(self.device, self.dtype)

    def _probe(self) -> torch.Tensor:
        """Hidden states (tokens, hidden) of a few tokens carried through in two chunks."""
        cache = self.new_cache(2 * _PROBE_TOKENS)
        cache.token_graph = False  # a recording would take longer than it saves
        given = self._some_rows(_PROBE_TOKENS)
        hidden = self.advance(given, 0, cache)
        if hidden.shape != (_PROBE_TOKENS, self.hidden_size):
            raise EngineError(
                "Its hidden states have a form that cannot travel between stages "
                f"{tuple(hidden.shape)}."
            )
        row = self.advance(given[:1], _PROBE_TOKENS, cache)
        if self.extent.has_head:
            self.logits(row)
        self._kv_costs = cache.costs()
        return torch.cat([hidden, row])

    @torch.inference_mode()
    def _ends_early_rightly(self) -> bool:
        """Whether a chunk that ends early leaves behind what one does that goes all the way."""
        given = self._some_rows(_PROBE_TOKENS)
        positions = torch.arange(_PROBE_TOKENS + 1, device=self.device)[None]
        after = []
        for ends_early in (False, True):
            cache = self.new_cache(2 * _PROBE_TOKENS)
            cache.ends_early = ends_early
            with suppress(LastKept):
                self._carry(given, positions[:, :-1], cache)
            cache.ends_early = False
            after.append(self._carry(given[:1], positions[:, -1:], cache))
        return torch.equal(*after)


@contextmanager
def _read_layer_by_layer(layers: torch.nn.ModuleList, files: MappedFiles) -> Iterator[None]:
    """Meanwhile no more of the files stays in memory than what one layer reads of them."""
    hooks = [layer.register_forward_hook(lambda *_: files.let_go()) for layer in layers]
    try:
        yield
    finally:
        for hook in hooks:
            hook.remove()
