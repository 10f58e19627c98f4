"""Memory of a tree of processes: what is shared counts once, in bytes; and a long series is thinned out evenly."""

from __future__ import annotations

import os
import subprocess
import sys
from types import SimpleNamespace

import pytest

from runoff.driver.memory import SERIES, Sampler

MIB = 2**20
SHARED = 256 * MIB
#: Two processes that map the same memory, and touch all of it when a line comes in.
SHARES = f"""
import mmap, os, sys, time
shared = mmap.mmap(-1, {SHARED})
reading, writing = os.pipe()
if os.fork() == 0:
    os.read(reading, 1)
    sum(shared[at] for at in range(0, {SHARED}, 4096))
    print("touched", flush=True)
    time.sleep(60)
print("begun", flush=True)
sys.stdin.readline()
for at in range(0, {SHARED}, 4096):
    shared[at] = 1
os.write(writing, b".")
time.sleep(60)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="PSS is Linux's")
def test_memory_that_two_processes_share_counts_once_and_to_one_percent():
    command = [sys.executable, "-c", SHARES]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, start_new_session=True
    ) as process:
        sampler = Sampler(process.pid)
        try:
            assert process.stdout.readline() == "begun\n"
            sampler.sample()
            before = sampler.peak_bytes
            process.stdin.write("\n")
            process.stdin.flush()
            assert process.stdout.readline() == "touched\n"
            sampler.sample()
        finally:
            subprocess.run(["kill", "-9", "--", f"-{process.pid}"], check=True)
    assert sampler.kind == "pss"
    assert sampler.most_processes == 2
    assert sampler.peak_bytes - before == pytest.approx(SHARED, rel=0.01)


def test_the_sampler_thins_its_memory_out_evenly(monkeypatch):
    now = [0.0]
    monkeypatch.setattr("runoff.driver.memory.time.monotonic", lambda: now[0])
    sampler = Sampler(1)
    for at in range(20_000):
        now[0] = at * 0.05
        sampler._remember(at)
    times = [point[0] for point in sampler.series]
    assert SERIES / 4 <= len(times) < SERIES
    gaps = [later - earlier for earlier, later in zip(times[1:], times[2:])]
    assert max(gaps) <= 4 * min(gaps)
    assert times[-1] > 990


@pytest.mark.skipif(sys.platform != "linux", reason="PSS is Linux's")
def test_the_brokers_peak_is_of_its_processes_together_and_outlives_what_they_give_back(monkeypatch):
    used = {1: iter([30 * MIB, 5 * MIB]), 2: iter([10 * MIB, 25 * MIB])}
    broker = {
        pid: SimpleNamespace(memory_info=lambda rss=rss: SimpleNamespace(rss=next(rss))) for pid, rss in used.items()
    }
    monkeypatch.setattr("runoff.driver.memory.psutil.Process", broker.__getitem__)
    sampler = Sampler(os.getpid(), broker=[1, 2])
    sampler.sample()
    sampler.sample()
    assert sampler.broker_peak_bytes == 40 * MIB
    assert sampler.peak_bytes > 0
