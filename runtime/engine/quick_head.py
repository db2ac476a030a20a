"""The likeliest token of a large vocabulary without reading the whole projection in full width.

Weights in few bits say which few blocks of the vocabulary are worth computing exactly. Their error
is seen on the blocks that were: when the best of them does not lead by a safe multiple of it, all
of the projection is computed as usual. So the token is the one the full projection gives.
"""

from __future__ import annotations

import torch

from runtime.engine.eight_bits import WholeProducts, has_whole_products
from runtime.engine.few_rows import FEW_ROWS
from runtime.engine.four_bits import FourBits, fits_four_bits
from runtime.engine.quantised import Quantised

_BLOCK_TOKENS = 64
# So many blocks are computed exactly, and if they do not settle it so many.
_BLOCKS = (32, 256)
# The error's largest value over some two thousand tokens lies near 3.5 standard deviations; a token
# elsewhere would have to be wrong by seven to be missed.
_SAFE_ERRORS = 2.0
# Below this the projection is no great part of a token's time.
_LEAST_TOKENS = 32 * 1024


class QuickHead(torch.nn.Module):
    """Stands in for a language model's output projection."""

    def __init__(self, head: torch.nn.Linear, rough: Quantised) -> None:
        super().__init__()
        self._head = head
        self._rough: Quantised | None = rough
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
        if not self.is_likeliest_enough or rough is None or len(rows) > FEW_ROWS:
            logits: torch.Tensor = self._head(given)
            return logits
        guesses = rough.times(rows)
        if self._head.bias is not None:
            guesses += self._head.bias
        found = [
            self._likeliest(row[None], guess) for row, guess in zip(rows, guesses, strict=True)
        ]
        return torch.cat(found).view(*given.shape[:-1], -1)

    def _likeliest(self, row: torch.Tensor, guesses: torch.Tensor) -> torch.Tensor:
        """Logits (1, vocabulary) of a row, the greatest of them exact."""
        by_block = guesses.view(-1, _BLOCK_TOKENS)
        best = by_block.amax(1)
        for count in _BLOCKS:
            if count < len(best):
                leaders, blocks = best.topk(count + 1)
                computed = self._exact(row, blocks[:-1])
                error = (computed.float() - by_block[blocks[:-1]].float()).abs().max()
                if bool(computed.max() > leaders[-1] + _SAFE_ERRORS * error):
                    by_block[blocks[:-1]] = computed
                    return guesses[None]
        self.fallbacks += 1
        whole: torch.Tensor = self._head(row)
        return whole

    def _exact(self, row: torch.Tensor, blocks: torch.Tensor) -> torch.Tensor:
        """Logits (blocks, tokens of a block) of some blocks of the vocabulary."""
        width = row.shape[1]
        weight = self._head.weight.view(-1, _BLOCK_TOKENS, width)[blocks]
        computed = torch.mm(row, weight.view(-1, width).t()).view(len(blocks), _BLOCK_TOKENS)
        if self._head.bias is not None:
            computed += self._head.bias.view(-1, _BLOCK_TOKENS)[blocks]
        return computed


def quick_head(head: torch.nn.Module) -> QuickHead | None:
    """A quick head in the place of a plain projection, or None where it would not be quicker."""
    if type(head) is not torch.nn.Linear or head.weight.device.type != "cpu":
        return None
    tokens = head.weight.shape[0]
    if tokens < _LEAST_TOKENS or tokens % _BLOCK_TOKENS:
        return None
    if has_whole_products():
        return QuickHead(head, WholeProducts(head.weight))
    if fits_four_bits(head.weight):
        return QuickHead(head, FourBits(head.weight, is_rough=True))
    return None
