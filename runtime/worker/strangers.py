"""Says, once of each, which machines knocked at the control port and were not let in."""

from __future__ import annotations

from collections.abc import Callable

from runtime.transport.admission import AdmissionList

# Whoever knocks with ever new keys is not told of for ever.
_MOST_TOLD = 64
_SHOWN_CHARACTERS = 8


class Strangers:
    """Stands before the admission list: asks it, and tells of whom it refuses."""

    def __init__(self, admission: AdmissionList, say: Callable[[str], None]) -> None:
        self._admission = admission
        self._say = say
        self._told: set[str] = set()

    def callback(self, domain: str, key: bytes) -> bool:
        """For pyzmq's configure_curve_callback, as the admission list's own."""
        if self._admission.callback(domain, key):
            return True
        shown = key.decode("ascii", "replace")[:_SHOWN_CHARACTERS]
        self._tell_once(
            shown,
            f"A machine that is not paired with this one was refused (its key: {shown}…). If it is "
            "yours, pair it again with the code shown here.",
        )
        return False

    def spoke_to_another(self) -> None:
        """A handshake failed: it was meant for another machine's key, or was none at all."""
        self._tell_once(
            "",
            "A machine was refused that takes this one for another, or does not speak HPipe's "
            "encrypted language. If it is yours, forget this machine there and pair it again.",
        )

    def _tell_once(self, who: str, sentence: str) -> None:
        if who not in self._told and len(self._told) < _MOST_TOLD:
            self._told.add(who)
            self._say(sentence)
