"""The likeliest token of a large vocabulary without reading the whole projection in full width.

Weights in 4 bits say which few blocks of the vocabulary are worth computing exactly. Their error is
seen on the blocks that were: when the best of them does not lead by a safe multiple of it, all of
the projection is computed as usual. So the token is the one the full projection gives.
"""

from __future__ import annotations

import torch

from runtime.engine.quantised import FourBits, quantised

_BLOCK_TOKENS = 64
_BLOCKS = 32
# The error's largest value over some two thousand tokens lies near 3.5 standard deviations; a token
# elsewhere would have to be wrong by seven to be missed.
_SAFE_ERRORS = 2.0
# Below this the projection is no great part of a token's time.
_LEAST_TOKENS = 32 * 1024


class QuickHead(torch.nn.Module):
    """Stands in for a language model's output projection."""

    def __init__(self, head: torch.nn.Linear, rough: FourBits) -> None:
        super().__init__()
        self._head = head
        self._rough: FourBits | None = rough
        self.is_likeliest_enough = False
        self.fallbacks = 0

    @property
    def spare_bytes(self) -> int:
        return 0 if self._rough is None else self._rough.nbytes

    def give_up_rough(self) -> None:
        """Free the extra weights; from then on it is the plain projection."""
        self._rough = None

    def forward(self, given: torch.Tensor) -> torch.Tensor:
        """Logits. With is_likeliest_enough only the greatest is sure to be right."""
        rough = self._rough
        rows = given.reshape(-1, given.shape[-1])
        if not self.is_likeliest_enough or rough is None:
            logits: torch.Tensor = self._head(given)
            return logits
        found = torch.cat([self._likeliest(row, rough) for row in torch.split(rows, 1)])
        return found.view(*given.shape[:-1], -1)

    def _likeliest(self, row: torch.Tensor, rough: FourBits) -> torch.Tensor:
        bias = self._head.bias
        guesses = rough.times(row)
        if bias is not None:
            guesses += bias
        by_block = guesses.view(-1, _BLOCK_TOKENS)
        best, blocks = by_block.amax(1).topk(_BLOCKS + 1)
        bound, blocks = best[-1], blocks[:-1]
        exact = self._head.weight.view(-1, _BLOCK_TOKENS, row.shape[1])[blocks]
        computed = torch.mm(row, exact.view(-1, row.shape[1]).t()).view(_BLOCKS, _BLOCK_TOKENS)
        if bias is not None:
            computed += bias.view(-1, _BLOCK_TOKENS)[blocks]
        error = (computed.float() - by_block[blocks].float()).abs().max()
        if not bool(computed.max() > bound + _SAFE_ERRORS * error):
            self.fallbacks += 1
            whole: torch.Tensor = self._head(row)
            return whole
        by_block[blocks] = computed
        return guesses


def quick_head(head: torch.nn.Module) -> QuickHead | None:
    """A quick head in the place of a plain projection, or None where it would not be quicker."""
    if type(head) is not torch.nn.Linear or head.weight.device.type != "cpu":
        return None
    tokens = head.weight.shape[0]
    if tokens < _LEAST_TOKENS or tokens % _BLOCK_TOKENS:
        return None
    rough = quantised(head.weight, 4)
    return QuickHead(head, rough) if isinstance(rough, FourBits) else None
