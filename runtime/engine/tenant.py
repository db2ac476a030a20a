"""Whom an engine works for: one coordinator at a time, known by its connection.

Two windows may use one machine. The one whose layers are loaded keeps the engine while its job is
under way; afterwards the other may put its own layers in their place, and the first is told.
"""

from __future__ import annotations

from collections.abc import Callable

from runtime.errors import EngineError, Refused


class Tenant:
    """is_connected tells whether a coordinator that is about to be waited for is still there."""

    def __init__(self, is_connected: Callable[[bytes], bool]) -> None:
        self._is_connected = is_connected
        self._name = ""
        self._is_at_work = False
        self.identity = b""

    def move_in(self, identity: bytes, name: str) -> None:
        """This coordinator's layers take the place of whatever was loaded."""
        self.identity, self._name, self._is_at_work = identity, name, True

    def work(self, identity: bytes) -> None:
        """A job begins or goes on. EngineError unless its coordinator has loaded the layers."""
        self.require(identity)
        self._is_at_work = True

    def require(self, identity: bytes) -> None:
        """EngineError when what is loaded is another coordinator's."""
        if self.identity not in (b"", identity):
            raise EngineError(
                "Another computer has loaded other layers on this machine since.",
                "Ask again: the document will be read anew.",
            )

    def rest(self, identity: bytes) -> None:
        """The job is over; what is loaded stays until somebody needs the place."""
        if identity == self.identity:
            self._is_at_work = False

    def require_free(self, identity: bytes) -> None:
        """Refused while a job of another coordinator, who is still there, is under way."""
        others = self.identity not in (b"", identity)
        if others and self._is_at_work and self._is_connected(self.identity):
            raise Refused(
                f"It works for {self._name} now.",
                "Ask again when that is done, or leave this machine out.",
            )
