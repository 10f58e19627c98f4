"""The executor of coroutines: so many at once, none of which can end its loop."""

from __future__ import annotations

import asyncio
import os
import select
import sys
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.fakes.executor import WITHIN_S, Host, Span, job
from transports.executors import asyncio_loop


@pytest.fixture
def loop():
    """loop(concurrency, functions) -> a loop that has begun, and its host."""
    made = []

    def make(concurrency, now_ns=lambda: 0, **functions):
        executor = asyncio_loop.Loop(concurrency, now_ns)
        host = Host(functions)
        executor.begin(host)
        made.append(executor)
        return executor, host

    yield make
    for each in made:
        each.close()
        assert not each._thread.is_alive()
        each._loop.close()


def settled(executor):
    """Wait until the loop has done all that it was asked so far."""
    done = threading.Event()
    executor._loop.call_soon_threadsafe(done.set)
    assert done.wait(WITHIN_S)


async def value(given):
    await asyncio.sleep(0)
    return given


def test_a_coroutine_gets_its_result(loop):
    executor, host = loop(1, value=value)
    executor.put([job("a", "value", 5, arrived=-3000)])
    tree, outcome, queue_us, run_us = host.ended()
    assert (tree["result"], outcome, queue_us, run_us) == (5, "ok", 3, 0)
    assert (executor.eager(), executor.pids(), executor.concurrency) == (False, [], 1)


def test_so_many_run_at_once_and_each_that_ends_lets_another_begin(loop):
    ends = {}

    async def wait(name):
        ends[name] = asyncio.Event()
        await ends[name].wait()
        return name

    executor, host = loop(2, wait=wait)
    executor.put([job(name, "wait", name) for name in "abc"])
    settled(executor)
    settled(executor)
    assert sorted(ends) == ["a", "b"]
    assert sorted(each.id for each in executor.running()) == ["a", "b"]
    executor._loop.call_soon_threadsafe(ends["b"].set)
    assert host.ended()[0]["result"] == "b"
    settled(executor)
    settled(executor)
    assert sorted(each.id for each in executor.running()) == ["a", "c"]
    for name in "ac":
        executor._loop.call_soon_threadsafe(ends[name].set)
        assert host.ended()[0]["result"] == name
    assert executor.running() == []


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs os.fork")
def test_a_child_that_a_coroutine_forked_ends_where_it_comes_back_from_the_loop(loop):
    here, forked = os.getpid(), []

    async def forks():
        forked.append(os.fork())
        if not forked[0]:
            sys.exit(3)
        return "one"

    executor, host = loop(1, forks=forks)
    finish = host.finish
    host.finish = lambda *given: finish(*given) if os.getpid() == here else os._exit(7)
    executor.put([job("a", "forks")])
    assert host.ended()[0]["result"] == "one"
    assert os.waitpid(forked[0], 0)[1] == 0, "it came back"


def test_a_plain_function_runs_beside_the_coroutines(loop):
    go = threading.Event()
    executor, host = loop(2, value=value, plain=lambda: go.wait(WITHIN_S))
    executor.put([job("plain", "plain"), job("a", "value", 1)])
    assert host.ended()[0]["id"] == "a"
    assert [each.id for each in executor.running()] == ["plain"]
    executor.abandon(job("plain", "plain"))
    go.set()
    assert host.ended()[0] == {"id": "plain", "attempt": 1, "status": "ok", "queue_us": 0, "run_us": 0, "result": True}
    assert executor.running() == []


def test_a_plain_function_that_ends_lets_another_begin(loop):
    executor, host = loop(1, plain=lambda name: name)
    executor.put([job(name, "plain", name) for name in "abc"])
    assert [host.ended()[0]["result"] for _ in "abc"] == [*"abc"]


def test_plain_functions_are_as_many_at_once_as_coroutines_may_be(loop):
    together = threading.Barrier(2)
    executor, host = loop(2, meet=lambda: together.wait(WITHIN_S) >= 0)
    for _ in range(2):
        executor.put([job(name, "meet") for name in "ab"])
        assert sorted(host.ended()[0]["id"] for _ in "ab") == ["a", "b"]
    settled(executor)
    assert (executor._plain, executor._crew._threads) == (0, 2)


@pytest.mark.parametrize("kind", [ValueError, SystemExit, KeyboardInterrupt])
def test_whatever_a_coroutine_raises_ends_it_alone(loop, kind):
    async def fail():
        await asyncio.sleep(0)
        raise kind("why")

    executor, host = loop(1, fail=fail, value=value)
    executor.put([job("a", "fail"), job("b", "value", 2)])
    tree, outcome, *_ = host.ended()
    name = kind.__name__
    assert (outcome, tree["error"]["type"], tree["error"]["message"]) == ("E_TASK", name, f"{name}: why")
    assert host.ended()[0]["result"] == 2


def test_a_coroutine_that_stops_its_loop_ends_no_other(loop):
    async def stop():
        asyncio.get_running_loop().stop()
        await asyncio.sleep(0)
        return "stopped"

    executor, host = loop(2, stop=stop, value=value)
    executor.put([job("a", "stop"), job("b", "value", 2)])
    assert {host.ended()[0]["result"] for _ in "ab"} == {"stopped", 2}
    executor.put([job("c", "value", 3)])
    assert host.ended()[0]["result"] == 3


def test_arguments_that_a_coroutine_does_not_take_are_told(loop):
    executor, host = loop(1, value=value)
    executor.put([job("a", "value"), job("b", "value", 2)])
    tree, outcome, *_ = host.ended()
    assert (outcome, tree["error"]["type"]) == ("E_BAD_ARGS", "TypeError")
    assert "given" in tree["error"]["message"]
    assert host.ended()[0]["result"] == 2


def test_a_coroutine_whose_time_is_over_does_not_begin(loop):
    begun = []

    async def begin(given):
        begun.append(given)
        return given

    executor, host = loop(1, now_ns=lambda: 10**9, begin=begin)
    late = [job("a", "begin", 0, deadline=10**9 - 1), job("b", "begin", 1, deadline=10**9)]
    executor.put([*late, job("c", "begin", 2, deadline=10**9 + 1)])
    for _ in late:
        tree, outcome, queue_us, run_us = host.ended()
        assert (outcome, queue_us, run_us) == ("E_DEADLINE", -1, -1)
        assert tree["error"]["message"] == "its time was over before it could start"
    assert host.ended()[0]["result"] == 2
    assert begun == [2]


def test_the_trace_of_a_coroutine_is_told_its_outcome(loop, monkeypatch):
    span = Span()
    monkeypatch.setattr(asyncio_loop.tracing, "run", span.of)
    executor, host = loop(1, value=value)
    traced = job("a", "value", 5)
    traced.trace = "of its client"
    executor.put([traced])
    assert host.ended()[1] == "ok"
    assert span.outcomes == ["ok"]


def test_what_nobody_wants_does_not_begin(loop):
    executor, host = loop(1, value=value)
    jobs = [job(name, "value", 1) for name in "abc"]
    jobs[0].settled = jobs[1].cancelled = True
    executor.put(jobs)
    assert host.ended()[0]["id"] == "c"
    assert not host.has_ended()


def test_an_abandoned_coroutine_is_cancelled(loop):
    cancelled = threading.Event()

    async def hang():
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            cancelled.set()
            raise

    executor, host = loop(1, hang=hang, value=value)
    hanging = job("a", "hang")
    executor.put([hanging, job("b", "value", 2)])
    settled(executor)
    executor.abandon(job("never", "hang"))
    executor.abandon(hanging)
    assert cancelled.wait(WITHIN_S)
    assert host.ended()[1] == "E_TASK"
    assert host.ended()[0]["result"] == 2


def test_the_thread_that_holds_the_wire_is_woken_for_each_result(loop):
    executor, host = loop(1, value=value)
    assert host.wire.watched == [executor._waker.descriptor]
    for _ in range(2):
        assert select.select(host.wire.watched, [], [], 0.0)[0] == []
        executor.put([job("a", "value", 1)])
        host.ended()
        assert select.select(host.wire.watched, [], [], WITHIN_S)[0]
        executor.work()
    assert executor._thread.daemon


def test_a_coroutine_function_can_be_called_as_a_plain_one():
    seen = []

    async def task(a, b):
        seen.append(asyncio.get_running_loop())
        return await value([a, b])

    with ThreadPoolExecutor(1) as beside:  # as in a worker: this thread may have a loop that runs, of a browser test
        assert beside.submit(asyncio_loop.as_blocking(task), 1, b=2).result(WITHIN_S) == [1, 2]
    assert seen[0].is_closed()
