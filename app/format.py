"""Figures in words people use, in the window's language."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication, QLocale, QTime


def number(value: float, decimals: int = 0) -> str:
    """A number with the language's separators."""
    return QLocale().toString(float(value), "f", decimals)


def memory(size_bytes: float) -> str:
    """Memory or file size in GB or MB (powers of 1024, as systems show memory)."""
    gigabytes = size_bytes / 2**30
    if gigabytes >= 0.95:
        decimals = 0 if gigabytes >= 99.5 or abs(gigabytes - round(gigabytes)) < 0.05 else 1
        return QCoreApplication.translate("Format", "{n} GB").format(n=number(gigabytes, decimals))
    return QCoreApplication.translate("Format", "{n} MB").format(n=number(size_bytes / 2**20))


def duration(seconds: float) -> str:
    """A length of time, as coarse as it can be said: "40 ms", "3.2 s", "4 min 05 s", "2 h 10"."""
    if seconds < 0.95:
        return QCoreApplication.translate("Format", "{n} ms").format(n=number(seconds * 1000))
    if seconds < 9.95:
        return QCoreApplication.translate("Format", "{n} s").format(n=number(seconds, 1))
    if seconds < 59.5:
        return QCoreApplication.translate("Format", "{n} s").format(n=number(seconds))
    minutes, rest = divmod(round(seconds), 60)
    if minutes < 60:
        return QCoreApplication.translate("Format", "{m} min {s} s").format(
            m=minutes, s=f"{rest:02}"
        )
    hours, minutes = divmod(minutes, 60)
    return QCoreApplication.translate("Format", "{h} h {m} min").format(h=hours, m=f"{minutes:02}")


def time_of_day(minute: int) -> str:
    """A minute of the day as the clock shows it: "20:00"."""
    return QLocale().toString(QTime(minute // 60, minute % 60), QLocale.FormatType.ShortFormat)


def token_rate(tokens_per_second: float) -> str:
    decimals = 1 if tokens_per_second < 100 else 0
    text = number(tokens_per_second, decimals)
    return QCoreApplication.translate("Format", "{n} tokens/s").format(n=text)


def latency(seconds: float) -> str:
    """Network latency in milliseconds."""
    milliseconds = seconds * 1000
    text = number(milliseconds, 2 if milliseconds < 0.095 else 1 if milliseconds < 9.95 else 0)
    return QCoreApplication.translate("Format", "{n} ms").format(n=text)


def bandwidth(bytes_per_second: float) -> str:
    """Network speed in bits, as it is printed on the box."""
    megabits = bytes_per_second * 8 / 1e6
    if megabits >= 995:
        text = number(megabits / 1000, 1)
        return QCoreApplication.translate("Format", "{n} Gb/s").format(n=text)
    if megabits < 0.95:
        return QCoreApplication.translate("Format", "{n} kb/s").format(n=number(megabits * 1000))
    decimals = 1 if megabits < 9.95 else 0
    return QCoreApplication.translate("Format", "{n} Mb/s").format(n=number(megabits, decimals))


def percent(fraction: float) -> str:
    return QCoreApplication.translate("Format", "{n} %").format(n=number(fraction * 100))
