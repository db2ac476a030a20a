"""The virtual environment beside the checkout: made once, brought up to the locked versions."""

from __future__ import annotations

import hashlib
import json
import platform
import shutil
import subprocess
import sys
import time
import venv
from collections import deque
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
REQUIREMENTS = Path(__file__).resolve().parent / "requirements"
TORCH_VERSION = "2.13.0"
GIGABYTE = 1024**3
# Measured: everything but torch takes 1 GB installed; a torch for CPUs 1 GB, one for CUDA 7.
NEEDED_BYTES = {"cpu": 3 * GIGABYTE, "gpu": 12 * GIGABYTE}
DESCRIPTIONS = {
    "runtime": "what every machine needs",
    "window": "what the window needs",
    "demo": "the demo model (250 MB)",
    "test": "what the tests need",
}


class Problem(Exception):
    """Something a person can mend, in a sentence or two."""


class Environment:
    """A virtual environment whose installed lists are remembered, so that they are skipped."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        windows = sys.platform == "win32"
        self.python = str(folder / ("Scripts/python.exe" if windows else "bin/python"))
        self._record = folder / "hpipe-installed.json"

    def prepare(self, lists: Sequence[str]) -> None:
        """Install torch and these lists where they are not yet. Raises Problem."""
        installed = self._installed()
        missing = [name for name in lists if installed.get(name) != _fingerprint(name)]
        needs_torch = installed.get("torch") != TORCH_VERSION
        if not missing and not needs_torch:
            return
        gpu = has_gpu()
        if needs_torch:
            require_space(self.folder, NEEDED_BYTES["gpu" if gpu else "cpu"])
        steps = len(missing) + needs_torch
        print(f"Preparing HPipe in {self.folder} ({steps} steps; later starts skip them).")
        self._create()
        if needs_torch:
            print(f"[1/{steps}] torch for {'this GPU' if gpu else 'this machine'}")
            self._install_torch(gpu)
            self._remember("torch", TORCH_VERSION)
        for number, name in enumerate(missing, start=1 + needs_torch):
            print(f"[{number}/{steps}] {DESCRIPTIONS[name]}")
            self._pip(["--require-hashes", "-r", str(REQUIREMENTS / f"{name}.txt")])
            self._remember(name, _fingerprint(name))

    def _create(self) -> None:
        if Path(self.python).exists():
            return
        try:
            venv.EnvBuilder(with_pip=True, clear=self.folder.exists()).create(self.folder)
        except subprocess.CalledProcessError as problem:
            raise Problem(
                "Python could not make a virtual environment: its ensurepip part is missing. "
                "On Debian and Ubuntu: sudo apt install python3-venv. Then run this again."
            ) from problem
        except OSError as problem:
            raise Problem(
                f"{self.folder} could not be made ({problem.strerror}). Check that you may write "
                "there and that the disk is not full, then run this again."
            ) from problem

    def _install_torch(self, gpu: bool) -> None:
        wanted = f"torch=={TORCH_VERSION}"
        if sys.platform == "linux" and not gpu:
            # The plain Linux build brings gigabytes of CUDA; a local or mirrored CPU build wins.
            if self._succeeds(["install", f"{wanted}+cpu"]):
                return
        if sys.platform != "darwin":
            # uv knows where PyTorch keeps the builds for each kind of GPU and driver.
            self._pip(["uv"])
            uv = [self.python, "-m", "uv", "pip", "install", "--torch-backend=auto", wanted]
            print("    choosing the build for this machine; this is the largest download")
            if subprocess.call([*uv, "--python", self.python]) == 0:
                return
        self._pip([wanted])

    def _succeeds(self, arguments: Sequence[str]) -> bool:
        command = [self.python, "-m", "pip", *arguments]
        return subprocess.run(command, capture_output=True, check=False).returncode == 0

    def _pip(self, arguments: Sequence[str]) -> None:
        """Run pip install, showing on one line what it is at."""
        command = [self.python, "-m", "pip", "install", "--progress-bar", "off", *arguments]
        process = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace"
        )
        last: deque[str] = deque(maxlen=30)
        line = StatusLine()
        with process:
            try:
                for text in process.stdout or ():
                    last.append(text.rstrip())
                    line.show(text.strip())
            finally:
                line.end()
        if process.returncode != 0:
            raise Problem(explain(last))

    def _installed(self) -> dict[str, str]:
        try:
            known = json.loads(self._record.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return {}
        return known if known.pop("python", "") == platform.python_version() else {}

    def _remember(self, name: str, fingerprint: str) -> None:
        known = self._installed() | {name: fingerprint, "python": platform.python_version()}
        try:
            self._record.write_text(json.dumps(known), encoding="utf-8")
        except OSError as problem:
            raise Problem(
                f"{self._record} could not be written ({problem.strerror}). Check that the disk is "
                "not full, then run this again."
            ) from problem


class StatusLine:
    """One line on a terminal that is written over; on anything else, a line per download."""

    def __init__(self) -> None:
        self._started = time.monotonic()
        self._terminal = sys.stdout.isatty()

    def show(self, text: str) -> None:
        words = text.split()
        if not words or words[0] not in ("Collecting", "Downloading", "Installing", "Using"):
            return
        what = " ".join(words[:4])
        if self._terminal:
            width = shutil.get_terminal_size().columns - 12
            seconds = time.monotonic() - self._started
            print(f"\r\033[K    {seconds:4.0f} s  {what[:width]}", end="", flush=True)
        elif words[0] in ("Downloading", "Installing"):
            print(f"    {what}"[:100], flush=True)

    def end(self) -> None:
        if self._terminal:
            print("\r\033[K", end="")


def explain(lines: Sequence[str]) -> str:
    """Why pip failed, in a sentence, with its own last words."""
    text = "\n".join(lines)
    if "No space left" in text or "ENOSPC" in text:
        reason = "The disk is full: free some gigabytes, then run this again."
    elif any(
        sign in text
        for sign in (
            "ConnectionError",
            "Failed to establish",
            "timed out",
            "Temporary failure",
            "ProxyError",
            "ConnectTimeout",
        )
    ):
        reason = "The package index could not be reached: check the network, then run this again."
    elif "No matching distribution" in text or "Could not find a version" in text:
        reason = (
            f"A package has no build for Python {platform.python_version()} on "
            f"{platform.system()} {platform.machine()}, or the package index was not reached. "
            "Python 3.11 to 3.13 are known to work."
        )
    elif "Permission denied" in text:
        reason = "A file could not be written: check the permissions of the folder."
    else:
        reason = "A package could not be installed."
    return f"{reason}\nThe installer's last words:\n" + "\n".join(
        f"    {each}" for each in list(lines)[-6:]
    )


def has_gpu() -> bool:
    """Whether a driver for an NVIDIA, AMD or Intel GPU is there (Apple's needs no other torch)."""
    if sys.platform == "darwin":
        return False
    return any(shutil.which(tool) for tool in ("nvidia-smi", "rocm-smi", "xpu-smi"))


def require_space(folder: Path, needed_bytes: int) -> None:
    """Raise Problem unless the disk of this folder has room."""
    free = shutil.disk_usage(folder if folder.exists() else folder.parent).free
    if free < needed_bytes:
        raise Problem(
            f"HPipe needs about {needed_bytes / GIGABYTE:.0f} GB on the disk of {folder}, and "
            f"{free / GIGABYTE:.1f} GB are free. Free some space, then run this again."
        )


def _fingerprint(name: str) -> str:
    return hashlib.sha256((REQUIREMENTS / f"{name}.txt").read_bytes()).hexdigest()[:16]
