"""What a worker is handed: whose interpreter runs it, with which limits, and never the client's rights."""

from __future__ import annotations

import time
from types import SimpleNamespace

import pytest

from compat import this_interpreter
from scenarios.workers import distributed, worker_process

WORKER = {"command": ["/other/python", "-X", "dev"], "variables": {"THEIRS": "1"}, "not_theirs": ["PYTHONHOME"]}
LIMITS = {"worker_concurrency": 3, "credit": 7}


@pytest.fixture
def start(monkeypatch):
    """start(scheme, worker, **parameters) -> (url, kind, options, command, environment) that the worker is given."""
    monkeypatch.setattr(worker_process, "WorkerProcess", lambda *given: given)
    monkeypatch.setenv("PYTHONHOME", "/ours")
    monkeypatch.setenv(distributed.CLIENT_URL, "amqp://client:secret@127.0.0.1/?queue=a")
    monkeypatch.setenv(distributed.WORKER_URL, "amqp://worker:secret@127.0.0.1/?queue=a")

    def started(scheme, worker=None, **parameters):
        given = {"transport": scheme, "worker_kind": "thread", "concurrency": 1, **parameters}
        scenario = distributed.Distributed(SimpleNamespace(settings={}), given, worker)
        scenario.scheme, scenario.folder = scheme, "/folder"
        return scenario._start(4)

    return started


def test_workers_start_side_by_side(monkeypatch):
    happened = []

    class Worker:
        def __init__(self, *_):
            happened.append("started")

        def wait_until_ready(self):
            happened.append("ready")

    monkeypatch.setattr(worker_process, "WorkerProcess", Worker)
    given = {"transport": "zmq+tcp", "worker_kind": "thread", "concurrency": 2}
    scenario = distributed.Distributed(SimpleNamespace(settings={}), given, None)
    scenario.scheme, scenario.folder, scenario.workers = "zmq+tcp", "/folder", []
    scenario._start_all()
    assert happened == ["started", "started", "ready", "ready"]


def test_another_interpreters_worker_is_started_as_that_interpreter(start):
    _, kind, options, command, environment = start("zmq+tcp", WORKER, **LIMITS)
    assert (kind, command) == ("thread", WORKER["command"])
    assert options == ["--concurrency", "3", "--credit", "7"]
    assert environment["THEIRS"] == "1"
    assert "PYTHONHOME" not in environment, "how the client's interpreter is started is not for the worker's"


def test_a_worker_of_this_interpreter_is_started_as_this_one_is(start):
    *_, command, environment = start("zmq+tcp")
    assert command == this_interpreter.command()
    assert environment["PYTHONHOME"] == "/ours"


@pytest.mark.parametrize("scheme", ["zmq+ipc", "zmq+tcp", "amqp"])
def test_no_worker_gets_the_clients_url(start, scheme):
    url, *_, environment = start(scheme)
    assert distributed.CLIENT_URL not in environment
    assert "secret" not in url


@pytest.mark.parametrize(("durable", "ending"), [({}, "queue=a"), ({"durable": False}, "queue=a&durable=no")])
def test_a_worker_is_told_of_the_kind_of_queue(start, durable, ending):
    url, *_, environment = start("amqp", **durable)
    assert url == "@" + distributed.WORKER_URL
    assert environment[distributed.WORKER_URL].endswith(ending)


class FakeWorker:
    """A worker whose successor takes some time to start."""

    def __init__(self) -> None:
        self.said = []

    def restart(self):
        time.sleep(0.2)
        return self.successor

    def ask_to_stop(self):
        self.said.append("stop")

    def wait(self):
        self.said.append("wait")


def test_a_worker_that_is_being_restarted_is_stopped_as_well():
    scenario = distributed.Distributed(SimpleNamespace(settings={}), {}, None)
    killed, other, successor = FakeWorker(), FakeWorker(), FakeWorker()
    killed.successor = successor
    scenario.workers, scenario.folder = [killed, other], "/no/such/folder"
    scenario.session = SimpleNamespace(counts={"resent": 0}, close=lambda: None)
    scenario.killable().restart(0)
    scenario.close()
    assert (killed.said, other.said, successor.said) == ([], ["stop", "wait"], ["stop", "wait"])


def test_a_worker_that_does_not_say_who_it_is_is_not_ready(monkeypatch):
    answers = iter([(None, {"code": "E_DEADLINE"}), ("0", None), ("0", None), ("1", None)])
    asked = []

    class Session:
        def submit(self, name, deadline_s):
            asked.append((name, deadline_s <= distributed.START_S))
            return len(asked)

        def poll(self, _wait_s):
            result, error = next(answers)
            return [SimpleNamespace(id=len(asked), result=result, error=error)]

        def pending(self):
            return 0

        def wait_for_workers(self, _count, _wait_s):
            pass

        answers = {}

    monkeypatch.setenv(distributed.CLIENT_URL, "amqp://client@127.0.0.1/?queue=a")
    monkeypatch.setenv(distributed.WORKER_URL, "amqp://worker@127.0.0.1/?queue=a")
    scenario = distributed.Distributed(SimpleNamespace(settings={}), {"transport": "amqp"}, None)
    scenario.workers = [FakeWorker(), FakeWorker()]
    monkeypatch.setattr(scenario, "_connect", lambda _url: setattr(scenario, "session", Session()))
    monkeypatch.setattr(scenario, "_start_all", lambda: None)
    scenario._open_on_a_queue()
    assert asked == [("who", True)] * 4


def test_workers_are_told_apart_by_what_was_asked_and_not_by_an_earlier_tasks_answer():
    class Session:
        submitted = 0

        def submit(self, _name):
            self.submitted += 1
            return self.submitted

        def poll(self, _wait_s):
            late = [SimpleNamespace(id=0, result=7, error=None)] if self.submitted == 1 else []
            answer = (self.submitted, {"implementation": "CPython"})
            return [*late, SimpleNamespace(id=self.submitted, result=answer, error=None)]

        def pending(self):
            return 0

    scenario = distributed.Distributed(SimpleNamespace(settings={}), {"transport": "amqp"}, None)
    scenario.scheme, scenario.workers, scenario.session = "amqp", [FakeWorker(), FakeWorker()], Session()
    assert [worker for worker, _ in scenario.others()] == [1, 2]


@pytest.mark.parametrize(("more", "kind"), [({"type": "ValueError"}, "ValueError"), ({}, "E_TASK")])
def test_an_error_of_a_task_is_a_failure_by_its_type_or_its_code(more, kind):
    outcome = SimpleNamespace(error={"code": "E_TASK", "message": "why", **more}, result=None)
    assert distributed._result_or_failure(outcome).kind == kind
