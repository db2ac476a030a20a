"""Ctrl-C in the terminal and a polite kill close the window instead of being ignored or fatal."""

from __future__ import annotations

import signal
from collections.abc import Callable
from types import FrameType

from PySide6.QtCore import QObject, QTimer

LOOK_MILLISECONDS = 200


class Interrupts(QObject):
    """Calls on_interrupt in the window's thread. `close` gives the signals back."""

    def __init__(self, on_interrupt: Callable[[], object], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._on_interrupt = on_interrupt
        names = ("SIGINT", "SIGTERM", "SIGBREAK", "SIGHUP")
        self._old = {
            number: signal.signal(number, self._arrived)
            for number in (getattr(signal, name, None) for name in names)
            if number is not None
        }
        # Python runs its handlers only between its own instructions, and Qt waits outside of them.
        self._timer = QTimer(self)
        self._timer.setInterval(LOOK_MILLISECONDS)
        self._timer.timeout.connect(lambda: None)
        self._timer.start()

    def close(self) -> None:
        self._timer.stop()
        for number, handler in self._old.items():
            signal.signal(number, handler)

    def _arrived(self, _number: int, _frame: FrameType | None) -> None:
        QTimer.singleShot(0, self, self._on_interrupt)
