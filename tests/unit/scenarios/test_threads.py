"""A thread for each task: where the system refuses one, that task has failed and the others have not."""

from __future__ import annotations

import threading

from scenarios.tasks import failures
from scenarios.tasks.base import Task
from scenarios.threads import ThreadPerTask


def test_a_thread_that_is_refused_is_one_failure(monkeypatch):
    class Refusing(threading.Thread):
        """A thread that the system refuses for task 2."""

        def start(self):
            if self._args[-1] == 2:
                raise RuntimeError("can't start new thread")
            super().start()

    monkeypatch.setattr(threading, "Thread", Refusing)
    one, two, three = ThreadPerTask(Task("noop", {}), {}).run([1, 2, 3])
    assert (one, three) == (1, 3)
    assert isinstance(two, failures.Failure)
    assert "can't start new thread" in two.text


def test_a_task_that_begins_in_an_open_loop_reports_its_answer():
    ended, answers = threading.Event(), []

    def done(get):
        answers.append(get())
        ended.set()

    ThreadPerTask(Task("noop", {}), {}).submit(7, done)
    assert ended.wait(10)
    assert answers == [7]
