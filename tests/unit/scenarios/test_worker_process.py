"""How worker processes end: by themselves, or killed."""

from __future__ import annotations

import os
import sys
import time

from scenarios.workers import worker_process

#: What it does with SIGTERM, in place of a worker.
STUBBORN = (
    "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); "
    "print('ready: tcp://127.0.0.1:1', flush=True); time.sleep(60)"
)


def test_workers_that_never_end_are_killed_side_by_side(monkeypatch):
    monkeypatch.setattr(worker_process, "STOP_S", 1.0)
    command = [sys.executable, "-c", STUBBORN]
    workers = [
        worker_process.WorkerProcess("zmq+tcp:127.0.0.1:*", "thread", [], command, dict(os.environ)) for _ in range(6)
    ]
    for worker in workers:
        worker.wait_until_ready()
    began = time.monotonic()
    for worker in workers:
        worker.ask_to_stop()
    for worker in workers:
        worker.wait()
    assert 1.0 <= time.monotonic() - began < 4, "one after the other they take six seconds"
