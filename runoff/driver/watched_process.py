# Run by the driver (Python 3.9 upward).
"""Run a command, watch it from outside, and return how it ended."""

from __future__ import annotations

import os
import select
import subprocess
import time
from contextlib import ExitStack
from dataclasses import dataclass, replace
from typing import IO, Any

from runoff.common.guard import Guard, kill_group
from runoff.common.paths import ROOT
from runoff.driver import log_file
from runoff.driver.job import Job
from runoff.driver.memory import Sampler
from runoff.records import record

SAMPLE_EVERY_S = 0.05
#: In an open loop, whose latencies are a few milliseconds: counting the pages of a tree takes time from its cores.
CALM_SAMPLE_EVERY_S = 1.0
FIRST_SAMPLE_S = 0.005  # doubled up to the above, so that an invocation of 30 ms is seen as well


@dataclass(frozen=True)
class Ended:
    """How a process ended, seen from outside.

    ``failure``: status and reason of one that could not be started, or was killed after its time or for its output.
    """

    failure: tuple[str, str] | None
    returncode: int | None
    cpu_s: float | None
    switches: dict[str, int] | None


def run(command: list[str], variables: dict[str, str], log: IO[bytes], job: Job, guard: Guard) -> tuple[Ended, Sampler]:
    """Run ``command``; nothing that it left running is there afterwards, nor after a timeout or Ctrl-C."""
    with ExitStack() as leaving:
        running = guard.running(
            command, cwd=ROOT, stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT, env=variables
        )
        try:
            process = leaving.enter_context(running)
        except OSError as error:
            return Ended((record.CRASHED, f"cannot be started: {error}"), None, None, None), Sampler(0)
        sampler = Sampler(process.pid, job.broker)
        every_s = CALM_SAMPLE_EVERY_S if job.cell.driven else SAMPLE_EVERY_S
        return _wait(process, sampler, log, job.timeout_s, every_s), sampler


def _wait(
    process: subprocess.Popen[bytes], sampler: Sampler, log: IO[bytes], timeout_s: float, every_s: float
) -> Ended:
    """Sample the tree until the process ends, or kill it when its time or its log is full; return how it ended."""
    deadline = time.monotonic() + timeout_s
    waiter = _Waiter(process)
    try:
        pause_s = FIRST_SAMPLE_S
        while not waiter.ended(pause_s):
            sampler.sample()
            pause_s = min(2 * pause_s, every_s)
            failure: tuple[str, str] | None = None
            if time.monotonic() > deadline:
                failure = record.TIMEOUT, f"killed after {timeout_s:.0f} s"
            elif reason := log_file.too_long(log):
                failure = record.FAILED, reason
            if failure:
                kill_group(process.pid)
                return replace(waiter.reap(), failure=failure, returncode=None)
        return waiter.reap()
    finally:
        waiter.close()


class _Waiter:
    """Waits for a process with a timeout and collects what it used.

    There are three ways, by what the system has: a descriptor that the kernel makes readable at once (Linux), a check
    every 2 ms (other Unix), no account of usage (Windows).
    """

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        self._process = process
        self._waited: tuple[int, Any] | None = None
        self._descriptor = -1
        if hasattr(os, "pidfd_open"):
            try:
                self._descriptor = os.pidfd_open(process.pid)
            except OSError:
                pass  # a kernel before 5.3

    def ended(self, timeout_s: float) -> bool:
        """Wait up to ``timeout_s`` for the end; return whether the process has ended."""
        if self._descriptor >= 0:
            return bool(select.select([self._descriptor], [], [], timeout_s)[0])
        until = time.monotonic() + timeout_s
        while not self._collect(os.WNOHANG if hasattr(os, "wait4") else 0):
            if time.monotonic() > until:
                return False
            time.sleep(0.002)
        return True

    def _collect(self, options: int) -> bool:
        if not hasattr(os, "wait4"):
            return self._process.poll() is not None
        if self._waited is None:
            pid, status, usage = os.wait4(self._process.pid, options)
            if pid:
                self._waited = status, usage
                self._process.returncode = os.waitstatus_to_exitcode(status)
        return self._waited is not None

    def reap(self) -> Ended:
        """Wait for the end, however long, and return how it ended."""
        if not hasattr(os, "wait4"):
            return Ended(None, self._process.wait(), None, None)
        self._collect(0)
        assert self._waited is not None
        usage = self._waited[1]
        switches = {"voluntary": usage.ru_nvcsw, "involuntary": usage.ru_nivcsw}
        return Ended(None, self._process.returncode, round(usage.ru_utime + usage.ru_stime, 6), switches)

    def close(self) -> None:
        """Close the descriptor."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
