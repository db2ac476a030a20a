"""Where the keys and values that a cache returned lie in it, with what lies around them.

Attention takes whole blocks of tokens, whatever chunk it is asked for. The memory before a chunk's
window and behind its newest token belongs to a block too; what it holds is hidden, only finite.
"""

from __future__ import annotations

import torch
from msgspec import Struct

_NAME = "hpipe_kept"


class Kept(Struct, frozen=True):
    """Keys (K, n, d) and values (K, n, e) of tokens from first on, the newest of which is end - 1.

    Those behind it were written to, but mean nothing.
    """

    keys: torch.Tensor
    values: torch.Tensor
    first: int
    end: int

    @property
    def room_end(self) -> int:
        """The token that there is no memory for any more."""
        return self.first + self.keys.shape[1]

    def between(self, first: int, end: int) -> tuple[torch.Tensor, torch.Tensor]:
        """Keys and values of tokens [first, end)."""
        place = (1, first - self.first, end - first)
        return self.keys.narrow(*place), self.values.narrow(*place)


def remember(keys: torch.Tensor, values: torch.Tensor, kept: Kept) -> None:
    """Note with keys and values (1, K, n, _) that are part of a cache where they lie."""
    setattr(keys, _NAME, kept)
    setattr(values, _NAME, kept)


def kept_of(keys: torch.Tensor, values: torch.Tensor) -> Kept:
    """Where keys and values lie; if they are no cache's own, they are taken for a whole text's."""
    kept = getattr(keys, _NAME, None)
    are_together = kept is getattr(values, _NAME, None)
    if are_together and isinstance(kept, Kept):
        return kept
    return Kept(keys[0], values[0], 0, keys.shape[2])
