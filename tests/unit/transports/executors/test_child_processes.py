"""The executor of child processes: what each child is given and when, with children that the test plays."""

from __future__ import annotations

import errno
import fcntl
import json
import os
import signal
import sys
import time

import pytest

from runoff.common.paths import ROOT
from tests.fakes.executor import WITHIN_S, Host, job
from transports.errors import Unusable
from transports.executors import child_processes, pipe_frames, run_job
from transports.executors.pipe_frames import RESULT, TASK, Splitter, framed

MS = 1_000_000


class Process:
    """What a child's process looks like to its parent."""

    def __init__(self, pid, status):
        self.pid, self.returncode, self._status = pid, None, status
        self.signals = []
        self.theirs_in, stdin = os.pipe()
        stdout, self.theirs_out = os.pipe()
        self.stdin, self.stdout = os.fdopen(stdin, "wb", 0), os.fdopen(stdout, "rb", 0)

    def poll(self):
        return self.returncode

    def send_signal(self, number):
        self.signals.append(number)

    def wait(self):
        self.returncode = self._status

    def close_theirs(self):
        for descriptor in (self.theirs_in, self.theirs_out):
            if descriptor is not None:
                os.close(descriptor)
        self.theirs_in = self.theirs_out = None


class Child(child_processes._Child):
    """A child that the test plays."""

    made: list = []
    status = -9

    def __init__(self, module, folder, environment):
        number = len(self.made)

        def popen(command, **options):
            self.command = command
            return Process(number, self.status)

        original, child_processes.subprocess.Popen = child_processes.subprocess.Popen, popen
        try:
            super().__init__(module, folder, environment)
        finally:
            child_processes.subprocess.Popen = original
        self.made.append(self)
        self._given = Splitter(TASK)

    def say_ready(self):
        os.write(self.process.theirs_out, framed(RESULT, pipe_frames.READY, 0, 0, 0, b""))

    def given(self):
        """Return the tasks that were written since the last call."""
        os.set_blocking(self.process.theirs_in, False)
        received = b""
        try:
            while part := os.read(self.process.theirs_in, 65536):
                received += part
        except BlockingIOError:
            pass
        return [json.loads(body) for (body,) in self._given.feed(received)]

    def answers(self, key, value=b"{}", outcome="ok", queue_us=0, run_us=0):
        index = run_job.OUTCOMES.index(outcome)
        os.write(self.process.theirs_out, framed(RESULT, key, index, queue_us, run_us, value))

    def ends_unseen(self):
        """End while a process that it left behind holds the pipes open."""
        self.process.returncode = self.status

    def ends(self):
        os.close(self.process.theirs_out)
        self.process.theirs_out = None


@pytest.fixture
def now():
    return [0]


@pytest.fixture
def children(monkeypatch, now):
    """children(concurrency) -> (the executor, its host, the children so far, those that come later at their end)."""
    monkeypatch.setattr(child_processes, "_Child", Child)
    monkeypatch.setattr(Child, "made", [])
    made = []

    def make(concurrency=1, ready=True):
        executor = child_processes.Children(concurrency, "the.tasks", lambda: now[0])
        host = Host({})
        executor.begin(host)
        made.append(executor)
        if ready:
            for child in Child.made:
                child.say_ready()
            executor.work()
        return executor, host, Child.made

    yield make
    for executor in made:
        executor.close()
    for child in Child.made:
        child.process.close_theirs()


def put(executor, *jobs):
    executor.put(list(jobs))
    executor.work()


def ids(tasks):
    return [task[1] for task in tasks]


def test_a_child_is_this_interpreter_with_the_tasks_and_its_parents_number(children):
    executor, host, (child,) = children()
    assert child.command[-4:] == ["-m", "transports.executors.child", "the.tasks", str(os.getpid())]
    assert child.command[0] == sys.executable
    assert host.wire.watched == [child.outbox]
    assert (executor.pids(), executor.running(), executor.eager()) == ([0], [], False)
    for ours, another in ((child.inbox, child.process.theirs_out), (child.outbox, child.process.theirs_in)):
        flags = fcntl.fcntl(another, fcntl.F_GETFL)
        assert fcntl.fcntl(ours, fcntl.F_GETFL) == flags | os.O_NONBLOCK, "nothing else is changed"


def test_a_child_holds_nothing_else_open_of_its_workers(monkeypatch):
    monkeypatch.chdir(ROOT)
    executor = child_processes.Children(1, "tests.unit.transports.executors.test_child")
    ours, theirs = os.pipe()
    os.set_inheritable(theirs, True)
    try:
        executor.begin(Host({}))
        os.close(theirs)
        os.set_blocking(ours, False)
        assert os.read(ours, 1) == b"", "the end of the pipe"
    finally:
        executor.close()
        os.close(ours)


def test_children_begin_where_the_worker_was_before_its_tasks(monkeypatch, tmp_path):
    """A task that runs in the worker's process may leave it in another folder, and without a variable."""
    monkeypatch.chdir(ROOT)
    monkeypatch.setenv("OF_THE_WORKER", "kept")
    executor = child_processes.Children(1, "tests.unit.transports.executors.test_child")
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("OF_THE_WORKER")
    host = Host({})
    executor.begin(host)
    try:
        put(executor, job("a", "surroundings", "OF_THE_WORKER"))
        until = time.monotonic() + WITHIN_S
        while not host.has_ended() and time.monotonic() < until:
            executor.work()
            time.sleep(0.01)
        assert host.ended()[0]["result"] == [str(ROOT), "kept"]
    finally:
        executor.close()


def test_a_child_for_which_the_system_has_no_room_is_one_sentence(children, monkeypatch):
    executor, _, made = children()

    def refuse(*_):
        raise OSError(errno.EAGAIN, "Resource temporarily unavailable")

    monkeypatch.setattr(child_processes, "_Child", refuse)
    made[0].ends()
    with pytest.raises(Unusable, match="no child process can be started: .*Resource temporarily unavailable; permit"):
        executor.work()


def test_a_child_gets_no_task_before_it_is_ready(children):
    executor, _, (child,) = children(ready=False)
    put(executor, job("a", "f"))
    assert child.given() == []
    child.say_ready()
    executor.work()
    assert ids(child.given()) == ["a"]


def test_a_child_that_does_not_become_ready_keeps_no_task_from_another(children):
    executor, _, (stuck, ready) = children(2, ready=False)
    ready.say_ready()
    put(executor, job("a", "f"))
    assert (stuck.given(), ids(ready.given())) == ([], ["a"])


def test_a_task_goes_to_its_child_whole_and_its_result_comes_back(children, now):
    executor, host, (child,) = children()
    now[0] = 50 * MS
    put(executor, job("a", "f", 1, arrived=20 * MS, deadline=90 * MS, b=2))
    assert child.given() == [[1, "a", "f", 1, 40 * MS, 30 * MS, "json", None, [[1], {"b": 2}]]]
    assert child.current().id == "a"
    child.answers(1, b'{"value": 3}', queue_us=4, run_us=5)
    executor.work()
    assert host.ended() == ({"value": 3}, "ok", 4, 5)
    assert (child.current(), child.work_us, child.jobs) == (None, 0.0, {})


@pytest.mark.parametrize(("deadline", "budget_ns"), [(49 * MS, 0), (2**62, 30 * 24 * 3600 * 10**9)])
def test_a_childs_time_for_a_task_is_between_nothing_and_a_month(children, now, deadline, budget_ns):
    executor, _, (child,) = children()
    now[0] = 50 * MS
    put(executor, job("a", "f", deadline=deadline))
    assert child.given()[0][4] == budget_ns


def test_an_outcome_that_is_an_error_travels_by_its_number(children):
    executor, host, (child,) = children()
    put(executor, job("a", "f"))
    child.answers(1, outcome="E_TASK", run_us=-1)
    executor.work()
    assert host.ended()[1:] == ("E_TASK", 0, -1)
    assert executor._costs == {"f": 0}, "one that did not run took no time"


def test_a_task_of_unknown_length_is_alone_with_its_child(children):
    executor, _, (first, second) = children(2)
    put(executor, *[job(name, "f") for name in "abc"])
    assert (ids(first.given()), ids(second.given())) == (["a"], ["b"])


def learned(executor, child, us, name="f"):
    put(executor, job("first", name))
    child.answers(child.given()[0][0], run_us=us)
    executor.work()


def test_small_tasks_follow_up_to_a_millisecond_of_work(children):
    executor, _, (child,) = children()
    learned(executor, child, 300)
    put(executor, *[job(str(number), "f") for number in range(9)])
    assert ids(child.given()) == ["0", "1", "2"], "a fourth would be 50 us beyond its half"
    assert child.work_us == 900.0


def test_a_task_follows_where_half_of_it_is_within_the_millisecond(children):
    executor, _, (child,) = children()
    learned(executor, child, 400)
    put(executor, *[job(str(number), "f") for number in range(9)])
    assert ids(child.given()) == ["0", "1", "2"]


def test_no_task_follows_a_child_with_more_than_a_millisecond_to_do(children):
    executor, _, (child,) = children()
    learned(executor, child, 1001)
    learned(executor, child, 1, "tiny")
    put(executor, job("long", "f"), job("tiny", "tiny"))
    assert ids(child.given()) == ["long"]


def test_the_child_with_least_to_do_is_next(children):
    executor, _, (first, second) = children(2)
    learned(executor, first, 100)
    put(executor, *[job(str(number), "f") for number in range(5)])
    assert (ids(first.given()), ids(second.given())) == (["0", "2", "4"], ["1", "3"])
    key = next(iter(first.jobs))
    first.answers(key, run_us=100)
    executor.work()
    assert first.work_us == 200.0


def test_what_nobody_wants_is_given_to_no_child(children):
    executor, _, (child,) = children()
    jobs = [job(name, "f") for name in "abc"]
    jobs[0].settled = jobs[1].cancelled = True
    put(executor, *jobs)
    assert ids(child.given()) == ["c"]


def test_a_result_that_nobody_waits_for_is_dropped(children):
    executor, host, (child,) = children()
    settled = job("a", "f")
    put(executor, settled)
    settled.settled = True
    child.answers(1)
    executor.work()
    assert not host.has_ended()


def test_arguments_that_no_child_can_be_given_are_an_error(children):
    executor, host, (child,) = children()
    put(executor, job("a", "f", object()), job("b", "f"))
    assert host.ended()[1] == "E_BAD_ARGS"
    assert ids(child.given()) == ["b"]


def test_arguments_as_deep_as_a_frame_may_be_go_to_a_child(children):
    executor, host, (child,) = children()
    deep = 1
    for _ in range(60):  # 61 levels with the arguments' own, and three of the frame around them
        deep = [deep]
    put(executor, job("a", "f", deep, b=deep))
    assert not host.has_ended()
    assert child.given()[0][-1] == [[deep], {"b": deep}]


def test_what_a_pipe_has_no_room_for_is_written_later(children):
    executor, _, (child,) = children()
    large = "x" * 300_000
    put(executor, job("a", "f", large))
    assert executor.eager()
    found = []
    for _ in range(10):  # a pipe holds 64 KiB
        found += child.given()
        executor.work()
    assert [task[-1] for task in found] == [[[large], {}]]
    assert not executor.eager()


def test_no_task_follows_where_much_is_yet_to_be_written(children):
    executor, _, (child,) = children()
    learned(executor, child, 1)
    put(executor, job("a", "f", "x" * 300_000), job("b", "f"))
    assert list(child.jobs.values())[-1][0].id == "a"
    for _ in range(10):
        child.given()
        executor.work()
    assert [each.id for each, _ in child.jobs.values()] == ["a", "b"]


def test_a_pipe_that_has_no_room_at_all_is_tried_again(children):
    executor, host, _ = children()
    put(executor, job("a", "f", "x" * 300_000))
    for _ in range(2):
        executor.work()
        assert executor.eager()
    assert not host.has_ended()


def fail(number):
    raise OSError(number, os.strerror(number))


@pytest.mark.parametrize("number", [errno.EIO, errno.EBADF, errno.ECONNRESET])
@pytest.mark.parametrize("end", ["read", "write"])
def test_a_fault_of_a_pipe_that_nobody_knows_is_not_hidden(children, monkeypatch, end, number):
    executor, _, _ = children()
    with monkeypatch.context() as patched:
        patched.setattr(os, end, lambda *given: fail(number))
        with pytest.raises(OSError, match=os.strerror(number)):
            put(executor, job("a", "f"))


# --- children that end ---


def test_a_child_that_ends_before_its_task_is_written_loses_it(children):
    executor, host, (child,) = children()
    os.close(child.process.theirs_in)
    child.process.theirs_in = None
    put(executor, job("a", "f"))
    assert not host.has_ended()
    child.ends()
    executor.work()
    assert host.ended()[1] == "retry"


@pytest.mark.parametrize(("key", "index"), [(9, 0), (1, len(run_job.OUTCOMES)), (1, 255)])
def test_a_child_whose_result_nobody_asked_for_is_lost_with_its_task(children, key, index):
    executor, host, made = children()
    put(executor, job("a", "f"), job("b", "f"))
    os.write(made[0].process.theirs_out, framed(RESULT, key, index, 0, 0, b"{}"))
    executor.work()
    tree, outcome, *_ = host.ended()
    why = "its process sent a result that nobody had asked for"
    assert (outcome, tree["error"]["code"], tree["error"]["message"]) == ("retry", "E_WORKER_LOST", why)
    assert made[0].process.signals == [signal.SIGKILL]
    made[1].say_ready()
    executor.work()
    assert ids(made[1].given()) == ["b"]


def test_a_child_that_answers_what_it_was_not_asked_with_its_first_words_is_lost(children):
    executor, _, made = children(ready=False)
    early = framed(RESULT, pipe_frames.READY, 0, 0, 0, b"") + framed(RESULT, 9, 0, 0, 0, b"{}")
    os.write(made[0].process.theirs_out, early)
    executor.work()
    assert made[0].process.signals == [signal.SIGKILL]


def test_a_result_that_comes_twice_costs_what_the_child_has_beside_it_no_attempt(children):
    executor, host, made = children()
    learned(executor, made[0], 10)
    host.ended()
    put(executor, *[job(name, "f") for name in "abc"])
    (first, *_) = made[0].jobs
    for _ in range(2):
        made[0].answers(first, run_us=10)
    executor.work()
    assert host.ended()[1] == "ok"
    assert not host.has_ended()
    made[1].say_ready()
    executor.work()
    assert ids(made[1].given()) == ["b"]
    assert [each.id for each in executor._jobs] == ["c"]


@pytest.mark.parametrize(
    ("status", "how"),
    [
        (-11, "was ended by signal 11"),
        (-1, "was ended by signal 1"),
        (3, "ended (exit code 3)"),
        (0, "ended (exit code 0)"),
    ],
)
def test_the_one_task_of_a_child_that_ended_costs_an_attempt(children, monkeypatch, status, how):
    monkeypatch.setattr(Child, "status", status)
    executor, host, made = children()
    put(executor, job("a", "f"))
    made[0].ends()
    executor.work()
    tree, outcome, queue_us, run_us = host.ended()
    assert (outcome, tree["status"], queue_us, run_us) == ("retry", "retry", -1, -1)
    assert (tree["error"]["code"], tree["error"]["message"]) == ("E_WORKER_LOST", f"its process {how}")
    _, second = made
    assert (executor.pids(), host.wire.watched) == ([1], [second.outbox])
    assert made[0].process.stdin.closed
    assert made[0].process.stdout.closed
    second.say_ready()
    executor.work()
    assert second.given() == [], "it has its outcome"


def test_the_tasks_of_a_child_that_ended_with_several_are_run_alone_in_their_order(children):
    executor, host, made = children()
    learned(executor, made[0], 10)
    host.ended()
    put(executor, *[job(name, "f") for name in "abc"])
    assert len(made[0].jobs) == 3
    made[0].ends()
    executor.work()
    second = made[1]
    second.say_ready()
    executor.put([job("d", "f")])
    order = []
    for expected in ("a", "b", "c"):
        executor.work()
        (task,) = second.given()
        order.append(task[1])
        assert second.alone
        assert ids([task]) == [expected]
        second.answers(task[0], run_us=10)
    executor.work()
    assert ids(second.given()) == ["d"]
    assert not second.alone
    assert [host.ended()[1] for _ in order] == ["ok"] * 3


def test_the_task_that_ends_its_child_alone_costs_an_attempt_and_its_neighbours_none(children):
    executor, host, made = children()
    learned(executor, made[0], 10)
    host.ended()
    put(executor, job("bad", "f"), job("good", "f"))
    made[0].ends()
    executor.work()
    made[1].say_ready()
    executor.work()
    assert ids(made[1].given()) == ["bad"]
    made[1].ends()
    executor.work()
    assert host.ended()[1] == "retry"
    made[2].say_ready()
    executor.work()
    assert ids(made[2].given()) == ["good"]
    assert not host.has_ended()


def test_what_nobody_wants_is_not_run_again(children):
    executor, _, made = children()
    learned(executor, made[0], 10)
    jobs = [job(name, "f") for name in "abc"]
    put(executor, *jobs)
    jobs[0].settled = jobs[2].cancelled = True
    made[0].ends()
    executor.work()
    made[1].say_ready()
    executor.work()
    assert ids(made[1].given()) == ["b"]
    assert executor._alone == {jobs[1]}


def test_children_that_end_before_they_are_ready_end_the_worker_after_three_more(children):
    executor, _, made = children(ready=False)
    for number in range(3):
        made[number].ends()
        executor.work()
    made[3].ends()
    with pytest.raises(Unusable, match="children that are to run the.tasks end at once: see above for why"):
        executor.work()


def test_a_child_that_was_ready_begins_the_count_of_failed_starts_anew(children):
    executor, _, made = children(ready=False)
    for number in range(7):
        if number == 3:
            made[number].say_ready()
        made[number].ends()
        executor.work()
    assert len(made) == 8
    made[7].ends()
    with pytest.raises(Unusable):
        executor.work()


def test_a_child_that_has_ended_is_found_though_its_pipe_has_not(children, now):
    executor, host, made = children(2)
    put(executor, job("a", "f"), job("b", "f"))
    made[0].ends_unseen()
    now[0] = child_processes.LOOK_NS - 1
    executor.work()
    assert not host.has_ended()
    now[0] += 1
    executor.work()
    tree, outcome, *_ = host.ended()
    assert (tree["id"], outcome, tree["error"]["message"]) == ("a", "retry", "its process was ended by signal 9")
    assert not host.has_ended()
    assert (executor.pids(), host.wire.watched) == ([1, 2], [made[1].outbox, made[2].outbox])
    assert made[0].process.signals == [], "its number may be another process's by now"
    now[0] += child_processes.LOOK_NS - 1
    made[1].ends_unseen()
    executor.work()
    assert not host.has_ended(), "the time of the last look counts"


def test_children_are_looked_at_some_times_a_second_whatever_the_turns(children, now, monkeypatch):
    executor, _, (child,) = children()
    looks = []
    monkeypatch.setattr(child.process, "poll", lambda: looks.append(now[0]))
    for _ in range(1000):
        now[0] += MS
        executor.work()
    assert 2 <= len(looks) <= 10


def test_what_a_child_had_written_before_it_ended_unseen_counts(children, now):
    executor, host, made = children()
    put(executor, job("a", "f"))
    now[0] = child_processes.LOOK_NS
    made[0].process.poll = lambda: made[0].answers(1) or made[0].ends_unseen() or made[0].status
    executor.work()
    assert host.ended()[1] == "ok"
    assert not host.has_ended()
    assert executor.pids() == [1]


def test_a_child_that_is_found_and_whose_pipe_ends_too_is_lost_once(children, now):
    executor, host, made = children()
    put(executor, job("a", "f"), job("b", "f"))
    now[0] = child_processes.LOOK_NS
    made[0].process.poll = lambda: made[0].ends() or made[0].ends_unseen() or made[0].status
    executor.work()
    assert host.ended()[0]["id"] == "a"
    assert (host.has_ended(), executor.pids()) == (False, [1])


def test_a_killed_child_is_soon_lost_whatever_its_task_left_behind(monkeypatch, tmp_path):
    monkeypatch.chdir(ROOT)
    executor = child_processes.Children(1, "tests.unit.transports.executors.test_child")
    host = Host({})
    executor.begin(host)
    left = tmp_path / "left"
    try:
        put(executor, job("a", "leaves", str(left)))
        until = time.monotonic() + WITHIN_S
        while not left.exists() and time.monotonic() < until:
            executor.work()
            time.sleep(0.01)
        (pid,) = executor.pids()
        os.kill(pid, signal.SIGKILL)
        while not host.has_ended() and time.monotonic() < until:
            executor.work()
            time.sleep(0.01)
        assert host.has_ended(), "it waits for the end of a pipe"
        assert host.ended()[0]["error"]["message"] == "its process was ended by signal 9"
    finally:
        executor.close()
        if left.exists():
            os.kill(int(left.read_text()), signal.SIGKILL)


# --- to abandon ---


def test_the_child_of_an_abandoned_task_is_killed_and_another_takes_its_place(children):
    executor, host, made = children()
    learned(executor, made[0], 10)
    jobs = [job(name, "f") for name in "ab"]
    put(executor, *jobs)
    jobs[0].cancelled = True
    executor.abandon(jobs[0])
    assert made[0].process.signals == [signal.SIGKILL]
    assert (executor.pids(), host.wire.watched) == ([1], [made[1].outbox])
    made[1].say_ready()
    executor.work()
    assert ids(made[1].given()) == ["b"]
    assert executor._alone == set(), "it did not end by itself"


def test_an_abandoned_task_that_has_not_begun_or_has_ended_costs_no_child(children):
    executor, _, made = children()
    learned(executor, made[0], 10)
    jobs = [job(name, "f") for name in "ab"]
    put(executor, *jobs)
    executor.abandon(jobs[1])
    first, _ = made[0].jobs
    made[0].answers(first, run_us=10)
    executor.abandon(jobs[0])
    assert (len(made), made[0].current()) == (1, jobs[1])


def test_a_child_that_comes_to_a_cancelled_task_has_a_tenth_of_a_second_to_end_it(children, now):
    executor, _, made = children()
    learned(executor, made[0], 10)
    jobs = [job(name, "f") for name in "abc"]
    put(executor, *jobs)
    now[0] = 500 * MS
    jobs[1].cancelled = True
    executor.abandon(jobs[1])
    executor.work()
    first, *_ = made[0].jobs
    made[0].answers(first, run_us=10)
    executor.work()
    now[0] += 100 * MS - 1
    executor.work()
    assert (len(made), made[0].current()) == (1, jobs[1])
    now[0] += 1
    executor.work()
    assert (len(made), made[0].process.signals) == (2, [signal.SIGKILL])
    made[1].say_ready()
    executor.work()
    assert ids(made[1].given()) == ["c"]


def test_a_worker_that_looks_late_ends_a_cancelled_task_all_the_same(children, now):
    executor, _, made = children()
    unwanted = job("a", "f")
    put(executor, unwanted)
    unwanted.cancelled = True
    now[0] = 1000 * MS
    executor.work()
    assert made[0].process.signals == [signal.SIGKILL]


def test_a_child_that_ends_a_cancelled_task_soon_goes_on(children, now):
    executor, _, (child,) = children()
    learned(executor, child, 10)
    jobs = [job(name, "f") for name in "abc"]
    put(executor, *jobs)
    jobs[1].cancelled = True
    for key in list(child.jobs)[:2]:
        child.answers(key, run_us=10)
        executor.work()
        now[0] += 100 * MS - 1
        executor.work()
    assert child.current() is jobs[2]
    assert executor.pids() == [0]


def test_a_child_that_is_given_a_task_long_after_the_last_one_begins_it_then(children, now):
    executor, _, made = children()
    now[0] = 500 * MS
    cancelled = job("a", "f")
    put(executor, cancelled)
    cancelled.cancelled = True
    executor.work()
    assert len(made) == 1


def test_a_task_that_is_killed_while_it_runs_alone_is_kept_nowhere(children):
    executor, _, made = children()
    learned(executor, made[0], 10)
    jobs = [job(name, "f") for name in "abc"]
    put(executor, *jobs)
    made[0].ends()
    executor.work()
    made[1].say_ready()
    executor.work()
    assert made[1].current() is jobs[0]
    jobs[0].cancelled = True
    executor.abandon(jobs[0])
    assert executor._alone == set(jobs[1:])


def test_a_task_past_its_deadline_that_nobody_cancelled_goes_on(children, now):
    executor, _, made = children()
    put(executor, job("a", "f", deadline=10 * MS))
    now[0] = 20 * MS
    executor.work()
    assert len(made) == 1


def test_closing_kills_the_children_once(children):
    executor, _, made = children(2)
    executor.close()
    executor.close()
    assert [child.process.signals for child in made] == [[signal.SIGKILL]] * 2
    assert executor.pids() == []
    assert all(child.process.stdin.closed and child.process.stdout.closed for child in made)
    made[0].kill()
    assert made[0].process.signals == [signal.SIGKILL], "its number may be another process's by now"


def test_a_child_that_has_ended_already_is_waited_for(children):
    _, _, (child,) = children()

    def gone(number):
        raise ProcessLookupError

    child.process.send_signal = gone
    child.kill()
    assert child.process.returncode == -9
