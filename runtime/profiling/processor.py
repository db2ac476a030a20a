"""The processor's name, and how many threads it computes fastest with."""

from __future__ import annotations

import functools
import math
import os
import platform
import re
import subprocess
import sys
from pathlib import Path

import psutil

from runtime.profiling import cgroups

_NOISE = re.compile(r"\((?:R|TM|C)\)|\bCPU\b|\bProcessor\b|@.*$|\b\d+-Core\b", re.IGNORECASE)


@functools.cache
def processor_name() -> str:
    """As the maker calls it, without the marks: "Intel Xeon Gold 6254", "Apple M2"."""
    found = _raw_name() or platform.processor() or platform.machine() or "Processor"
    return " ".join(_NOISE.sub(" ", found).split())


def computing_threads() -> int:
    """Physical cores this process may run on: their second threads do not speed up matrices."""
    allowed = os.cpu_count() or 1
    if hasattr(os, "sched_getaffinity"):
        allowed = len(os.sched_getaffinity(0))
    cores = min(allowed, psutil.cpu_count(logical=False) or allowed)
    share = cgroups.cpu_limit()
    return max(1, cores if share is None else min(cores, math.ceil(share)))


def _raw_name() -> str:
    if sys.platform == "win32":
        return _registry_name()
    if sys.platform == "darwin":
        return _sysctl_name()
    return _proc_name(Path("/proc/cpuinfo"), Path("/proc/device-tree/model"))


def _proc_name(cpuinfo: Path, device_tree: Path) -> str:
    for file, pattern in (
        (cpuinfo, r"^model name\s*:\s*(.+)$"),
        (device_tree, r"^([^\0]+)"),  # boards with an ARM processor name themselves here
    ):
        try:
            found = re.search(pattern, file.read_text(errors="replace"), re.MULTILINE)
        except OSError:
            continue
        if found:
            return found.group(1)
    return ""


def _sysctl_name() -> str:
    try:
        asked = subprocess.run(
            ["/usr/sbin/sysctl", "-n", "machdep.cpu.brand_string"],
            capture_output=True,
            timeout=5,
            check=True,
            text=True,
        )
    except (OSError, subprocess.SubprocessError):
        return ""
    return asked.stdout.strip()


def _registry_name() -> str:
    if sys.platform != "win32":
        return ""
    import winreg  # noqa: PLC0415 - exists on Windows alone

    try:
        with winreg.OpenKey(
            winreg.HKEY_LOCAL_MACHINE, r"HARDWARE\DESCRIPTION\System\CentralProcessor\0"
        ) as key:
            return str(winreg.QueryValueEx(key, "ProcessorNameString")[0])
    except OSError:
        return ""
