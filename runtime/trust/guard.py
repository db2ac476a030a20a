"""Which pairing code counts now: one guess for each, a short life, and a lock after wrong ones."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable

from msgspec import Struct

from runtime.errors import PairingError

CODE_DIGITS = 6
CODE_SECONDS = 300.0
WRONG_TRIES = 5
FIRST_LOCK_SECONDS = 60.0
LONGEST_LOCK_SECONDS = 3_600.0


class Offer(Struct, frozen=True):
    """A code and how long it still counts."""

    code: str
    seconds_left: float


def new_code() -> str:
    return f"{secrets.randbelow(10**CODE_DIGITS):0{CODE_DIGITS}}"


class PairingGuard:
    """Holds the one code this machine shows. No code counts unless somebody asked to see it."""

    def __init__(
        self,
        clock: Callable[[], float] = time.monotonic,
        make_code: Callable[[], str] = new_code,
    ) -> None:
        self._clock = clock
        self._make_code = make_code
        self._code = ""
        self._expires_at = 0.0
        self._wrong_tries = 0
        self._locked_until = 0.0

    @property
    def seconds_locked(self) -> float:
        """How long no code is given or taken, 0 when pairing is possible."""
        return max(0.0, self._locked_until - self._clock())

    def offer(self) -> Offer:
        """The code to show; a fresh one when the last was used or expired. Raises when locked."""
        self._refuse_while_locked()
        if not self._is_live(self._code):
            self._code = self._make_code()
            self._expires_at = self._clock() + CODE_SECONDS
        return Offer(self._code, self._expires_at - self._clock())

    def begin(self) -> str:
        """The code an exchange that starts now is about."""
        self._refuse_while_locked()
        if not self._code:
            raise PairingError(
                "No pairing code is shown now.",
                "Let it show one, then type that one here.",
            )
        self._refuse_expired(self._code)
        return self._code

    def spend(self, code: str) -> None:
        """Use up the one guess of a code; however the guess turns out, it never counts again.

        An exchange that was begun with this code but comes second is refused here.
        """
        self._refuse_while_locked()
        self._refuse_expired(code)
        self._code = ""

    def right(self) -> None:
        self._wrong_tries = 0

    def wrong(self) -> None:
        """Count a wrong guess; each further set of them locks for twice as long."""
        self._wrong_tries += 1
        if self._wrong_tries % WRONG_TRIES == 0:
            doublings = self._wrong_tries // WRONG_TRIES - 1
            seconds = min(LONGEST_LOCK_SECONDS, FIRST_LOCK_SECONDS * 2.0 ** min(doublings, 10))
            self._locked_until = self._clock() + seconds

    def _is_live(self, code: str) -> bool:
        return bool(code) and code == self._code and self._clock() < self._expires_at

    def _refuse_expired(self, code: str) -> None:
        if not self._is_live(code):
            raise PairingError(
                "The code has expired: it was used already, or is older than five minutes.",
                "Let the other machine show a new code and type that one.",
            )

    def _refuse_while_locked(self) -> None:
        seconds = self.seconds_locked
        if seconds > 0:
            raise PairingError(
                f"Pairing is locked for {seconds:.0f} more seconds after too many wrong codes.",
                "Wait, then let a new code be shown and type that one.",
            )
