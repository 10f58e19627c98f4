# Run by the interpreter under test (Python 2.7 upward).
"""The best clock of this interpreter: ``now_ns()`` returns integer nanoseconds, ``CLOCK`` names it."""

from __future__ import absolute_import, division, print_function, unicode_literals

import os
import sys
import time


def _perf_counter_ns():
    return time.perf_counter_ns, "perf_counter_ns"


def _perf_counter():
    counter = time.perf_counter
    return (lambda: int(counter() * 1e9)), "perf_counter"


def _java():
    from java.lang import System

    return System.nanoTime, "System.nanoTime"


def _pypy():
    from __pypy__.time import CLOCK_MONOTONIC, clock_gettime

    return (lambda: int(clock_gettime(CLOCK_MONOTONIC) * 1e9)), "clock_gettime(CLOCK_MONOTONIC)"


def _libc():
    """Return libc's monotonic clock for 2.7, which has none; a reading costs a microsecond more."""
    if not sys.platform.startswith("linux"):
        raise ImportError("the number of CLOCK_MONOTONIC is known for Linux alone")
    import ctypes

    class Timespec(ctypes.Structure):
        _fields_ = [(str("seconds"), ctypes.c_long), (str("nanoseconds"), ctypes.c_long)]

    value = Timespec()
    reference = ctypes.byref(value)
    gettime = ctypes.CDLL(None, use_errno=True).clock_gettime
    linux_clock_monotonic = 1

    def now():
        gettime(linux_clock_monotonic, reference)
        return value.seconds * 1000000000 + value.nanoseconds

    if now() <= 0:
        raise ImportError("clock_gettime does not answer")
    return now, "clock_gettime(CLOCK_MONOTONIC)"


def _ticks():
    """Return MicroPython's monotonic clock: microseconds, which do not wrap on 64 bits."""
    ticks_us = time.ticks_us
    return (lambda: ticks_us() * 1000), "ticks_us"


def _wall():
    return (lambda: int(time.time() * 1e9)), "time.time"


def _choose():
    """Return (function, name) of the first clock that works here, best first."""
    for candidate in (_perf_counter_ns, _perf_counter, _java, _pypy, _ticks, _libc, _wall):
        try:
            return candidate()
        except (AttributeError, ImportError, OSError):
            continue
    raise RuntimeError("no clock")  # time.time exists everywhere: not reached


now_ns, CLOCK = _choose()


def cpu_s():
    """Return the CPU seconds (user and system) of this process and its reaped children; None where unknown."""
    try:
        from java.lang.management import ManagementFactory
    except ImportError:
        return _cpu_s_of_times()
    try:
        return ManagementFactory.getOperatingSystemMXBean().getProcessCpuTime() / 1e9
    except Exception:  # some Java virtual machines lack it, and newer ones may refuse access
        return None


def _cpu_s_of_times():
    if not hasattr(os, "times"):
        return time.clock()  # MicroPython
    # CPython on WebAssembly says 0 all the time.
    return round(sum(os.times()[:4]), 6) or None


def resolution_ns(samples=200):
    """Return the smallest step between two different readings, in nanoseconds (at least 1)."""
    smallest = None
    for _ in range(samples):
        first = second = now_ns()
        while second == first:
            second = now_ns()
        step = second - first
        smallest = step if smallest is None else min(smallest, step)
    return max(1, smallest)
