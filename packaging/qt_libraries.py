"""The system libraries Qt needs on Linux, told by name with the command that installs them."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys

from environment import Problem

# Loads the window's Qt modules and, for a screen, the plugin that draws on it.
PROBE = """
import ctypes, pathlib, sys
import PySide6
from PySide6 import QtGui, QtWidgets, QtSvg
for name in sys.argv[1:]:
    ctypes.CDLL(str(pathlib.Path(PySide6.__path__[0]) / "Qt" / "plugins" / "platforms" / name))
"""
MISSING = re.compile(r"(lib[\w.+-]+\.so[.\d]*): cannot open shared object file")
PACKAGES = {
    "apt": "libegl1 libgl1 libfontconfig1 libdbus-1-3 libglib2.0-0 libxkbcommon-x11-0 "
    "libxcb-cursor0 libxcb-icccm4 libxcb-image0 libxcb-keysyms1 libxcb-render-util0 "
    "libxcb-shape0 libxcb-randr0 libxcb-xinerama0 libxcb-xkb1",
    "dnf": "mesa-libEGL mesa-libGL fontconfig dbus-libs libxkbcommon-x11 xcb-util-cursor "
    "xcb-util-wm xcb-util-image xcb-util-keysyms xcb-util-renderutil",
    "pacman": "libglvnd fontconfig libxkbcommon-x11 xcb-util-cursor xcb-util-wm xcb-util-image "
    "xcb-util-keysyms xcb-util-renderutil",
    "zypper": "Mesa-libEGL1 Mesa-libGL1 fontconfig libxkbcommon-x11-0 libxcb-cursor0 "
    "libxcb-icccm4 libxcb-image0 libxcb-keysyms1 libxcb-render-util0",
}
INSTALL = {"apt": "apt install", "dnf": "dnf install", "pacman": "pacman -S", "zypper": "zypper in"}


def require(python: str, *, needs_screen: bool) -> None:
    """Raise Problem when a library of the system that Qt needs is missing."""
    if not sys.platform.startswith("linux"):
        return
    plugins = ["libqxcb.so"] if needs_screen and os.environ.get("DISPLAY") else []
    probe = subprocess.run(
        [python, "-c", PROBE, *plugins], capture_output=True, text=True, check=False
    )
    if probe.returncode == 0:
        return
    found = MISSING.search(probe.stderr)
    if found is None:
        raise Problem(f"Qt could not be loaded:\n{probe.stderr.strip()[-500:]}")
    raise Problem(
        f"The window needs {found[1]}, which this system lacks. {_advice()}\n"
        "Without a window, HPipe works too: add --terminal to demo, or use the worker, analyze, "
        "plan and bench commands."
    )


def _advice() -> str:
    for manager, packages in PACKAGES.items():
        if shutil.which(manager):
            return f"Install it with:\n    sudo {INSTALL[manager]} {packages}"
    return "Install your system's packages for EGL, OpenGL, fontconfig and the xcb libraries."
