"""Workers that can be killed: what their records say of the tasks that they began, and whose answers are whose."""

from __future__ import annotations

from collections import Counter
from types import SimpleNamespace

import pytest

from scenarios.workers import killable

TASK = SimpleNamespace(
    name="sleep", settings={"task_ms": 4}, inputs=lambda numbers: numbers, expected=lambda numbers: numbers
)


class Session:
    """A session that numbers its tasks from 100 and gives the outcomes of ``next``."""

    def __init__(self):
        self.counts = Counter(resent=5)
        self.submitted = []
        self.next = []

    def submit(self, name, arguments, deadline_s):
        self.submitted.append((name, arguments))
        return 99 + len(self.submitted)

    def poll(self, _timeout_s):
        return self.next


@pytest.fixture
def workers(tmp_path):
    processes = [SimpleNamespace(pid=10), SimpleNamespace(pid=11)]
    made = killable.Killable(Session(), TASK, str(tmp_path), processes)
    made.session, made.processes = made._session, processes
    return made


def test_a_line_that_is_not_whole_yet_is_read_with_its_end(workers, tmp_path):
    assert workers.begun_by(0) == set()
    record = tmp_path / "10.begun"
    record.write_text("7\n12")
    assert workers.begun_by(0) == {7}
    with record.open("a") as stream:
        stream.write("3\n5\n")
    assert workers.begun_by(0) == {7, 123, 5}
    assert workers.begun_by(1) == set()


def test_the_successor_of_a_worker_has_begun_nothing(workers, tmp_path):
    (tmp_path / "10.begun").write_text("7\n")
    assert workers.begun_by(0) == {7}
    workers.processes[0] = SimpleNamespace(pid=12)
    assert workers.begun_by(0) == set()


def test_an_answer_is_the_workers_that_gave_it_and_an_error_is_nobodys(workers):
    for number in (7, 8, 9):
        workers.submit(number)
    assert workers.session.submitted[0] == ("recorded sleep", [7, {"task_ms": 4}, 7])
    answers = [(100, [11, 7], None), (101, [10, 7], None), (102, None, {"code": "E_DEADLINE"})]
    workers.session.next = [SimpleNamespace(id=id_, result=result, error=error) for id_, result, error in answers]
    assert workers.poll(0.0) == [(7, 11, True), (8, 10, False), (9, None, False)]


def test_what_was_sent_again_before_the_kills_is_not_counted(workers):
    assert workers.resent() == 0
    workers.session.counts["resent"] += 3
    assert workers.resent() == 3
