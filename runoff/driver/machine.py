# Run by the driver (Python 3.9 upward).
"""Facts of this machine that a number depends on, and the name of its folder under results/."""

from __future__ import annotations

import os
import platform
import re
from pathlib import Path

import psutil

from runoff.driver import cgroups
from runoff.records.schema import Machine, Noise


def cores() -> int:
    """Return the cores that this process may use, by affinity and by the cgroup's CPU quota."""
    allowed = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    quota = cgroups.cpus()
    return max(1, min(allowed, int(quota))) if quota else allowed


def spare_cores() -> int:
    """Return the cores of the machine that this process may not use."""
    return max(0, (os.cpu_count() or 1) - cores())


def describe() -> Machine:
    """Return the facts that do not change during a run."""
    return {
        "system": platform.system(),
        "kernel": platform.release(),
        "machine": platform.machine(),
        "cpu": _cpu(),
        "cores": cores(),
        "cores_present": os.cpu_count(),
        "cgroup_cpus": cgroups.cpus(),
        "memory_bytes": _smaller(psutil.virtual_memory().total, cgroups.memory_bytes()),
        "governor": _read("/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor").strip() or None,
        "libc": " ".join(platform.libc_ver()).strip() or None,
    }


def noise() -> Noise:
    """Return what else the machine is doing; read before and after a run."""
    times = psutil.cpu_times()
    return {
        "load_1m": os.getloadavg()[0] if hasattr(os, "getloadavg") else None,
        "steal_s": getattr(times, "steal", None),
        "memory_available_bytes": _smaller(psutil.virtual_memory().available, cgroups.memory_available_bytes()),
    }


def folder_name(facts: Machine) -> str:
    """Return a name that identifies the machine and not its owner: linux-x86-64-2-intel-xeon."""
    text = f"{facts['system']} {facts['machine']} {facts['cores']} {facts['cpu']}".lower()
    text = re.sub(r"\((r|tm)\)|@.*|\b(cpu|processor)\b", " ", text)
    return re.sub(r"[^a-z0-9]+", "-", text).strip("-")[:60].rstrip("-")


def _smaller(of_machine: int, of_group: int | None) -> int:
    return of_machine if of_group is None else min(of_machine, of_group)


def _cpu() -> str:
    found = re.search(r"^model name\s*:\s*(.+)$", _read("/proc/cpuinfo"), re.MULTILINE)
    return found.group(1).strip() if found else platform.processor() or platform.machine()


def _read(path: str) -> str:
    try:
        return Path(path).read_text(encoding="utf-8")
    except OSError:  # this system has no such file
        return ""
