# Run by the driver (Python 3.9 upward).
"""What else the machine did during one invocation, and whether that taints it (docs/method.md, rule 10).

Load averages look a minute back and hold our own load. So: the CPU time of all processes, less that of our own, over
exactly the invocation; time stolen by a hypervisor; time the cgroup's quota held us back.
"""

from __future__ import annotations

import time
from collections.abc import Iterable

import psutil

from runoff.common.loose import Data
from runoff.driver import cgroups, machine

FOREIGN_SHARE = 0.25  # of the cores this process may use, taken by others
STOLEN_SHARE = 0.02  # of them, stolen
THROTTLED_SHARE = 0.01  # of the time, held back
LEAST_S = 0.1  # the counters tick in hundredths of a second per core: less than this is their own error


class Watch:
    """Watches the machine from its construction to ``seen``.

    ``ours`` are processes that work for the run, besides the driver and the invocation; ``broker`` are those that the
    invocation's tasks go through, which work for the run as well.
    """

    def __init__(self, ours: Iterable[int] = (), broker: Iterable[int] = ()) -> None:
        self._ours = [psutil.Process(pid) for pid in ours]
        self._broker = [psutil.Process(pid) for pid in broker]
        self._began = self._read()

    def _read(self) -> dict[str, float]:
        all_cores = psutil.cpu_times()
        broker_s = _used_s(self._broker)
        idle = all_cores.idle + getattr(all_cores, "iowait", 0.0)
        steal = getattr(all_cores, "steal", 0.0)
        guests = getattr(all_cores, "guest", 0.0) + getattr(all_cores, "guest_nice", 0.0)  # counted in user as well
        return {
            "wall": time.monotonic(),
            "busy": sum(all_cores) - idle - steal - guests,
            "own": _used_s([psutil.Process(), *self._ours]) + broker_s,
            "broker": broker_s,
            "steal": steal,
            "throttled": cgroups.throttled_s(),
        }

    def seen(self, tree_cpu_s: float | None) -> Data:
        """Return the fields of a record.

        ``tree_cpu_s`` is the CPU time of all else that is the invocation's own, if known.
        """
        now = self._read()
        past = {name: now[name] - self._began[name] for name in now}
        foreign_s = None if tree_cpu_s is None else max(0.0, past["busy"] - past["own"] - tree_cpu_s)
        facts = machine.cores(), machine.spare_cores()
        return {
            "broker_cpu_s": round(past["broker"], 3) if self._broker else None,
            "foreign_cpu_s": None if foreign_s is None else round(foreign_s, 3),
            "stolen_s": round(past["steal"], 3),
            "throttled_s": round(past["throttled"], 6),
            "tainted": taint(past["wall"], foreign_s, past["steal"], past["throttled"], *facts),
        }


def _used_s(processes: list[psutil.Process]) -> float:
    """Return the CPU seconds that all of them have used so far, user and system."""
    return float(sum(sum(process.cpu_times()[:2]) for process in processes))


def taint(
    wall_s: float, foreign_s: float | None, stolen_s: float, throttled_s: float, cores: int, spare: int = 0
) -> str | None:
    """Return why these seconds of disturbance in ``wall_s`` invalidate a measurement; None when they do not.

    ``spare`` counts the cores that this process may not use, where others work without disturbing it.
    """
    if foreign_s is not None and foreign_s > LEAST_S and foreign_s > (FOREIGN_SHARE * cores + spare) * wall_s:
        return f"other processes used {foreign_s / wall_s:.1f} cores"
    if stolen_s > LEAST_S and stolen_s > STOLEN_SHARE * cores * wall_s:
        return f"the hypervisor took {stolen_s / wall_s / cores:.0%} of the time"
    if throttled_s > THROTTLED_SHARE * wall_s:
        return f"the cgroup's quota held it back {throttled_s / wall_s:.0%} of the time"
    return None
