"""Which part of a growing Markdown text is settled, so that it is laid out once and not again."""

from __future__ import annotations

import re

_LIST_ITEM = re.compile(r"(?:[-*+]|\d{1,9}[.)])[ \t]+\S")
_FENCE = re.compile(r"[ \t]*(`{3,}|~{3,})")


def settled_length(source: str, start: int = 0) -> int:
    """Up to where source[start:] is finished blocks; start must be where a block begins.

    A block is finished when the next one has begun: after a blank line, or, in a list, with the
    next item. What stays open is the last block only, however long the answer grows.
    """
    settled = position = start
    fence = ""
    after_blank = False
    in_list = False
    for line in source[start:].splitlines(keepends=True):
        is_blank = not line.strip()
        is_item = _LIST_ITEM.match(line) is not None
        if not fence and not is_blank and not line[0].isspace():
            if position > start and (after_blank or (in_list and is_item)):
                settled = position
                in_list = is_item
            else:
                in_list = in_list or is_item
        match = _FENCE.match(line)
        if match is not None:
            if not fence:
                fence = match[1]
            elif match[1].startswith(fence) and not line.strip().strip(fence[0]):
                fence = ""
        after_blank = is_blank and not fence
        position += len(line)
    return settled
