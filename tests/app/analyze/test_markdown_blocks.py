"""The settled part of a growing answer: too much would freeze an unfinished block as it was."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.analyze.markdown_blocks import settled_length

SAMPLE = """First paragraph
goes on.

- one
- two

  still two

3. three

```python
x = 1

y = 2
```

| a | b |
|---|---|
| 1 | 2 |

Last"""


@pytest.mark.parametrize(
    ("source", "open_part"),
    [
        ("one", "one"),
        ("one\n\n", "one\n\n"),
        ("one\n\ntwo", "two"),
        ("one\ntwo", "one\ntwo"),
        ("- one\n- two", "- two"),
        ("- one\n\n  goes on", "- one\n\n  goes on"),
        ("```\na\n\nb", "```\na\n\nb"),
        ("```\na\n\nb\n```\n\nc", "c"),
        ("| a |\n|---|\n| 1 |\n", "| a |\n|---|\n| 1 |\n"),
        ("~~~\n```\n\nx", "~~~\n```\n\nx"),
    ],
)
def test_only_the_last_block_is_open(source: str, open_part: str) -> None:
    assert source[settled_length(source) :] == open_part


@given(st.integers(0, len(SAMPLE)), st.integers(0, len(SAMPLE)))
def test_what_is_settled_stays_settled(first: int, second: int) -> None:
    """Going on from an earlier boundary finds the same boundary as from the start."""
    shorter, longer = sorted((first, second))
    early = settled_length(SAMPLE[:shorter])
    late = settled_length(SAMPLE[:longer])
    assert early <= late
    assert settled_length(SAMPLE[:longer], early) == late
