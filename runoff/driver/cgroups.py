# Run by the driver (Python 3.9 upward).
"""Read what the control groups around this process grant it: CPU quota and memory, versions 1 and 2, in every slice."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

PROCESS = Path("/proc/self")
NO_LIMIT_BYTES = 2**62  # version 1 writes a number near 2**63 where there is no limit


def cpus() -> float | None:
    """Return the CPUs that the tightest quota grants; None without one."""
    granted: list[float] = []
    for folder in _folders("cpu"):
        quota, _, period = _read(folder / "cpu.max").partition(" ")
        if not quota:
            quota, period = _read(folder / "cpu.cfs_quota_us"), _read(folder / "cpu.cfs_period_us")
        if quota.strip().isdigit() and period.strip().isdigit() and int(period):
            granted.append(int(quota) / int(period))
    return min(granted, default=None)


def throttled_s() -> float:
    """Return the seconds so far in which quotas held back the processes of these groups."""
    total = 0.0
    for folder in _folders("cpu"):
        counters = _counters(folder / "cpu.stat")
        total += counters.get("throttled_usec", 0) / 1e6 + counters.get("throttled_time", 0) / 1e9
    return total


def memory_bytes() -> int | None:
    """Return the tightest memory limit; None without one."""
    return min((limit for _, limit in _memory_limits()), default=None)


def memory_available_bytes() -> int | None:
    """Return how much these groups may still take, caches given back; None without a limit."""
    left = []
    for folder, limit in _memory_limits():
        used = _number(folder / "memory.current") or _number(folder / "memory.usage_in_bytes") or 0
        counters = _counters(folder / "memory.stat")
        caches = counters.get("total_inactive_file", counters.get("inactive_file", 0))
        left.append(max(0, limit - used + caches))
    return min(left, default=None)


def out_of_memory_kills() -> int:
    """Return how many processes of these groups the kernel has killed so far, because a limit was reached."""
    files = ((folder / "memory.events", folder / "memory.oom_control") for folder in _folders("memory"))
    return sum(_counters(path).get("oom_kill", 0) for pair in files for path in pair)


def _memory_limits() -> Iterator[tuple[Path, int]]:
    for folder in _folders("memory"):
        for name in ("memory.max", "memory.high", "memory.limit_in_bytes"):
            limit = _number(folder / name)
            if limit is not None and limit < NO_LIMIT_BYTES:
                yield folder, limit


def _folders(controller: str) -> Iterator[Path]:
    """Yield the folders of the groups that this process is in for ``controller``, the innermost first."""
    groups = [line.split(":", 2) for line in _read(PROCESS / "cgroup").splitlines() if line.count(":") >= 2]
    for line in _read(PROCESS / "mountinfo").splitlines():
        before, _, after = line.partition(" - ")
        kind, *_, options = after.split(" ") if after else ("", "")
        if kind not in ("cgroup", "cgroup2"):
            continue
        root, place = (_unescaped(field) for field in before.split(" ")[3:5])
        for number, controllers, path in groups:
            if (kind == "cgroup2" and number == "0" and not controllers) or (
                kind == "cgroup" and controller in controllers.split(",") and controller in options.split(",")
            ):
                yield from _upward(Path(place), root, path)


def _upward(place: Path, root: str, path: str) -> Iterator[Path]:
    """Yield the folders from the group ``path`` up to ``place``, where the hierarchy below ``root`` is mounted."""
    try:
        inner = Path(path).relative_to(root)
    except ValueError:
        inner = Path()  # the group lies outside of what is mounted here, as in some containers
    for folder in (place / inner, *(place / inner).parents):
        yield folder
        if folder == place:
            return


def _unescaped(field: str) -> str:
    r"""Return a field of mountinfo, in which a blank is \\040."""
    return re.sub(r"\\([0-7]{3})", lambda found: chr(int(found.group(1), 8)), field)


def _counters(path: Path) -> dict[str, int]:
    """Return the "NAME NUMBER" lines of a file."""
    return {name: int(number) for name, number in re.findall(r"^(\w+) (\d+)$", _read(path), re.MULTILINE)}


def _number(path: Path) -> int | None:
    text = _read(path).strip()
    return int(text) if text.isdigit() else None


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, ValueError):  # this system, or this version of control groups, has no such file
        return ""
