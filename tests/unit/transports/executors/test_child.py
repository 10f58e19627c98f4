"""A child process by itself: what it writes for what it is given."""

from __future__ import annotations

import json
import os
import select
import signal
import subprocess
import sys
import time

import pytest

from runoff.common.paths import ROOT
from transports.executors import pipe_frames, run_job
from transports.executors.pipe_frames import TASK, Splitter, framed

MODULE = "tests.unit.transports.executors.test_child"
MS = 1_000_000
WITHIN_S = 3.0


def loud():
    print("printed")
    return sys.stdin.read()


def surroundings(variable):
    return [os.getcwd(), os.environ.get(variable)]


async def coroutine(given):
    return [given]


def sleepless(signal_number):
    os.kill(os.getpid(), signal_number)
    return "still here"


def opens(path):
    with open(path) as stream:  # a FIFO: until somebody writes
        return stream.read()


def forks():
    forked = os.fork()
    if forked == 0:
        sys.exit(3)
    return os.waitpid(forked, 0)[1]


def leaves(path):
    """Leave a process behind that holds all that this one has open, and go on until killed."""
    forked = os.fork()
    if forked:
        partial = f"{path}.partial"
        with open(partial, "w") as stream:
            stream.write(f"{forked}")
        os.rename(partial, path)
    time.sleep(60)
    os._exit(0)


def terminates_a_program(number):
    with subprocess.Popen(["sleep", "600"]) as program:
        program.send_signal(number)
        try:
            return program.wait(WITHIN_S)
        finally:
            program.kill()


def terminates_a_fork(number):
    """Send a signal at once to a process that goes on, and that would end by itself with 3."""
    forked = os.fork()
    if forked == 0:
        time.sleep(WITHIN_S)
        os._exit(3)
    os.kill(forked, number)
    status = os.waitpid(forked, 0)[1]
    return -os.WTERMSIG(status) if os.WIFSIGNALED(status) else os.WEXITSTATUS(status)


def own_handler():
    """Fork where the task has a handler of its own; return whether the fork has it, and no signal is held here."""
    kept = signal.signal(signal.SIGTERM, lambda number, frame: os._exit(4))
    forked = os.fork()
    if forked == 0:
        os.kill(os.getpid(), signal.SIGTERM)
        time.sleep(WITHIN_S)
        os._exit(3)
    status = os.waitpid(forked, 0)[1]
    signal.signal(signal.SIGTERM, kept)
    return [os.WEXITSTATUS(status), sorted(signal.pthread_sigmask(signal.SIG_BLOCK, []))]


def sleeps(path):
    open(path, "w").close()
    began = time.monotonic()
    time.sleep(0.5)
    return time.monotonic() - began >= 0.5


TASKS = {
    "terminates_a_program": terminates_a_program,
    "terminates_a_fork": terminates_a_fork,
    "own_handler": own_handler,
    "sleeps": sleeps,
    "opens": opens,
    "loud": loud,
    "surroundings": surroundings,
    "coroutine": coroutine,
    "sleepless": sleepless,
    "forks": forks,
    "leaves": leaves,
}


# Start a child, give it a task, and wait to be killed. The child's stderr is the pipe that tells when both have ended.
PARENT = """
import os, subprocess, sys, time
command = [sys.executable, "-m", "transports.executors.child", sys.argv[1], str(os.getpid())]
child = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=1)
child.stdout.read(1)
child.stdin.write(bytes.fromhex(sys.argv[2]))
child.stdin.flush()
os.write(1, b"r")
time.sleep(600)
"""


class Child:
    """A child of ours, and the results that it has written."""

    def __init__(self, parent=None, module=MODULE, python=sys.executable):
        command = [python, "-m", "transports.executors.child", module, str(parent or os.getpid())]
        pipe = subprocess.PIPE
        self.process = subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=pipe, cwd=ROOT, bufsize=0)
        self._splitter = Splitter(pipe_frames.RESULT)
        self._found = []

    def give(self, *tasks):
        self.process.stdin.write(b"".join(framed(TASK, json.dumps(task).encode()) for task in tasks))

    def next(self):
        while not self._found:
            received = os.read(self.process.stdout.fileno(), 65536)
            assert received, self.process.stderr.read().decode()
            self._found += self._splitter.feed(received)
        key, index, queue_us, run_us, result = self._found.pop(0)
        return key, run_job.OUTCOMES[index], queue_us, run_us, result

    def close(self):
        self.process.kill()
        self.process.wait()
        for stream in (self.process.stdin, self.process.stdout, self.process.stderr):
            stream.close()


@pytest.fixture
def child():
    made = Child()
    yield made
    made.close()


def task(key, name, *args, budget_ns=60_000 * MS, waited_ns=0, attempt=1):
    return [key, f"id-{key}", name, attempt, budget_ns, waited_ns, "json", None, [list(args), {}]]


def test_a_child_says_that_it_is_ready_and_answers_in_order_until_nothing_more_can_come(child):
    assert child.next() == (pipe_frames.READY, "ok", 0, 0, b"")
    child.give(
        task(1, "loud", waited_ns=5000 * MS, attempt=3),
        task(2, "coroutine", 7),
        task(3, "loud", budget_ns=0),
        *[task(4 + number, "sleepless", each) for number, each in enumerate((signal.SIGTERM, signal.SIGINT))],
    )
    key, outcome, queue_us, run_us, result = child.next()
    assert (key, outcome) == (1, "ok")
    assert 5_000_000 <= queue_us < 35_000_000
    assert 0 <= run_us < 30_000_000
    tree = json.loads(result)
    assert (tree["id"], tree["attempt"], tree["result"]) == ("id-1", 3, ""), "its own stdin is empty"
    assert json.loads(child.next()[-1])["result"] == [7]
    assert child.next()[:2] == (3, "E_DEADLINE")
    for _ in range(2):
        assert json.loads(child.next()[-1])["result"] == "still here"
    child.process.stdin.close()
    assert child.process.stderr.read() == b"printed\n"
    assert child.process.wait(20) == 0


@pytest.mark.parametrize("length", [5, 100])
def test_what_a_module_prints_while_it_is_imported_is_no_result(monkeypatch, tmp_path, length):
    (tmp_path / "prints.py").write_text(f"print('x' * {length - 1})\nTASKS = {{'noop': lambda: 7}}\n")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    monkeypatch.setenv("PYTHONUNBUFFERED", "1")
    child = Child(module="prints")
    try:
        child.give(task(1, "noop"))
        child.process.stdin.close()  # so that it ends, whatever it has written
        assert child.next() == (pipe_frames.READY, "ok", 0, 0, b"")
        assert json.loads(child.next()[-1])["result"] == 7
        assert child.process.stderr.read() == b"x" * (length - 1) + b"\n"
    finally:
        child.close()


ON_LINUX = pytest.mark.skipif(
    not sys.platform.startswith("linux"), reason="Linux alone tells a child of its parent's end"
)


@ON_LINUX
@pytest.mark.parametrize("parent", [1 if os.getpid() != 1 else 2, 2**30])
def test_a_child_whose_parent_has_gone_ends_at_once(parent):
    orphan = Child(parent=parent)
    assert orphan.process.communicate(timeout=20)[0] == b""
    assert orphan.process.returncode == 1


@ON_LINUX
def test_a_child_ends_with_its_parent_whatever_it_does(tmp_path):
    gate = tmp_path / "gate"
    os.mkfifo(gate)
    given = framed(TASK, json.dumps(task(1, "opens", str(gate))).encode())
    parent = subprocess.Popen([sys.executable, "-c", PARENT, MODULE, given.hex()], cwd=ROOT, stdout=subprocess.PIPE)
    try:
        assert os.read(parent.stdout.fileno(), 1), "a parent that has a child which is ready"
    finally:
        parent.kill()
        parent.wait()
    ended = select.select([parent.stdout], [], [], 20)[0]  # the child holds it, too
    gate_of_those_left = os.open(gate, os.O_RDWR)
    try:
        assert ended, "it goes on"
    finally:
        os.close(gate_of_those_left)
        parent.stdout.close()


def test_a_childs_job_has_the_time_that_its_parent_gives_it(monkeypatch):
    from transports.executors import child as module

    monkeypatch.setattr(module.clock, "now_ns", lambda: 6 * MS)
    monkeypatch.setattr(module.run_job, "perform", lambda function, job: (job, 0))
    given = task(1, "loud", budget_ns=6 * MS, waited_ns=2 * MS)
    key, job = module._run(TASKS, json.dumps(given).encode())
    assert (key, job.arrived, job.deadline) == (1, 4 * MS, 12 * MS)


def test_a_result_leaves_before_the_next_task_begins(child, tmp_path):
    gate = tmp_path / "gate"
    os.mkfifo(gate)
    assert child.next()[0] == pipe_frames.READY
    child.give(task(1, "coroutine", 7), task(2, "opens", str(gate)))
    assert select.select([child.process.stdout], [], [], 20)[0], "the first result waits for the second task's end"
    assert child.next()[0] == 1
    gate.open("w").close()
    assert child.next()[0] == 2


def test_a_process_that_a_task_forked_is_no_second_child(child):
    assert child.next()[0] == pipe_frames.READY
    child.give(*[task(key, "forks") for key in (1, 2)], task(3, "coroutine", 7))
    results = [child.next() for _ in range(3)]
    assert [key for key, *_ in results] == [1, 2, 3]
    assert [json.loads(result)["result"] for *_, result in results] == [0, 0, [7]]
    child.process.stdin.close()
    assert child.process.stdout.read() == b""


@pytest.mark.parametrize("name", ["terminates_a_program", "terminates_a_fork"])
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_what_a_task_starts_can_be_terminated(child, name, number):
    assert child.next()[0] == pipe_frames.READY
    child.give(*[task(key, name, number) for key in range(1, 6)])
    assert [json.loads(child.next()[-1]).get("result") for _ in range(5)] == [-number] * 5


def test_a_process_that_a_task_forks_keeps_the_tasks_own_handler(child):
    child.give(task(1, "own_handler"))
    assert child.next()[0] == pipe_frames.READY
    assert json.loads(child.next()[-1])["result"] == [4, []]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_disturbs_neither_a_wait_for_tasks_nor_a_tasks_own(child, tmp_path, number):
    assert child.next()[0] == pipe_frames.READY
    child.process.send_signal(number)
    begun = tmp_path / "begun"
    child.give(task(1, "sleeps", str(begun)))
    until = time.monotonic() + WITHIN_S
    while not begun.exists() and time.monotonic() < until:
        time.sleep(0.01)
    child.process.send_signal(number)
    assert json.loads(child.next()[-1])["result"] is True
    child.process.stdin.close()
    assert child.process.wait(20) == 0


def test_all_of_a_result_is_written_however_little_a_pipe_takes(monkeypatch):
    from transports.executors import child as module

    written = []
    monkeypatch.setattr(module.os, "write", lambda _, data: written.append(bytes(data[:2])) or len(data[:2]))
    module._write(7, b"abcde")
    monkeypatch.undo()
    assert written == [b"ab", b"cd", b"e"]
