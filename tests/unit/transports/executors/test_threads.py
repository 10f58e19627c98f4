"""Executors of threads: one task on the thread that holds the wire, or many on threads of their own."""

from __future__ import annotations

import select
import threading

import pytest

from tests.fakes.executor import WITHIN_S, Host, job
from transports.executors import inline, threads

MS = 1_000_000


def put(executor, *jobs):
    executor.put(list(jobs))
    executor.work()


# --- inline ---


@pytest.fixture
def now():
    return [0]


@pytest.fixture
def inlined(now):
    """An executor whose tasks each take as many milliseconds as their argument says; its keeper does not run."""
    executor = inline.Inline(now_ns=lambda: now[0])

    def take(ms):
        now[0] += int(ms * MS)
        return ms

    executor._service = Host({"take": take})
    return executor


def test_jobs_run_in_order_and_those_that_nobody_wants_are_skipped(inlined):
    jobs = [job(name, "take", 0) for name in "abcd"]
    jobs[1].settled = jobs[2].cancelled = True
    inlined.put(jobs)
    assert (inlined.eager(), inlined.concurrency, inlined.pids()) == (True, 1, [])
    inlined.work()
    assert inlined._service.calls == [("finish", "a"), ("finish", "d")]
    assert not inlined.eager()


def test_work_ends_before_the_next_task_would_make_a_result_wait_too_long(inlined):
    """And no job is lost: the next turn goes on with it."""
    assert inlined._service.wire.result_age_ns == 4 * MS
    put(inlined, *[job(name, "take", 2) for name in "abcdefg"])
    ended = [[("finish", name) for name in names] for names in ("abc", "def", "g")]
    assert (inlined._service.calls, inlined.eager()) == (ended[0], True)
    inlined.work()
    assert (inlined._service.calls, inlined.eager()) == (ended[0] + ended[1], True)
    inlined.work()
    assert (inlined._service.calls, inlined.eager()) == ([*ended[0], *ended[1], *ended[2]], False)


def test_one_long_task_is_a_turn_and_many_short_ones_are_one(inlined):
    put(inlined, job("a", "take", 9), *[job(f"b{number}", "take", 0) for number in range(100)])
    assert inlined._service.calls == [("finish", "a")]
    inlined.work()
    assert (len(inlined._service.calls), inlined.eager()) == (101, False)


def test_a_job_that_nobody_wants_ends_no_work(inlined):
    jobs = [job(name, "take", 5) for name in "abc"]
    jobs[1].settled = jobs[2].cancelled = True
    put(inlined, *jobs)
    assert not inlined.eager()


def test_work_that_always_gets_more_ends_all_the_same(inlined):
    def again(number):
        inlined._service.functions["take"](1)
        if number < 20:
            inlined.put([job(f"a{number + 1}", "again", number + 1)])

    inlined._service.functions["again"] = again
    put(inlined, job("a0", "again", 0))
    assert len(inlined._service.calls) == 5
    assert [each.id for each in inlined._jobs] == ["a5"]


def test_a_task_that_nobody_knows_is_expected_to_take_two_milliseconds(inlined):
    inlined._service.functions["new"] = lambda: None
    inlined._service.wire.result_age_ns = 2 * MS
    put(inlined, job("a", "take", 0), job("b", "new"))
    assert not inlined.eager()
    inlined._service.functions["newer"] = lambda: None
    inlined._service.wire.result_age_ns = 2 * MS - 1
    put(inlined, job("a", "take", 0), job("b", "newer"))
    assert inlined.eager()
    inlined.work()
    assert inlined._service.calls[-1:] == [("finish", "b")]


def test_the_job_that_runs_is_known(inlined):
    seen = []
    inlined._service.functions["look"] = lambda: seen.extend(inlined.running())
    looking = job("a", "look")
    put(inlined, looking)
    assert (seen, inlined.running()) == ([looking], [])


class Turns:
    """An event that ends a keeper after so many turns."""

    def __init__(self, turns):
        self.left = turns
        self.waits = []

    def wait(self, seconds):
        self.waits.append(seconds)
        self.left -= 1
        return self.left < 0


@pytest.mark.parametrize(
    ("over", "expected"),
    [(False, [("take", 0.0), "keep"] * 2), (True, [("take", 0.0), "keep", "leave"] * 2)],
)
def test_a_keeper_answers_while_a_task_runs(inlined, over, expected):
    host = inlined._service
    inlined._stop = Turns(2)
    host.over, host.leave = over, lambda: host.calls.append("leave")
    host.functions["run"] = inlined._keep
    put(inlined, job("a", "run"))
    assert host.calls == [*expected, ("finish", "a")]
    assert inlined._stop.waits == [0.1] * 3


def test_a_keeper_without_a_task_that_runs_or_without_the_lock_does_nothing(inlined):
    host = inlined._service
    inlined._stop = Turns(2)
    inlined._keep()
    assert host.calls == []

    def run():
        inlined._stop = Turns(2)
        with host.lock:
            keeper = threading.Thread(target=inlined._keep)
            keeper.start()
            keeper.join()

    host.functions["run"] = run
    put(inlined, job("a", "run"))
    assert host.calls == [("finish", "a")]
    assert host.lock.acquire(False), "and leaves it free"


def test_a_keeper_does_not_end_the_process_where_nobody_asked_for_it(inlined):
    host = inlined._service
    inlined._stop = Turns(1)
    host.over = True
    host.functions["run"] = inlined._keep
    put(inlined, job("a", "run"))
    assert host.calls == [("take", 0.0), "keep", ("finish", "a")]


def test_a_keeper_ends_with_its_executor():
    executor = inline.Inline()
    executor.begin(Host({}))
    assert (executor._keeper.is_alive(), executor._keeper.daemon) == (True, True)
    executor.close()
    assert not executor._keeper.is_alive()


# --- a pool ---


@pytest.fixture
def pool():
    """pool(concurrency, functions) -> a pool that has begun, and its host."""
    made = []

    def make(concurrency, **functions):
        executor = threads.Pool(concurrency)
        host = Host(functions)
        executor.begin(host)
        made.append(executor)
        return executor, host

    yield make
    for each in made:
        each.close()


def test_a_pool_runs_so_many_tasks_at_once(pool):
    together = threading.Barrier(3)
    executor, host = pool(3, meet=lambda: together.wait(WITHIN_S) >= 0)
    executor.put([job(name, "meet") for name in "abc"])
    assert [host.ended()[0]["result"] for _ in "abc"] == [True] * 3
    assert (executor.concurrency, executor.eager(), executor.pids()) == (3, False, [])


def test_a_pool_runs_no_more_and_knows_what_runs(pool):
    go, begun = threading.Semaphore(0), threading.Semaphore(0)

    def wait():
        begun.release()
        assert go.acquire(timeout=WITHIN_S)

    executor, host = pool(2, wait=wait)
    jobs = [job(name, "wait") for name in "abc"]
    executor.put(jobs)
    for _ in range(2):
        assert begun.acquire(timeout=WITHIN_S)
    assert {each.id for each in executor.running()} == {"a", "b"}
    assert not begun.acquire(timeout=0.05)
    go.release(3)
    assert sorted(host.ended()[0]["id"] for _ in "abc") == ["a", "b", "c"]
    assert executor.running() == []


def test_a_pool_wakes_the_thread_that_holds_the_wire_and_that_clears_it(pool):
    executor, host = pool(1, noop=lambda: 1)
    assert host.wire.watched == [executor._waker.descriptor]
    for _ in range(2):
        assert select.select(host.wire.watched, [], [], 0.0)[0] == []
        executor.put([job("a", "noop")])
        host.ended()
        assert select.select(host.wire.watched, [], [], WITHIN_S)[0]
        executor.work()


def test_a_pool_skips_what_nobody_wants(pool):
    executor, host = pool(1, noop=lambda: 1)
    jobs = [job(name, "noop") for name in "abc"]
    jobs[0].settled = jobs[1].cancelled = True
    executor.put(jobs)
    assert host.ended()[0]["id"] == "c"
    assert not host.has_ended()


def test_a_pool_that_closes_ends_its_threads(pool):
    executor, _ = pool(3)
    assert all(thread.is_alive() and thread.daemon for thread in executor._threads)
    executor.abandon(job("a", "noop"))
    executor._waker.close, close = lambda: None, executor._waker.close
    executor.close()
    for thread in executor._threads:
        thread.join(WITHIN_S)
        assert not thread.is_alive()
    executor._threads, executor._waker.close = [], close


class Hanging:
    """A thread that does not end."""

    def __init__(self, waits):
        self._waits = waits

    def join(self, seconds):
        self._waits.append(seconds)


def test_a_pool_that_closes_waits_half_a_second_in_all():
    executor, waits = threads.Pool(4), []
    executor._threads = [Hanging(waits) for _ in range(4)]
    executor.close()
    assert sum(waits) == pytest.approx(0.5)


# --- a crew ---


def test_a_crew_has_a_thread_for_each_call_that_has_not_ended(monkeypatch):
    started = []

    def start(serve, start=threads.start):
        started.append(serve)
        return start(serve)

    monkeypatch.setattr(threads, "start", start)
    crew, results = threads.Crew(), threading.Semaphore(0)
    go = threading.Event()

    def call():
        assert go.wait(WITHIN_S)
        results.release()

    crew.call(call, 1)
    crew.call(call, 2)
    assert len(started) == 2
    go.set()
    for _ in range(2):
        assert results.acquire(timeout=WITHIN_S)
    crew.call(call, 1)
    crew.call(call, 2)
    for _ in range(2):
        assert results.acquire(timeout=WITHIN_S)
    assert len(started) == 2


def test_a_crew_goes_on_where_the_system_has_no_thread_left(monkeypatch):
    def refuse(_serve):
        raise RuntimeError("can't start new thread")

    crew, results = threads.Crew(), threading.Semaphore(0)
    with monkeypatch.context() as patch:
        patch.setattr(threads, "start", refuse)
        crew.call(results.release, 1)
    assert not results.acquire(timeout=0.05), "nobody is there"
    crew.call(results.release, 2)
    for _ in range(2):
        assert results.acquire(timeout=WITHIN_S)
