"""A token's way through a stage on a CPU, recorded as TorchScript and run without Python.

A step of an answer is a thousand small operations, and what Python does around each of them takes
as long as the operation. Between two layers' attention nothing depends on what was read before, so
that all of it can be recorded once, for every session; attention itself is done as ever.
"""

from __future__ import annotations

import logging
import warnings
from collections import Counter
from collections.abc import Callable
from typing import Any

import torch
from msgspec import Struct
from torch.jit._trace import TracerWarning
from torch.overrides import TorchFunctionMode

from runtime.engine import chunk_graph
from runtime.engine.agreement import agree_on_average
from runtime.engine.cache import StageCache
from runtime.engine.chunk_graph import Attend, CannotRecord, Passing
from runtime.engine.few_rows import FEW_ROWS
from runtime.engine.memory import is_out_of_memory
from runtime.engine.recording import Forward

# A recording takes as long as so many steps gain by it.
_WORTH_STEPS = 48
_RELATIVE_ERROR = 1e-2
_TRIED_PREFIX = 5

Between = Callable[[torch.Tensor, torch.Tensor, torch.Tensor, int], torch.Tensor]

# Tracing is deprecated, but what is to follow compiles C++, which few machines can. Its two halves
# are called one by one, since torch.jit.trace keeps all that it ever recorded, with the weights.
_graph_of: Any = torch._C._create_graph_by_tracing
_function_of: Any = torch._C._create_function_from_graph
_trace_of: Any = torch._C._get_value_trace  # type: ignore[attr-defined]
# Torch would compare all weights with each other in the midst of the first answer, to no gain.
_optimised: Any = torch.jit.optimized_execution  # type: ignore[attr-defined]

# Torch knows one operator for all stages; who runs one says here what stands between its pieces.
_between: list[Between] = []


def _attend(
    query: torch.Tensor, key: torch.Tensor, value: torch.Tensor, number: int
) -> torch.Tensor:
    return _between[-1](query, key, value, number)


_library: Any = torch.library.Library("hpipe", "FRAGMENT")  # type: ignore[no-untyped-call]
_library.define("between(Tensor query, Tensor key, Tensor value, int number) -> Tensor")
_library.impl("between", _attend, "CompositeExplicitAutograd")


class StepScripts:
    """The recordings of one stage, by number of rows."""

    def __init__(
        self,
        new_cache: Callable[[int], StageCache],
        opaque_weights: Callable[[], list[torch.Tensor]],
    ) -> None:
        """new_cache makes a cache for so many tokens of this stage.

        opaque_weights gives what a trace cannot hold as a constant: it is handed over anew.
        """
        self._new_cache = new_cache
        self._opaque_weights = opaque_weights
        self._seen: Counter[int] = Counter()
        self._scripts: dict[int, _StepScript] = {}
        self._is_refused = False

    def hidden(
        self, forward: Forward, given: torch.Tensor, position: int, cache: StageCache
    ) -> torch.Tensor | None:
        """Hidden states of a step, which is added to the cache; None if it is not recorded.

        It is recorded once as many steps of as many rows have come as a recording is worth.
        """
        rows = given.shape[0]
        if rows > FEW_ROWS or self._is_refused:
            return None
        script = self._scripts.get(rows)
        if script is None:
            self._seen[rows] += 1
            if self._seen[rows] < _WORTH_STEPS:
                return None
            script = self.record(forward, given)
            if script is None:
                return None
        return script.run(given, position, cache)

    def record(self, forward: Forward, given: torch.Tensor) -> _StepScript | None:
        """Record steps of as many rows as given has; None if that cannot be done rightly."""
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", DeprecationWarning)
                # It tells of every decision, also of those by sizes, which are always the same.
                warnings.simplefilter("ignore", TracerWarning)
                cache = self._new_cache(given.shape[0])
                script = _StepScript(forward, given, cache, self._opaque_weights())
            is_right = self._agrees(forward, script, given)
        except Exception as refusal:
            if is_out_of_memory(refusal):
                raise
            logging.getLogger(__name__).info("steps could not be recorded", exc_info=True)
            is_right = False
        if not is_right:
            self._is_refused = True
            return None
        self._scripts[given.shape[0]] = script
        return script

    @property
    def rows(self) -> tuple[int, ...]:
        return tuple(sorted(self._scripts))

    def clear(self) -> None:
        """Forget all recordings, whose weights are kept in another way from now on."""
        self._scripts.clear()
        self._seen.clear()

    def _agrees(self, forward: Forward, script: _StepScript, given: torch.Tensor) -> bool:
        """Whether it computes the same after a few tokens, where it was not recorded."""
        rows = given.shape[0]
        prefix = given[:1].repeat(_TRIED_PREFIX, *[1] * (given.dim() - 1))
        caches = []
        for _ in range(2):
            cache = self._new_cache(_TRIED_PREFIX + rows)
            forward(prefix, torch.arange(_TRIED_PREFIX)[None], cache)
            caches.append(cache)
        positions = torch.arange(_TRIED_PREFIX, _TRIED_PREFIX + rows)[None]
        wanted = forward(given, positions, caches[0])
        found = script.run(given, _TRIED_PREFIX, caches[1])
        return agree_on_average(found, wanted, _RELATIVE_ERROR)


class _SizesAlone(TorchFunctionMode):
    """While a stage is recorded: refuses decisions by what tensors hold, which a trace forgets."""

    def __torch_function__(self, func: Any, _types: Any, args: Any = (), kwargs: Any = None) -> Any:
        if func in _DECISIONS and not _is_size(args[0]):
            raise CannotRecord("a decision that depends on what is computed")
        if func in _CHOICES or (func is torch.Tensor.__getitem__ and _is_choice(args[1])):
            raise CannotRecord("a choice of as many values as it turns out")
        return func(*args, **(kwargs or {}))


_DECISIONS = {
    torch.Tensor.__bool__,
    torch.Tensor.__int__,
    torch.Tensor.__index__,
    torch.Tensor.__float__,
    torch.Tensor.item,
    torch.Tensor.tolist,
}

_CHOICES = {
    torch.nonzero,
    torch.Tensor.nonzero,
    torch.argwhere,
    torch.Tensor.argwhere,
    torch.masked_select,
    torch.Tensor.masked_select,
    torch.unique,
    torch.Tensor.unique,
    torch.bincount,
    torch.Tensor.bincount,
}


def _is_choice(place: Any) -> bool:
    parts = place if isinstance(place, tuple) else (place,)
    return any(isinstance(part, torch.Tensor) and part.dtype == torch.bool for part in parts)


def _is_size(tensor: torch.Tensor) -> bool:
    """Whether a number comes from sizes and constants: while recorded, sizes are tensors."""
    unseen = [_trace_of(tensor).node()]
    while unseen:
        node = unseen.pop()
        if node.kind() in ("prim::NumToTensor", "prim::Constant"):
            continue
        inputs = [value.node() for value in node.inputs()]
        if not inputs or any(each.kind() == "prim::Param" for each in inputs):
            return False
        unseen += inputs
    return True


class _Attention(Struct, frozen=True):
    """One layer's attention, with all that was said of it while it was recorded."""

    layer: int
    attend: Attend


class _StepScript:
    """The recording for one number of rows."""

    def __init__(
        self, forward: Forward, given: torch.Tensor, cache: StageCache, opaque: list[torch.Tensor]
    ) -> None:
        self._attentions: list[_Attention] = []
        self._opaque = opaque
        self._order = torch.arange(given.shape[0])[None]
        passing = Passing(cache)

        def stop(
            attend: Attend, query: torch.Tensor, key: torch.Tensor, value: torch.Tensor
        ) -> torch.Tensor:
            self._attentions.append(_Attention(passing.layer_of(key, value), attend))
            number = len(self._attentions) - 1
            output: torch.Tensor = torch.ops.hpipe.between(query, key, value, number)
            return output

        def carry(given: torch.Tensor, positions: torch.Tensor, *_: torch.Tensor) -> torch.Tensor:
            return forward(given, positions, passing)

        chunk_graph.current.append(stop)
        _between.append(_nothing)
        inputs = (given, self._order, *opaque)
        try:
            with _SizesAlone():
                graph, _ = _graph_of(carry, inputs, _unnamed, strict=True, force_outplace=False)
        finally:
            _between.pop()
            chunk_graph.current.pop()
        if not self._attentions:
            raise CannotRecord("a stage without attention")
        self._traced: Any = _function_of("step", graph)

    def run(self, given: torch.Tensor, position: int, cache: StageCache) -> torch.Tensor:
        """Hidden states (rows, hidden) of a step; the cache has grown by it."""

        def attend(
            query: torch.Tensor, key: torch.Tensor, value: torch.Tensor, number: int
        ) -> torch.Tensor:
            one = self._attentions[number]
            keys, values = cache.update(key, value, one.layer)
            return one.attend(query, keys, values)[0]

        _between.append(attend)
        try:
            with _optimised(False):
                hidden: torch.Tensor = self._traced(given, self._order + position, *self._opaque)
        finally:
            _between.pop()
        return hidden


def _unnamed(_tensor: torch.Tensor) -> str:
    """The name of a variable in a recording, where torch.jit.trace would search the caller's."""
    return ""


def _nothing(
    query: torch.Tensor, _key: torch.Tensor, value: torch.Tensor, _number: int
) -> torch.Tensor:
    return query.new_zeros(1, query.shape[2], query.shape[1], value.shape[-1])
