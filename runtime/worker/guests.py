"""Who may connect to this worker and its engines, and what each may ask for."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from enum import IntEnum

from runtime.errors import Refused
from runtime.messages.spawn import Admission
from runtime.transport.admission import AdmissionList
from runtime.trust.pairings import Pairings

MOST_VOUCHED_KEYS = 256


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
        on_change: Callable[[Admission], None],
    ) -> None:
        self.admission = AdmissionList()
        self._own_key = own_key
        self._trusted = set(trusted_keys)
        self._pairings = pairings
        self._vouched: dict[bytes, set[str]] = {}
        self._told: Admission | None = None
        self._on_change = on_change
        self._refresh()

    @property
    def engine_admission(self) -> Admission:
        """Whom the engines let in now, and for what."""
        neighbours = frozenset[str]().union(*self._vouched.values()) - self._known
        return Admission(
            coordinators=tuple(sorted(self._known)),
            neighbours=tuple(sorted(neighbours - self._pairings.forgotten)),
        )

    def standing(self, public_key: str) -> Standing:
        if public_key == self._own_key:
            return Standing.OWN
        if public_key in self._known:
            return Standing.PAIRED
        return Standing.VOUCHED if public_key in self.admission else Standing.UNKNOWN

    def vouch(self, connection: bytes, keys: Iterable[str]) -> None:
        """Admit keys for as long as this connection lasts. Refused beyond a sensible number."""
        vouched = self._vouched.get(connection, set()) | set(keys)
        if len(vouched) > MOST_VOUCHED_KEYS:
            raise Refused(f"One machine can vouch for {MOST_VOUCHED_KEYS} others at most.")
        self._vouched[connection] = vouched
        self._refresh()

    def connection_ended(self, connection: bytes) -> None:
        """Nobody vouches any more for what only this connection vouched for."""
        if self._vouched.pop(connection, None):
            self._refresh()

    def remember(self, public_key: str, name: str) -> None:
        """Admit a key that pairing has proved, from now on. SetupError when it cannot be kept."""
        self._pairings.remember(public_key, name)
        self._refresh()

    def forget(self, public_key: str) -> None:
        """Withdraw a key at once and for good."""
        if public_key == self._own_key:
            raise Refused("A machine cannot forget itself.")
        self._pairings.forget(public_key)
        self._trusted.discard(public_key)
        self._refresh()

    @property
    def _known(self) -> frozenset[str]:
        return frozenset({self._own_key} | self._trusted | self._pairings.keys())

    def _refresh(self) -> None:
        wanted = self.engine_admission
        self.admission.replace(wanted.coordinators + wanted.neighbours)
        if wanted != self._told:
            self._told = wanted
            self._on_change(wanted)
