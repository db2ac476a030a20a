"""Which public keys a server lets in; asked at each handshake, and of each message's sender."""

from __future__ import annotations

import threading
from collections.abc import Iterable
from typing import Any

import zmq
import zmq.utils.z85

from runtime.errors import Refused


class AdmissionList:
    """A set of Z85 public keys, changed by one thread and read by the ZAP handler's.

    Whoever is on one of the lists it includes is on it too.
    """

    def __init__(
        self, keys: Iterable[str] = (), *, including: Iterable[AdmissionList] = ()
    ) -> None:
        self._lock = threading.Lock()
        self._keys = frozenset(keys)
        self._including = tuple(including)

    def replace(self, keys: Iterable[str]) -> None:
        """These keys, and no others."""
        with self._lock:
            self._keys = frozenset(keys)

    def __contains__(self, public_key: str) -> bool:
        with self._lock:
            here = public_key in self._keys
        return here or any(public_key in other for other in self._including)

    def require(self, frame: zmq.Frame) -> None:
        """Refused unless a message's sender is still listed: a connection outlives a withdrawal."""
        sender: Any = frame.get("User-Id")
        if str(sender) not in self:
            raise Refused("This machine is not paired any more.", "Pair the two machines again.")

    def callback(self, _domain: str, key: bytes) -> bool:
        """For pyzmq's configure_curve_callback, which hands over the Z85 key (or raw 32 bytes)."""
        encoded = key if len(key) == 40 else zmq.utils.z85.encode(key)
        return encoded.decode() in self
