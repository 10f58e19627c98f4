# Run by the driver (Python 3.9 upward).
"""Facts of this machine that a number depends on, and the name of its folder under results/."""

from __future__ import annotations

import os
import platform
import re
from pathlib import Path
from typing import Any

import psutil


def cores() -> int:
    """Return the cores that this process may use, by affinity and by the cgroup's CPU quota."""
    allowed = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    quota = cgroup_cpus()
    return max(1, min(allowed, int(quota))) if quota else allowed


def cgroup_cpus() -> float | None:
    """Return the CPUs that the cgroup (version 2) grants; None without a limit."""
    quota, _, period = _read("/sys/fs/cgroup/cpu.max").partition(" ")
    return int(quota) / int(period) if quota.isdigit() and period.strip().isdigit() else None


def spare_cores() -> int:
    """Return the cores of the machine that this process may not use."""
    return max(0, (os.cpu_count() or 1) - cores())


def throttled_s() -> float:
    """Return the seconds so far in which the cgroup (version 2) throttled its processes."""
    found = re.search(r"^throttled_usec (\d+)$", _read("/sys/fs/cgroup/cpu.stat"), re.MULTILINE)
    return int(found.group(1)) / 1e6 if found else 0.0


def describe() -> dict[str, Any]:
    """Return the facts that do not change during a run."""
    return {
        "system": platform.system(),
        "kernel": platform.release(),
        "machine": platform.machine(),
        "cpu": _cpu(),
        "cores": cores(),
        "cores_present": os.cpu_count(),
        "cgroup_cpus": cgroup_cpus(),
        "memory_bytes": psutil.virtual_memory().total,
        "governor": _read("/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor").strip() or None,
        "libc": " ".join(platform.libc_ver()).strip() or None,
    }


def noise() -> dict[str, Any]:
    """Return what else the machine is doing; read before and after a run."""
    times = psutil.cpu_times()
    return {
        "load_1m": os.getloadavg()[0] if hasattr(os, "getloadavg") else None,
        "steal_s": getattr(times, "steal", None),
        "memory_available_bytes": psutil.virtual_memory().available,
    }


def folder_name(facts: dict[str, Any]) -> str:
    """Return a name that identifies the machine and not its owner: linux-x86-64-2-intel-xeon."""
    text = f"{facts['system']} {facts['machine']} {facts['cores']} {facts['cpu']}".lower()
    text = re.sub(r"\((r|tm)\)|@.*|\b(cpu|processor)\b", " ", text)
    return re.sub(r"[^a-z0-9]+", "-", text).strip("-")[:60].rstrip("-")


def _cpu() -> str:
    found = re.search(r"^model name\s*:\s*(.+)$", _read("/proc/cpuinfo"), re.MULTILINE)
    return found.group(1).strip() if found else platform.processor() or platform.machine()


def _read(path: str) -> str:
    try:
        return Path(path).read_text(encoding="utf-8")
    except OSError:
        return ""
