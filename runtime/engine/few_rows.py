"""How many rows are few: a token of an answer, or a token and some guesses at the next.

They are computed in ways of their own, and all numbers of them in the same, so that a guess that is
checked gets the same numbers as a token that was not guessed. A chunk of a text has more rows.
"""

from __future__ import annotations

FEW_ROWS = 8
