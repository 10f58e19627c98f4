"""What disturbs an invocation: both sides of each limit, and whose processes are ours."""

from __future__ import annotations

import subprocess
import sys
import time
from collections import namedtuple

import psutil
import pytest

from runoff.driver import disturbance

NOTHING = {"foreign_s": 0.0, "stolen_s": 0.0, "throttled_s": 0.0}


@pytest.mark.parametrize(
    ("wall_s", "limit", "tainting"),
    [
        (10.0, {"foreign_s": 5.0}, {"foreign_s": 5.01}),  # a quarter of two cores
        (10.0, {"foreign_s": 15.0, "spare": 1}, {"foreign_s": 15.1, "spare": 1}),  # and one more that is not ours
        (0.1, {"foreign_s": 0.1}, {"foreign_s": 0.11}),  # the counters' own error
        (10.0, {"stolen_s": 0.4}, {"stolen_s": 0.41}),
        (0.1, {"stolen_s": 0.1}, {"stolen_s": 0.11}),
        (10.0, {"throttled_s": 0.1}, {"throttled_s": 0.11}),
    ],
)
def test_the_limit_itself_is_no_taint_and_beyond_it_is(wall_s, limit, tainting):
    assert disturbance.taint(wall_s, cores=2, **{**NOTHING, **limit}) is None
    assert disturbance.taint(wall_s, cores=2, **{**NOTHING, **tainting}) is not None


@pytest.mark.parametrize(
    ("seconds", "why"),
    [
        ({"foreign_s": None}, None),  # nobody knows what others used
        ({"foreign_s": 5.1}, "other processes used 0.5 cores"),
        ({"stolen_s": 0.5}, "the hypervisor took 2% of the time"),
        ({"throttled_s": 0.2}, "the cgroup's quota held it back 2% of the time"),
    ],
)
def test_a_taint_says_what_happened(seconds, why):
    assert disturbance.taint(10.0, cores=2, **{**NOTHING, **seconds}) == why


@pytest.fixture
def busy():
    """A process that computes until it is killed."""
    with subprocess.Popen([sys.executable, "-c", "while True: pass"]) as process:
        yield process.pid
        process.kill()


def test_a_busy_neighbour_is_foreign_and_a_process_of_ours_is_not(busy):
    neighbour, ours = disturbance.Watch(), disturbance.Watch(ours=[busy])
    broker = disturbance.Watch(broker=[busy])
    used = psutil.Process(busy)
    until = used.cpu_times().user + 0.8
    while used.cpu_times().user < until:
        time.sleep(0.01)
    seen = [watch.seen(0.0) for watch in (neighbour, ours, broker)]
    foreign_s = [each["foreign_cpu_s"] for each in seen]
    assert foreign_s[0] > 0.7
    assert foreign_s[0] - foreign_s[1] > 0.6
    assert foreign_s[0] - foreign_s[2] > 0.6
    assert [each["broker_cpu_s"] is None for each in seen] == [True, True, False]
    assert seen[2]["broker_cpu_s"] > 0.6
    assert neighbour.seen(None)["foreign_cpu_s"] is None


def test_idle_waiting_and_stolen_time_is_no_work_and_that_of_guests_counts_once(monkeypatch):
    fields = ("user", "nice", "system", "idle", "iowait", "irq", "softirq", "steal", "guest", "guest_nice")
    times = namedtuple("times", fields)
    seen = iter(
        [times(*[100.0] * len(fields)), times(110.0, 101.0, 102.0, 140.0, 107.0, 100.0, 100.0, 103.0, 104.0, 101.0)]
    )
    monkeypatch.setattr(disturbance.psutil, "cpu_times", lambda: next(seen))
    monkeypatch.setattr(disturbance, "_used_s", lambda processes: 0.0)
    found = disturbance.Watch().seen(tree_cpu_s=4.0)
    assert (found["foreign_cpu_s"], found["stolen_s"]) == (9.0, 3.0)
