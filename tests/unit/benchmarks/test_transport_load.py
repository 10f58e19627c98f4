"""Open loops, task lengths and restarts, measured with fake clocks and clients."""

from __future__ import annotations

import io
import subprocess
import sys
import threading

import pytest

from contenders import offered_load, task_lengths
from runoff.benchmarks.transports import broker_restart
from runoff.benchmarks.transports.trickle import Trickle
from runoff.common.errors import BadInput
from transports import session, worker


class Stalling:
    """A client that answers a task after 10 us, but nothing between 0.5 and 0.6 s; each reading moves its clock."""

    least_wait_s = 0.001

    def __init__(self):
        self.now = 0
        self.waiting: list[tuple[int, int]] = []

    def now_ns(self):
        self.now += 1000
        return self.now

    def submit(self, number):
        self.waiting.append((self.now + 10_000, number))

    def poll(self, timeout_s):
        if 500_000_000 <= self.now < 600_000_000:
            self.now = 600_000_000
        ready = [number for due, number in self.waiting if due <= self.now]
        self.waiting = [each for each in self.waiting if each[0] > self.now]
        return ready


def test_a_stall_counts_for_every_task_that_should_have_begun_meanwhile():
    client = Stalling()
    times = offered_load.measure(client, 1000, 1.0, client.now_ns)
    summary = offered_load.summary(times)
    assert summary["p50_us"] < 20
    assert summary["p99_us"] > 80_000  # about a tenth of the tasks fell into a stall of 100 ms
    assert max(times) < 101_000_000


def test_two_workers_that_share_the_tasks_are_busy_and_even():
    workers = [worker.Worker("memory:lengths", "thread", tasks="contenders.task_lengths") for _ in range(2)]
    threads = [threading.Thread(target=each.run) for each in workers]
    for each in threads:
        each.start()
    try:
        with session.connect("memory:lengths") as client:
            client.wait_for_workers(2)
            line = task_lengths.measure(client, 10, 2, seconds=0.2)
    finally:
        for each in workers:
            each.stop()
        for each in threads:
            each.join()
    assert line["tasks"] == 40
    assert line["wrong"] == 0
    assert 0.5 < line["efficiency"] <= 1.01
    assert line["balance"] is None  # threads of one process: one worker, as far as anyone can see


class Node:
    """Killed and started at once."""

    def kill(self):
        pass

    def start(self):
        pass


def test_the_first_result_after_each_restart_counts_and_losses_are_told(monkeypatch):
    monkeypatch.setattr(broker_restart, "OLD_S", 0.2)
    monkeypatch.setattr(broker_restart, "RUN_S", 0.2)
    program = (
        "import sys, threading, time\n"
        "over = threading.Event()\n"
        "threading.Thread(target=lambda: (sys.stdin.read(), over.set()), daemon=True).start()\n"
        "while not over.is_set():\n"
        "    time.sleep(0.02); print(f'{time.time():.6f} ok', flush=True); print(f'{time.time():.6f} E_DEADLINE')\n"
        "print('10 9 0')\n"
    )
    client = subprocess.Popen([sys.executable, "-c", program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    said = io.StringIO()
    report = broker_restart.measure(Node(), client, 2, lambda line: said.write(line + "\n"))
    assert len(report.after_ready_ms) == 2
    assert all(0 < took < 1000 for took in report.after_ready_ms)
    assert "of 10 tasks lost 1, delivered twice 0" in str(report)
    assert said.getvalue().count("ETA") == 2


@pytest.mark.parametrize(("results", "word"), [("", "started$"), ("1.5 ok", "started again$")])
def test_no_result_after_a_start_is_an_error_and_no_time(monkeypatch, results, word):
    monkeypatch.setattr(broker_restart, "OLD_S", 0.01)
    monkeypatch.setattr(broker_restart, "FIRST_S", 1.0)
    program = f"import sys; print('{results}', flush=True); sys.stdin.read(); print('3 0 0')"
    client = subprocess.Popen([sys.executable, "-c", program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    with pytest.raises(BadInput, match=f"no result came after the broker had been {word}"):
        broker_restart.measure(Node(), client, 1, lambda line: None)
    client.kill()
    client.wait()


def test_the_longest_gap_counts_from_the_fault_to_the_first_result_after_it():
    printed = "\n".join(f"{moment} ok" for moment in (1.0, 2.0, 2.5, 6.0)) + "\n3.0 E_DEADLINE\n5 4 0"
    command = [sys.executable, "-c", f"import sys; print({printed!r}, flush=True); sys.stdin.read()"]
    client = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    trickle = Trickle(client)
    assert trickle.wait_for_result(5.0, 60.0, "a fault") == 6.0
    assert trickle.longest_gap_s(1.75, 2.75) == 0.5
    assert trickle.longest_gap_s(2.25, 6.0) == 3.5
    assert trickle.longest_gap_s(7.0, 9.0) == 2.0
    assert trickle.errors() == {"E_DEADLINE": 1}
    counts = trickle.finish()
    assert (counts.submitted, counts.lost, counts.twice) == (5, 1, 0)
    client.wait()


def test_a_client_that_counts_nothing_is_an_error():
    command = [sys.executable, "-c", "import sys; sys.stdin.read(); print('no counts')"]
    client = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    with pytest.raises(BadInput, match="did not count its tasks"):
        Trickle(client).finish()
    client.wait()
