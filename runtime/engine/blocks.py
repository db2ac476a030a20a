"""Which tokens of a chunk attention takes together, and among which keys.

Both follow from where the tokens stand in the text, never from where their chunk begins or ends:
how many products a matrix product adds up, and in which order, depends on how many keys there are.
So a token has the same attention, to the last bit, however a text is cut into chunks, and answers
do not depend on how a model is split.
"""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import Struct

# Rows of a matrix product below which it no longer runs at full rate, and above which only the
# keys grow that a block computes in vain.
_FEWEST_ROWS, _MOST_ROWS = 256, 512
# Longer texts have blocks of fewest rows, whose scores stay in a core's cache.
_LONG_TOKENS = 2048
_LONG_WINDOW = 2048
# A block's last key; a cache has room up to the next multiple.
BLOCK_TOKENS = 128
# A block's first key is a multiple of so many, the values that a processor computes at once.
_VECTOR = 32
# A window's first key may lie so many tokens before the window of the newest token.
KEYS_BEFORE_WINDOW = BLOCK_TOKENS + _VECTOR


class Block(Struct, frozen=True):
    """Tokens [start, end) of a text, among keys of tokens [first_key, key_end).

    The whole block is [first_token, key_end). Keys beyond the newest token are hidden as all later
    ones are.
    """

    start: int
    end: int
    first_token: int
    first_key: int
    key_end: int


def blocks(start: int, end: int, group: int, window: int | None) -> Iterator[Block]:
    """Tokens [start, end) of a text, whose query heads share each key/value head in groups."""
    while start < end:
        size = _tokens(start, group, window)
        first_token = start // size * size
        key_end = first_token + size
        first_key = 0
        if window is not None:
            first_key = max(0, first_token + 1 - window) // _VECTOR * _VECTOR
        yield Block(start, min(end, key_end), first_token, first_key, key_end)
        start = key_end


def _tokens(position: int, group: int, window: int | None) -> int:
    """Tokens of the block that holds a position: a power of two."""
    is_short = position < _LONG_TOKENS if window is None else window >= _LONG_WINDOW
    rows = _MOST_ROWS if is_short else _FEWEST_ROWS
    return min(BLOCK_TOKENS, 1 << max(rows // group, 1).bit_length() - 1)
