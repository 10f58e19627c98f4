"""A worker's end: what begins it, what its last replies may take, and its exit code."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from contextlib import nullcontext
from types import SimpleNamespace

import pytest

from runoff.common.paths import ROOT
from transports import worker as workers
from transports.worker import ABORTED, DRAINED, GAVE_BACK, LAST_REPLIES_S, Worker


@pytest.mark.parametrize(
    ("left_s", "gave_back", "lets_leave_s", "code"),
    [(4.0, False, 4.0, DRAINED), (0.1, False, LAST_REPLIES_S, DRAINED), (0.0, True, LAST_REPLIES_S, GAVE_BACK)],
)
def test_the_last_replies_have_what_is_left_of_the_drain(left_s, gave_back, lets_leave_s, code):
    worker, waited_s = Worker.__new__(Worker), []
    worker.wire = SimpleNamespace(drain=waited_s.append)
    worker.service = SimpleNamespace(drain_left_s=lambda: left_s, gave_back=gave_back)
    assert (worker._drained(), waited_s) == (code, [lets_leave_s])


class Service:
    """Notes the drains that are asked of it."""

    def __init__(self):
        self.leave = None
        self.drains = []

    def drain(self, drain_ns):
        self.drains.append(drain_ns)


@pytest.fixture
def worker(monkeypatch):
    """A worker that has done enough, and ends the process by raising SystemExit."""

    def leave(code):
        raise SystemExit(code)

    monkeypatch.setattr(workers.os, "_exit", leave)
    made = Worker.__new__(Worker)
    made._stops, made._recycles, made._drain_ns, made._pid = 0, False, 5, os.getpid()
    made._limits = SimpleNamespace(reached=lambda service: "3 tasks were answered")
    made.wire = SimpleNamespace(abort=lambda: None)
    made.service = Service()
    return made


def test_the_first_signal_to_a_worker_that_has_done_enough_goes_on_draining_and_the_second_aborts(worker):
    worker._recycle()
    worker.stop(signal.SIGTERM, None)
    assert worker._leaves()
    with pytest.raises(SystemExit) as ended:
        worker.stop(signal.SIGTERM, None)
    assert (ended.value.code, worker.service.drains) == (ABORTED, [5, 5])


def test_signals_are_taken_back_from_a_task_that_has_handlers_of_its_own(worker):
    before = [signal.getsignal(number) for number in workers.SIGNALS]
    turns = []

    def turn(timeout_s):
        turns.append([signal.getsignal(number) == worker.stop for number in workers.SIGNALS])
        signal.signal(signal.SIGTERM, signal.SIG_IGN)

    worker.service = SimpleNamespace(
        turn=turn, is_over=lambda: len(turns) > 1, gave_back=False, lock=nullcontext(), close=lambda: None,
        drain_left_s=lambda: 0.0,
    )  # fmt: skip
    worker.wire = SimpleNamespace(drain=lambda _: None, close=lambda: None)
    worker.endpoint = worker._limits = None
    try:
        worker.take_signals()
        assert worker.run() == DRAINED
    finally:
        for number, handler in zip(workers.SIGNALS, before):
            signal.signal(number, handler)
    assert turns == [[True, True], [True, True]]


@pytest.mark.parametrize(
    ("begin", "ends_process"),
    [
        (lambda worker: worker.stop(), False),
        (lambda worker: worker.stop(signal.SIGTERM, None), True),
        (lambda worker: worker._recycle(), True),
    ],
    ids=["stopped", "signalled", "enough"],
)
def test_a_drain_ends_the_process_with_a_task_that_never_ends_where_it_is_the_workers_own(worker, begin, ends_process):
    assert not worker._leaves()
    begin(worker)
    assert worker._leaves()
    assert (worker.service.leave is not None, worker.service.drains) == (ends_process, [5])


def test_a_worker_within_its_limits_goes_on(worker):
    worker._limits = SimpleNamespace(reached=lambda service: None)
    worker._recycle()
    assert (worker._leaves(), worker.service.leave, worker.service.drains) == (False, None, [])


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_what_a_task_has_forked_ends_by_a_signal_and_stops_no_worker(number):
    said, says = os.pipe()
    worker = Worker.__new__(Worker)
    worker._stops, worker._recycles, worker._drain_ns, worker._pid = 1, False, 5, os.getpid()
    worker.wire = SimpleNamespace(abort=lambda: os.write(says, b", aborted"))
    worker.service = Service()
    before = signal.signal(number, worker.stop)
    try:
        child = os.fork()
        if not child:
            os.write(says, b"there")  # Python forgets the signals that come before it runs after a fork
            time.sleep(30)
            os._exit(0)
        assert os.read(said, 100) == b"there"
        os.kill(child, number)
        _, status = os.waitpid(child, 0)
    finally:
        signal.signal(number, before)
        os.close(says)
    with os.fdopen(said, "rb") as more:
        assert more.read() == b""
    assert (os.WIFSIGNALED(status), os.WTERMSIG(status)) == (True, number)


@pytest.mark.parametrize("option", ["--concurrency", "--credit", "--max-tasks"])
def test_a_worker_with_a_count_of_none_does_not_begin(monkeypatch, capsys, option):
    monkeypatch.setattr(workers, "Worker", lambda *_: pytest.fail("it began"))
    with pytest.raises(SystemExit):
        workers.main(["memory:here", option, "0"])
    assert "whole numbers from 1" in capsys.readouterr().err


@pytest.mark.parametrize("seconds", ["nan", "inf", "-1", "1000001"])
def test_a_worker_that_could_not_end_its_drain_does_not_begin(monkeypatch, capsys, seconds):
    monkeypatch.setattr(workers, "Worker", lambda *_: pytest.fail("it began"))
    with pytest.raises(SystemExit):
        workers.main(["memory:here", "--drain-s", seconds])
    assert "--drain-s is a number of seconds from 0 to 1000000" in capsys.readouterr().err


def test_a_worker_that_cannot_start_ends_whatever_its_module_has_started(tmp_path):
    """Whoever supervises it would take it for one that serves."""
    source = "import threading, time\nthreading.Thread(target=time.sleep, args=(60,)).start()\nTASKS = {}"
    (tmp_path / "starts_a_thread.py").write_text(source, encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "transports.worker", "nonsense", "--tasks", "starts_a_thread"],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=20,
        check=False,
    )
    assert done.returncode == workers.UNUSABLE
    assert done.stderr.startswith("error: 'nonsense' is not a URL")


@pytest.mark.parametrize(("concurrency", "children"), [(4, 4), (64, workers.MOST_ISOLATED)])
def test_few_children_run_what_may_end_a_worker(monkeypatch, concurrency, children):
    monkeypatch.setattr(workers, "executor", lambda *given: given)
    worker = Worker.__new__(Worker)
    worker._executor, worker._tasks = SimpleNamespace(concurrency=concurrency), "orders"
    assert worker._isolated() == ("process", children, "orders")
