"""What a CPU's engine is started with, so that its weights lie in large pages."""

from __future__ import annotations

import asyncio
import logging
import platform
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest
from msgspec import Struct

from runtime.worker import large_pages as asking
from runtime.worker.child import start_child
from runtime.worker.engine_end import explain_end
from runtime.worker.large_pages import large_pages

VARIABLE = "GLIBC_TUNABLES"
WANTED = "glibc.malloc.hugetlb=1"
TELLER = (
    "import json, os, sys\n"
    f"print(json.dumps([os.environ.get('{VARIABLE}', ''), os.environ['OWN']]), flush=True)\n"
    "sys.stdin.read()"
)
HOLDER = (
    "import ctypes, sys\n"
    "held = ctypes.create_string_buffer(96 << 20)\n"
    "lines = open('/proc/self/smaps_rollup').read().splitlines()\n"
    "huge = next(line.split()[1] for line in lines if line.startswith('AnonHuge'))\n"
    'print(f\'["{huge}", ""]\', flush=True)\n'
    "sys.stdin.read()"
)


class Seen(Struct, frozen=True, array_like=True):
    setting: str
    own: str


def seen_by(folder: Path, program: str, variables: Mapping[str, str]) -> Seen:
    """What a child says that was started with these variables."""
    script = folder / "child.py"
    script.write_text(program)

    async def scenario() -> Seen:
        log = logging.getLogger(__name__)
        child = start_child([str(script)], Seen("", ""), log, variables)
        try:
            return await child.ready(Seen, 20.0, "The child", explain_end)
        finally:
            await child.stop()

    return asyncio.run(scenario())


@pytest.mark.parametrize(
    ("platform", "own", "expected"),
    [
        ("linux", None, {VARIABLE: WANTED}),
        ("linux", "", {VARIABLE: WANTED}),
        ("linux", "glibc.cpu.x=1", {VARIABLE: f"glibc.cpu.x=1:{WANTED}"}),
        ("linux", "glibc.malloc.hugetlb=0", {}),
        ("win32", None, {}),
        ("darwin", None, {}),
    ],
)
def test_a_persons_own_setting_stays(
    platform: str, own: str | None, expected: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Defect: somebody's other settings are lost, or their "no" is overruled."""
    monkeypatch.setattr(asking.sys, "platform", platform)
    if own is None:
        monkeypatch.delenv(VARIABLE, raising=False)
    else:
        monkeypatch.setenv(VARIABLE, own)
    assert large_pages() == expected


def test_a_child_sees_them_beside_its_parents_variables(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Defect: the variables replace the environment, and a child finds no PATH or no home."""
    monkeypatch.setenv("OWN", "kept")
    assert seen_by(tmp_path, TELLER, {VARIABLE: WANTED}) == Seen(WANTED, "kept")


def gives_large_pages_when_asked() -> bool:
    mode = Path("/sys/kernel/mm/transparent_hugepage/enabled")
    library, version = platform.libc_ver()
    is_new = library == "glibc" and tuple(map(int, version.split("."))) >= (2, 35)
    return sys.platform == "linux" and is_new and mode.exists() and "[madvise]" in mode.read_text()


@pytest.mark.skipif(not gives_large_pages_when_asked(), reason="none are given when asked for")
def test_a_process_started_so_holds_its_memory_in_large_pages(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Defect: glibc renames its setting, and nobody notices that answers are slower."""
    monkeypatch.delenv(VARIABLE, raising=False)
    plain, large = (seen_by(tmp_path, HOLDER, started) for started in ({}, large_pages()))
    assert int(plain.setting) < 1024
    assert int(large.setting) > 64 * 1024
