"""Where a time axis has its ticks, and what stands at them."""

from __future__ import annotations

import math
from bisect import bisect_left

from PySide6.QtCore import QCoreApplication

from app.format import number

NUMBERS = (1.0, 2.0, 5.0, 10.0)
WHOLE_SECONDS = (10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400, 28800, 86400)


def nice_step(span: float, steps: int) -> float:
    """A round number of seconds that divides a span into about so many steps."""
    raw = span / max(1, steps)
    size = 10.0 ** math.floor(math.log10(raw)) if raw > 0 else 1.0
    if raw > 10:
        place = min(bisect_left(WHOLE_SECONDS, raw), len(WHOLE_SECONDS) - 1)
        return float(WHOLE_SECONDS[place])
    return size * NUMBERS[min(bisect_left(NUMBERS, raw / size - 1e-9), len(NUMBERS) - 1)]


def seconds_text(second: float, farthest: float = 0.0) -> str:
    """A moment on the axis: "0", "0.5 s", "12 s", "3:20".

    farthest is the moment of the same axis that is farthest from 0: all are written in one form.
    """
    if abs(second) < 1e-9:
        return "0"
    if max(abs(second), abs(farthest)) >= 120:
        minutes, rest = divmod(round(abs(second)), 60)
        return f"{'−' if second < 0 else ''}{minutes}:{rest:02}"
    decimals = next(d for d in (0, 1, 2, 3) if d == 3 or abs(second - round(second, d)) < 1e-6)
    text = QCoreApplication.translate("Format", "{n} s").format(n=number(second, decimals))
    return text.replace("-", "−")
