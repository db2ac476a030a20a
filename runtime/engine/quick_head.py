"""The likeliest token of a large vocabulary without reading the whole projection in full width.

Weights in few bits say which few blocks of the vocabulary are worth computing exactly. Their error
is seen on the blocks that were: when the best of them does not lead by a safe multiple of it, every
token that comes as near as that is computed too, and where those are too many, or their errors
larger, all of the projection as usual. So the token is the one the full projection gives.
"""

from __future__ import annotations

import math

import torch

from runtime.engine.eight_bits import WholeProducts, has_whole_products
from runtime.engine.few_rows import FEW_ROWS
from runtime.engine.four_bits import FourBits, fits_four_bits
from runtime.engine.quantised import Quantised
from runtime.engine.widening import WidenedLinear

_BLOCK_TOKENS = 64
_BLOCKS = 32
# More tokens than this part of the vocabulary take as long to gather as all to be computed.
_MOST_NEAR = 1 / 8
# The error's largest value over some two thousand tokens lies near 3.5 standard deviations; a token
# elsewhere would have to be wrong by seven to be missed.
_SAFE_ERRORS = 2.0
# Below this the projection is no great part of a token's time.
_LEAST_TOKENS = 32 * 1024
_PLAIN = (torch.nn.Linear, WidenedLinear)


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
        """Logits. With is_likeliest_enough only the greatest are sure to be right."""
        rough = self._rough
        rows = given.reshape(-1, given.shape[-1])
        if not self.is_likeliest_enough or rough is None or len(rows) > FEW_ROWS:
            logits: torch.Tensor = self._head(given)
            return logits
        # The greatest are found several times sooner among numbers of 32 bits.
        guesses = rough.times(rows).float()
        if self._head.bias is not None:
            guesses += self._head.bias
        found = [
            self._likeliest(row[None], guess) for row, guess in zip(rows, guesses, strict=True)
        ]
        return torch.cat(found).view(*given.shape[:-1], -1)

    def _likeliest(self, row: torch.Tensor, guesses: torch.Tensor) -> torch.Tensor:
        """Logits (1, vocabulary) of a row: exact, or -infinity for what is surely not the best."""
        greatest = guesses.view(-1, _BLOCK_TOKENS).amax(1)
        if len(greatest) > _BLOCKS:
            leaders, blocks = greatest.topk(_BLOCKS + 1)
            first = (blocks[:-1, None] * _BLOCK_TOKENS + torch.arange(_BLOCK_TOKENS)).flatten()
            exact, error = self._exact(row, first, guesses)
            bar = exact.max() - _SAFE_ERRORS * error
            if bool(leaders[-1] < bar):
                return _alone(first, exact, len(guesses))
            near = _near(guesses, greatest, bar)
            if 0 < len(near) <= _MOST_NEAR * len(guesses):
                exact, larger = self._exact(row, near, guesses)
                # A larger error than before would mean that the bar lies too high.
                if bool(larger <= error):
                    return _alone(near, exact, len(guesses))
        self.fallbacks += 1
        whole: torch.Tensor = self._head(row)
        return whole

    def _exact(
        self, row: torch.Tensor, tokens: torch.Tensor, guesses: torch.Tensor
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """The logits of some tokens, and the largest error of their guesses."""
        bias = self._head.bias
        exact = torch.nn.functional.linear(
            row,
            self._head.weight.index_select(0, tokens).to(row.dtype),
            None if bias is None else bias[tokens],
        )[0]
        return exact, _largest_error(exact, guesses[tokens])


def _near(guesses: torch.Tensor, greatest: torch.Tensor, bar: torch.Tensor) -> torch.Tensor:
    """Tokens whose guesses reach the bar, sought in the blocks whose greatest one does."""
    blocks = (greatest >= bar).nonzero()[:, 0]
    found = guesses.view(-1, _BLOCK_TOKENS).index_select(0, blocks) >= bar
    block, token = found.nonzero().unbind(1)
    return blocks[block] * _BLOCK_TOKENS + token


def _alone(tokens: torch.Tensor, logits: torch.Tensor, vocabulary: int) -> torch.Tensor:
    """Logits (1, vocabulary) of these tokens among others that cannot be the best."""
    return logits.new_full((1, vocabulary), -math.inf).index_copy_(1, tokens, logits[None])


def _largest_error(exact: torch.Tensor, guesses: torch.Tensor) -> torch.Tensor:
    return (exact.float() - guesses).abs().max()


def quick_head(head: torch.nn.Module) -> QuickHead | None:
    """A quick head in the place of a plain projection, or None where it would not be quicker."""
    if (
        not isinstance(head, torch.nn.Linear)
        or type(head) not in _PLAIN
        or head.weight.device.type != "cpu"
    ):
        return None
    tokens = head.weight.shape[0]
    if tokens < _LEAST_TOKENS or tokens % _BLOCK_TOKENS:
        return None
    if has_whole_products():
        return QuickHead(head, WholeProducts(head.weight, torch.float32))
    if fits_four_bits(head.weight):
        return QuickHead(head, FourBits(head.weight, is_rough=True))
    return None
