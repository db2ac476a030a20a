"""Who may connect to this worker and its engines, and what each may ask for."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from enum import IntEnum

from runtime.errors import Refused
from runtime.messages.spawn import ChangeAdmission
from runtime.transport.admission import AdmissionList
from runtime.trust.pairings import Pairings


class Standing(IntEnum):
    """What a key is to this machine; each may do what those below it may."""

    UNKNOWN = 0
    VOUCHED = 1
    PAIRED = 2
    OWN = 3


class Guests:
    """This machine's own key, those it was started with or paired with, and those vouched for.

    A key that was forgotten stays out, whoever vouches for it, until it is paired again.
    """

    def __init__(
        self,
        own_key: str,
        trusted_keys: Iterable[str],
        pairings: Pairings,
        on_change: Callable[[ChangeAdmission], None],
    ) -> None:
        self.admission = AdmissionList()
        self._own_key = own_key
        self._trusted = set(trusted_keys)
        self._pairings = pairings
        self._vouched: dict[bytes, set[str]] = {}
        self._forgotten: set[str] = set()
        self._admitted: frozenset[str] = frozenset()
        self._on_change = on_change
        self._refresh()

    @property
    def keys(self) -> frozenset[str]:
        """Every key that may connect now."""
        return self._admitted

    def standing(self, public_key: str) -> Standing:
        if public_key == self._own_key:
            return Standing.OWN
        if public_key not in self._admitted:
            return Standing.UNKNOWN
        if public_key in self._trusted | self._pairings.keys():
            return Standing.PAIRED
        return Standing.VOUCHED

    def vouch(self, connection: bytes, keys: Iterable[str]) -> None:
        """Admit keys for as long as this connection lasts."""
        self._vouched.setdefault(connection, set()).update(keys)
        self._refresh()

    def connection_ended(self, connection: bytes) -> None:
        """Nobody vouches any more for what only this connection vouched for."""
        if self._vouched.pop(connection, None):
            self._refresh()

    def remember(self, public_key: str, name: str) -> None:
        """Admit a key that pairing has proved, from now on. SetupError when it cannot be kept."""
        self._pairings.remember(public_key, name)
        self._forgotten.discard(public_key)
        self._refresh()

    def forget(self, public_key: str) -> None:
        """Withdraw a key at once and for good."""
        if public_key == self._own_key:
            raise Refused("A machine cannot forget itself.")
        self._pairings.forget(public_key)
        self._trusted.discard(public_key)
        self._forgotten.add(public_key)
        self._refresh()

    def _refresh(self) -> None:
        known = {self._own_key} | self._trusted | self._pairings.keys()
        wanted = frozenset(known.union(*self._vouched.values()) - self._forgotten)
        change = ChangeAdmission(
            admit=tuple(sorted(wanted - self._admitted)),
            withdraw=tuple(sorted(self._admitted - wanted)),
        )
        self._admitted = wanted
        self.admission.admit(change.admit)
        self.admission.withdraw(change.withdraw)
        if change.admit or change.withdraw:
            self._on_change(change)
