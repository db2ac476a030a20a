"""Tells every listener of every event, in order; a listener that fails does not silence others."""

from __future__ import annotations

import logging
import time

from runtime.service import Listener, Unsubscribe
from runtime.snapshots import Event, LogWritten

log = logging.getLogger(__name__)


class EventHub:
    """Listeners are called on the runtime's loop, in the order they came."""

    def __init__(self) -> None:
        self._listeners: list[Listener] = []

    def subscribe(self, listener: Listener) -> Unsubscribe:
        self._listeners.append(listener)

        def unsubscribe() -> None:
            if listener in self._listeners:
                self._listeners.remove(listener)

        return unsubscribe

    def publish(self, event: Event) -> None:
        for listener in tuple(self._listeners):
            try:
                listener(event)
            except Exception:
                log.exception("a listener failed on %s", type(event).__name__)

    def say(self, text: str, level: str = "info") -> None:
        """Something worth telling a person, in words."""
        self.publish(LogWritten(level=level, text=text, at=time.time()))
