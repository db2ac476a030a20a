"""Limits of containers and services, as Linux writes them in either version."""

from __future__ import annotations

from pathlib import Path

from runtime.profiling.cgroups import MemoryLimit, cpu_limit, memory_limit

GIB = 1024**3


def tree(root: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text + "\n")
    return root


def test_version_2_counts_the_tightest_group_above(tmp_path: Path) -> None:
    """Defect: the limit of a parent group is overlooked, and the system kills the engine."""
    root = tree(
        tmp_path,
        {
            "proc/self/cgroup": "0::/user.slice/hpipe.service",
            "sys/fs/cgroup/memory.stat": "inactive_file 1",
            "sys/fs/cgroup/user.slice/memory.max": str(4 * GIB),
            "sys/fs/cgroup/user.slice/memory.current": str(3 * GIB),
            "sys/fs/cgroup/user.slice/memory.stat": f"anon 5\ninactive_file {GIB}",
            "sys/fs/cgroup/user.slice/cpu.max": "150000 100000",
            "sys/fs/cgroup/user.slice/hpipe.service/memory.max": "max",
            "sys/fs/cgroup/user.slice/hpipe.service/memory.current": str(GIB),
            "sys/fs/cgroup/user.slice/hpipe.service/cpu.max": "max 100000",
        },
    )
    assert memory_limit(root) == MemoryLimit(4 * GIB, 2 * GIB)
    assert cpu_limit(root) == 1.5


def test_version_1_and_a_path_of_the_host(tmp_path: Path) -> None:
    """Defect: in a container, whose path is the host's, no limit is found."""
    root = tree(
        tmp_path,
        {
            "proc/self/cgroup": "9:cpu,cpuacct:/docker/abc\n5:memory:/docker/abc\n0::/docker/abc",
            "sys/fs/cgroup/memory/memory.limit_in_bytes": str(2 * GIB),
            "sys/fs/cgroup/memory/memory.usage_in_bytes": str(GIB),
            "sys/fs/cgroup/cpu,cpuacct/cpu.cfs_quota_us": "5000",
            "sys/fs/cgroup/cpu,cpuacct/cpu.cfs_period_us": "10000",
        },
    )
    assert memory_limit(root) == MemoryLimit(2 * GIB, GIB)
    assert cpu_limit(root) == 0.5


def test_no_limit_is_none(tmp_path: Path) -> None:
    """Defect: version 1's "no limit" number passes for a limit, or its absence for an error."""
    root = tree(
        tmp_path,
        {
            "proc/self/cgroup": "5:memory:/\n4:cpu:/",
            "sys/fs/cgroup/memory/memory.limit_in_bytes": "9223372036854771712",
            "sys/fs/cgroup/memory/memory.usage_in_bytes": "1000",
            "sys/fs/cgroup/cpu/cpu.cfs_quota_us": "-1",
            "sys/fs/cgroup/cpu/cpu.cfs_period_us": "100000",
        },
    )
    assert memory_limit(root) is None
    assert cpu_limit(root) is None
    assert memory_limit(tmp_path / "elsewhere") is None
    assert cpu_limit(tmp_path / "elsewhere") is None
