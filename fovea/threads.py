"""How many threads to start: as many as the container may use, not as many as the host has.

onnxruntime sizes its pool by the host; in a pod limited to two CPUs on a 64-core node that means 64 threads that are
throttled together (https://github.com/microsoft/onnxruntime/issues/29510).
"""

import math
import os
from pathlib import Path

CGROUP_ROOT = Path("/sys/fs/cgroup")


def available_cpus(cgroup_root: Path = CGROUP_ROOT) -> int:
    """CPUs this process may use, at least 1: the smaller of its affinity mask and its cgroup quota, rounded up."""
    affinity = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    quota = cgroup_quota(cgroup_root)
    return affinity if quota is None else max(1, min(affinity, math.ceil(quota)))


def cgroup_quota(cgroup_root: Path = CGROUP_ROOT) -> float | None:
    """CPUs granted by cgroup v2 `cpu.max` or v1 `cpu.cfs_quota_us`; None where there is no limit."""
    try:
        quota, period = (cgroup_root / "cpu.max").read_text().split()
        return None if quota == "max" else int(quota) / int(period)
    except (OSError, ValueError):
        pass
    try:
        quota_us = int((cgroup_root / "cpu" / "cpu.cfs_quota_us").read_text())
        period_us = int((cgroup_root / "cpu" / "cpu.cfs_period_us").read_text())
        return None if quota_us <= 0 else quota_us / period_us
    except (OSError, ValueError):
        return None
