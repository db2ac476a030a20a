"""Which public keys a server lets in; asked by the ZAP handler at each handshake."""

from __future__ import annotations

import threading
from collections.abc import Iterable

import zmq.utils.z85


class AdmissionList:
    """A set of Z85 public keys, changed by one thread and read by the ZAP handler's."""

    def __init__(self, keys: Iterable[str] = ()) -> None:
        self._lock = threading.Lock()
        self._keys = set(keys)

    def admit(self, keys: Iterable[str]) -> None:
        with self._lock:
            self._keys.update(keys)

    def withdraw(self, keys: Iterable[str]) -> None:
        with self._lock:
            self._keys.difference_update(keys)

    def __contains__(self, public_key: str) -> bool:
        with self._lock:
            return public_key in self._keys

    def callback(self, _domain: str, key: bytes) -> bool:
        """For pyzmq's configure_curve_callback, which hands over the Z85 key (or raw 32 bytes)."""
        encoded = key if len(key) == 40 else zmq.utils.z85.encode(key)
        return encoded.decode() in self
