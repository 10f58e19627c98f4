"""Which executor a task runs in, and which tasks wait for suspects to end."""

from __future__ import annotations

import pytest

from tests.fakes.executor import Executor, job
from transports.executors.quarantine import Quarantine
from transports.service.outbox import Parcel


@pytest.fixture
def executor():
    return Executor()


@pytest.fixture
def isolated():
    return Executor()


@pytest.fixture
def quarantine(executor, isolated):
    return Quarantine(executor, isolated, "service")


def one(identity, attempt=1, redeliveries=0):
    made = job(identity, "noop")
    made.attempt, made.parcel = attempt, Parcel(1, None, redeliveries)
    return made


def test_a_task_that_was_begun_twice_is_isolated(quarantine, executor, isolated):
    quarantine.put([one("fresh"), one("second", attempt=2), one("third", attempt=3), one("once", redeliveries=1)])
    assert (executor.ids(), isolated.ids()) == (["fresh", "second", "once"], ["third"])
    assert isolated.service == "service"
    quarantine.put([one("fourth", attempt=4), one("late")])
    assert (executor.ids()[3:], isolated.ids()[1:]) == (["late"], ["fourth"])


def test_the_isolated_executor_begins_with_the_first_suspect(executor, isolated, monkeypatch):
    begun = []
    monkeypatch.setattr(isolated, "begin", begun.append)
    quarantine = Quarantine(executor, isolated, "service")
    quarantine.put([one("a")])
    assert (begun, quarantine.executors(), quarantine.eager()) == ([], [executor], False)
    for _ in range(2):
        quarantine.put([one("b", attempt=3)])
    assert (begun, quarantine.executors()) == (["service"], [executor, isolated])


def test_where_tasks_end_no_worker_none_is_isolated(executor):
    quarantine = Quarantine(executor, None, None)
    quarantine.put([one("a", attempt=9, redeliveries=9)])
    assert executor.ids() == ["a"]


def test_nothing_fresh_begins_before_the_last_suspect_that_a_broker_redelivered_has_ended(
    quarantine, executor, isolated
):
    first, second = one("first", redeliveries=2), one("second", redeliveries=2)
    quarantine.put([first, second, one("a")])
    quarantine.put([one("b")])
    assert (executor.ids(), isolated.ids()) == ([], ["first", "second"])
    quarantine.settled(first)
    assert executor.ids() == []
    quarantine.settled(one("other"))
    assert executor.ids() == []
    quarantine.settled(second)
    assert executor.ids() == ["a", "b"]
    quarantine.settled(second)
    quarantine.put([one("c")])
    assert executor.ids() == ["a", "b", "c"]


def test_a_suspect_that_a_broker_redelivered_more_often_holds_up_too(quarantine, executor):
    suspect = one("suspect", redeliveries=3)
    quarantine.put([suspect, one("fresh")])
    assert executor.ids() == []
    quarantine.settled(suspect)
    assert executor.ids() == ["fresh"]


def test_a_suspect_by_its_attempts_holds_nobody_up(quarantine, executor):
    quarantine.put([one("suspect", attempt=3, redeliveries=1), one("fresh")])
    assert executor.ids() == ["fresh"]


def test_a_job_is_abandoned_where_it_runs(quarantine, executor, isolated):
    fresh, suspect = one("fresh"), one("suspect", attempt=3)
    quarantine.put([fresh, suspect])
    for each in (fresh, suspect):
        quarantine.abandon(each)
        assert each.cancelled
    assert (executor.abandoned, isolated.abandoned) == (["fresh"], ["suspect"])


def test_each_executor_may_have_something_to_do(quarantine, executor, isolated):
    assert not quarantine.eager()
    executor.is_eager = True
    assert quarantine.eager()
    executor.is_eager = False
    isolated.is_eager = True
    assert not quarantine.eager(), "it does not exist yet"
    quarantine.work()
    quarantine.put([one("suspect", attempt=3)])
    assert quarantine.eager()
    quarantine.work()
    assert (executor.worked, isolated.worked) == (0, 1)
    quarantine.close()
    assert (executor.ended, isolated.ended) == (1, 1)
