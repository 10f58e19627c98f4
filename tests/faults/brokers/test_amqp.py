# Run by pytest (Python 3.9 upward). Real brokers, real workers, real SIGKILLs.
"""The promise over RabbitMQ: nothing is lost and nothing is delivered twice, whoever is killed, and when."""

from __future__ import annotations

import itertools
import json
import signal
import subprocess
import sys
import threading
import time
import uuid
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pika
import pytest

from runoff.common.guard import Guard
from runoff.common.paths import ROOT
from runoff.interpreters import environments, surroundings
from runoff.services import rabbitmq_node
from tests.helpers.expected import need, needs_rabbitmq
from tests.helpers.inside_tests import conclude
from tests.helpers.processes import MEMORY_BYTES, children_of, ends_with_its_children, limit_memory
from tests.helpers.zeromq_workers import TASKS
from transports import errors, session
from transports.wires import base

pytestmark = needs_rabbitmq

#: Later than its deadline by at most this is an outcome in time (the promise).
GRACE_S = 1.0
_queues = itertools.count(1)


@pytest.fixture
def queue() -> str:
    """A queue of this test alone."""
    return f"q{next(_queues)}"


@pytest.fixture
def workers(node: rabbitmq_node.Node, queue: str) -> Iterator[Workers]:
    workers = Workers(f"{node.url('worker')}?queue={queue}")
    yield workers
    workers.kill()


class Workers:
    """Processes that take from one queue; all are gone when the test is."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.running: list[subprocess.Popen[str]] = []

    def start(self, *point: str) -> subprocess.Popen[str]:
        worker = subprocess.Popen(
            [sys.executable, "-m", "tests.faults.dying_worker", self.url, *point],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            text=True,
        )
        self.running.append(worker)
        assert worker.stdout is not None
        assert worker.stdout.readline().startswith("ready")
        return worker

    def kill(self) -> None:
        while self.running:
            worker = self.running.pop()
            worker.kill()
            worker.communicate()


class Oracle:
    """Counts what was submitted and what came back; ``check`` is what every test ends in."""

    def __init__(self, client: session.Session) -> None:
        self.client = client
        self.asked: dict[str, tuple[int, float]] = {}
        self.outcomes: list[session.Outcome] = []
        self.late: list[float] = []

    def submit(self, numbers: range, task: str = "noop", deadline_s: float = 60.0, **options: object) -> None:
        for number in numbers:
            identity = self.client.submit(task, (number,), deadline_s=deadline_s, **options)
            self.asked[identity] = (number, time.monotonic() + deadline_s)

    def collect(self, count: int, within_s: float = 60.0) -> None:
        """Poll until ``count`` outcomes are there in all."""
        until = time.monotonic() + within_s
        while len(self.outcomes) < count and time.monotonic() < until:
            for outcome in self.client.poll(0.1):
                self.outcomes.append(outcome)
                lateness = time.monotonic() - self.asked[outcome.id][1]
                if lateness > GRACE_S:
                    self.late.append(lateness)

    def check(self, errors: dict[str, int] | None = None) -> None:
        """lost 0, twice 0, unexpected 0, late 0, every result right, and exactly these errors."""
        self.collect(len(self.asked))
        self.client.poll(0.2)  # a second result of a task would come now
        seen = Counter(outcome.id for outcome in self.outcomes)
        assert set(self.asked) - set(seen) == set(), "lost"
        assert [identity for identity, times in seen.items() if times > 1] == [], "delivered twice"
        assert set(seen) - set(self.asked) == set(), "unexpected"
        assert self.late == []
        wrong = [o for o in self.outcomes if o.error is None and o.result != self.asked[o.id][0]]
        assert wrong == []
        assert Counter(o.error["code"] for o in self.outcomes if o.error is not None) == Counter(errors or {})
        assert self.client.pending() == 0


@pytest.fixture
def oracle(node: rabbitmq_node.Node, queue: str) -> Iterator[Oracle]:
    with session.connect(f"{node.url('client')}?queue={queue}") as client:
        client.wait_for_workers(1)
        yield Oracle(client)


def left_in(node: rabbitmq_node.Node, queue: str) -> int:
    """Messages in ``queue`` after its last worker has gone: what it held and had not settled is among them again.

    While one is there, those that it holds are not counted.
    """
    connection = pika.BlockingConnection(pika.URLParameters(node.url("admin")))
    try:
        channel = connection.channel()
        until = time.monotonic() + 10
        while channel.queue_declare(queue, passive=True).method.consumer_count:
            assert time.monotonic() < until, "somebody still takes from it"
            time.sleep(0.05)
        time.sleep(0.5)  # a worker that drained was no consumer any more before its channel was closed
        return int(channel.queue_declare(queue, passive=True).method.message_count)
    finally:
        connection.close()


def test_every_task_is_answered_once_and_nothing_stays_behind(node, workers, oracle, queue):
    workers.start()
    workers.start()
    oracle.submit(range(5000))
    oracle.check()
    workers.kill()  # what a worker had not settled would go back to the queue now
    assert left_in(node, f"runoff.tasks.{queue}") == 0


def test_tasks_wait_in_the_broker_for_a_worker(workers, oracle):
    oracle.submit(range(300))
    oracle.collect(1, within_s=1.5)
    assert oracle.outcomes == []
    assert all(request.accepted for request in oracle.client._table.values())
    workers.start()
    oracle.check()


def feed_until_dead(oracle: Oracle, dying: list[subprocess.Popen[str]]) -> None:
    """Quick neighbours may have left a worker fewer frames than it takes to die."""
    until = time.monotonic() + 20
    while any(each.poll() is None for each in dying) and time.monotonic() < until:
        oracle.submit(range(100))
        oracle.check()
    assert [each.wait(1) for each in dying] == [-signal.SIGKILL] * 2


@pytest.mark.parametrize("point", ["received", "working", "worked", "replied", "confirmed"])
def test_workers_killed_at_any_point_lose_no_task(workers, oracle, point):
    """Twice in a row, at each point of a task's life, then a healthy one is left."""
    dying = [workers.start(point, "3"), workers.start(point, "3")]
    oracle.submit(range(2000))
    oracle.collect(1, within_s=5)
    workers.start()
    oracle.check()
    feed_until_dead(oracle, dying)
    assert oracle.client.counts["resent"] == 0, "the broker handed them out again, not the client"
    if point == "confirmed":  # what was only sent may die with its sender: a reset throws away what was not read yet
        assert oracle.client.counts["doubled"] > 0, "results that were safe were computed again, and dropped"


def test_replies_doubled_reordered_and_unasked_for_change_nothing(workers, oracle):
    workers.start("lying", "0")
    for start in range(0, 1000, 20):
        oracle.submit(range(start, start + 20))
        oracle.collect(start)
    oracle.check()
    counts = oracle.client.counts
    assert counts["doubled"] > 500
    assert counts["unknown"] > 3
    assert counts["refused"] == 2 * counts["unknown"]


def test_a_stopped_worker_is_noticed_and_its_late_replies_dropped(workers, oracle, monkeypatch):
    """Stopped until the broker has given it up, twice the heartbeat's time: by then another has done its tasks."""
    monkeypatch.setenv("RUNOFF_TEST_HEARTBEAT_S", "1")
    stopped = workers.start()
    oracle.submit(range(500), task="slow")
    oracle.collect(50)
    stopped.send_signal(signal.SIGSTOP)
    workers.start()
    oracle.check()
    stopped.send_signal(signal.SIGCONT)
    assert oracle.client.poll(1.0) == []
    assert oracle.client.counts["resent"] == 0, "the broker handed them out again, not the client"
    oracle.submit(range(500, 600))
    oracle.check()


def start_computing(url: str) -> subprocess.Popen[str]:
    """A worker whose tasks run in two child processes."""
    command = [sys.executable, "-m", "transports.worker", url, "--tasks", TASKS, "--concurrency", "2"]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)


@pytest.fixture
def computing(node, queue) -> Iterator[subprocess.Popen[str]]:
    worker = start_computing(f"{node.url('worker')}?queue={queue}")
    try:
        yield worker
        ends_with_its_children(worker)
    finally:
        worker.kill()
        worker.communicate()


def test_tasks_that_end_fill_or_keep_their_process_cost_no_other_task(oracle, computing):
    client = oracle.client
    assert client.map("noop", [(1,)]) == [1]
    limit_memory([computing.pid, *children_of(computing.pid)])  # those that take a place later too
    asked = {
        client.submit("crash", attempts=2): ("E_WORKER_LOST", "signal 11"),
        client.submit("leave", [3], attempts=2): ("E_WORKER_LOST", "exit code 3"),
        client.submit("fill", [2 * MEMORY_BYTES >> 20]): ("E_TASK", "MemoryError"),
        client.submit("stubborn", [30], deadline_s=3): ("E_DEADLINE", "no outcome at its deadline"),
        client.submit("spin", [30000], deadline_s=3): ("E_DEADLINE", "no outcome at its deadline"),
    }
    oracle.submit(range(300))
    found = []
    until = time.monotonic() + 30
    while client.pending() and time.monotonic() < until:
        found += client.poll(0.1)
    for outcome in found:
        if outcome.id in asked:
            code, words = asked.pop(outcome.id)
            assert outcome.error["code"] == code
            assert words in outcome.error.get("type", "") + outcome.error["message"]
        else:
            oracle.outcomes.append(outcome)
    assert asked == {}
    oracle.check()


def test_terminate_drains_and_a_second_one_aborts(oracle, computing):
    assert computing.stdout.readline().startswith("ready")
    oracle.submit(range(1), task="noop")
    oracle.check()
    oracle.client.submit("sleep", [30])
    oracle.client.poll(1.0)
    computing.terminate()
    with pytest.raises(subprocess.TimeoutExpired):
        computing.wait(1)  # it drains: the task at hand is finished first
    computing.terminate()
    assert computing.wait(5) == 143


def test_all_workers_are_killed_while_busy_and_one_comes_back(workers, oracle):
    workers.start()
    workers.start()
    oracle.submit(range(20000))
    oracle.collect(100)
    workers.kill()
    oracle.collect(20000, within_s=1)
    workers.start()
    oracle.check()


def test_a_client_that_is_killed_leaves_its_tasks_in_the_queue(node, queue, tmp_path):
    """Only a durable broker keeps tasks when the client dies; nobody is there to want the results."""
    code = (
        "import sys, time\nfrom transports import session\n"
        "s = session.connect(sys.argv[1]).open()\ns.wait_for_workers(1)\n"
        "for n in range(500): s.submit('mark', (sys.argv[2], n))\n"
        "while not all(r.accepted for r in s._table.values()): s.poll(0.1)\n"
        "print('accepted', flush=True)\ntime.sleep(600)"
    )
    url = f"{node.url('client')}?queue={queue}"
    marks = tmp_path / "marks"
    client = subprocess.Popen(
        [sys.executable, "-c", code, url, str(marks)], cwd=ROOT, stdout=subprocess.PIPE, text=True
    )
    assert client.stdout is not None
    assert client.stdout.readline() == "accepted\n"
    client.kill()
    client.communicate()
    assert not marks.exists()
    worker = start_computing(f"{node.url('worker')}?queue={queue}")
    try:
        assert worker.stdout.readline().startswith("ready")
        until = time.monotonic() + 20
        while len(done(marks)) < 500 and time.monotonic() < until:
            time.sleep(0.05)
        ends_with_its_children(worker)
    finally:
        worker.kill()
        worker.communicate()
    assert done(marks) == Counter(range(500))
    assert left_in(node, f"runoff.tasks.{queue}") == 0


def done(marks: Path) -> Counter[int]:
    """{number of a task that left its mark: how often}"""
    return Counter(map(int, marks.read_text().split())) if marks.exists() else Counter()


def test_heartbeats_go_on_while_a_task_computes(workers, oracle, monkeypatch):
    """Longer than the broker waits for one: without the keeper the link would break, and the task be run again."""
    monkeypatch.setenv("RUNOFF_TEST_HEARTBEAT_S", "1")
    workers.start()
    assert oracle.client.map("spin", [(4000,)]) == [4000]
    assert oracle.client.map("taken_and_links", [()]) == [[2, 1]]
    assert (oracle.client.counts["sent"], oracle.client.counts["doubled"]) == (2, 0)


@pytest.mark.parametrize("durable", ["yes", "no"])
def test_the_broker_is_killed_with_a_thousand_in_flight_and_comes_back(workers, durable):
    guard = Guard()
    node = rabbitmq_node.Node(guard)
    try:
        node.start()
        workers.url = f"{node.url('worker')}?durable={durable}"
        with session.connect(f"{node.url('client')}?durable={durable}") as client:
            client.wait_for_workers(1)
            oracle = Oracle(client)
            workers.start()
            oracle.submit(range(1000))
            oracle.check()
            oracle.submit(range(1000, 5000), task="slow", deadline_s=90)
            oracle.collect(1500)
            # A queue counts for something when it is a second old; with slow tasks there is far more than that to do.
            while durable == "yes" and accepted(client) < 1000 and len(oracle.outcomes) < 3500:
                oracle.collect(len(oracle.outcomes) + 1)
            assert accepted(client) >= 1000 if durable == "yes" else accepted(client) == 0
            node.kill()
            before = len(oracle.outcomes)
            ready_at = restart_meanwhile(node, client, oracle)
            before = max(before, len(oracle.outcomes))
            oracle.collect(before + 1)
            first_result_s = time.monotonic() - ready_at[0]
            oracle.check()
            print(f"broker ready to first result: {first_result_s * 1000:.0f} ms, {client.counts}")
            assert first_result_s <= 1.0
    finally:
        node.stop()
        guard.close()


def accepted(client: session.Session) -> int:
    return sum(request.accepted for request in client._table.values())


def restart_meanwhile(node: rabbitmq_node.Node, client: session.Session, oracle: Oracle) -> list[float]:
    """Start the node again while the client goes on polling, as a program would; when it was ready."""
    ready_at: list[float] = []
    failed: list[BaseException] = []

    def start() -> None:
        try:
            node.start()
            ready_at.append(time.monotonic())
        except BaseException as error:
            failed.append(error)

    starting = threading.Thread(target=start)
    starting.start()
    while starting.is_alive():
        oracle.collect(len(oracle.outcomes) + 1, within_s=0.01)
    assert not failed, failed
    return ready_at


def test_a_memory_alarm_holds_tasks_back_and_loses_none(node, workers, oracle):
    workers.start()
    oracle.submit(range(1000))
    oracle.check()
    node.memory_alarm(True)
    try:
        oracle.submit(range(1000, 3000))
        oracle.collect(3000, within_s=2)
        assert len(oracle.outcomes) < 3000, "publishing went on during the alarm"
    finally:
        node.memory_alarm(False)
    oracle.check()


def test_the_queue_is_deleted_under_a_busy_client(node, workers, oracle, queue):
    workers.start()
    oracle.submit(range(20000))
    oracle.collect(500)
    delete(node, f"runoff.tasks.{queue}")
    oracle.check()


def test_the_queue_is_deleted_with_all_that_was_accepted(node, workers, oracle, queue):
    oracle.submit(range(500))
    while not all(request.accepted for request in oracle.client._table.values()):
        oracle.client.poll(0.1)
    delete(node, f"runoff.tasks.{queue}")
    workers.start()
    oracle.check()


def test_the_reply_queue_is_deleted(node, workers, oracle):
    workers.start()
    oracle.submit(range(1000))
    oracle.check()
    delete(node, f"runoff.reply.{oracle.client.wire.name}")
    oracle.submit(range(1000, 2000), deadline_s=20)
    oracle.check()


def delete(node: rabbitmq_node.Node, queue: str) -> None:
    connection = pika.BlockingConnection(pika.URLParameters(node.url("admin")))
    connection.channel().queue_delete(queue)
    connection.close()


def test_what_cannot_be_routed_comes_back_and_is_sent_again(node, workers, oracle, queue):
    """The binding is removed behind the client's back: confirms alone would say that all is well."""
    workers.start()
    oracle.submit(range(100))
    oracle.check()
    connection = pika.BlockingConnection(pika.URLParameters(node.url("admin")))
    connection.channel().queue_unbind(f"runoff.tasks.{queue}", "runoff.tasks", f"{queue}.*")
    connection.close()
    oracle.submit(range(100, 200), attempts=50)
    oracle.collect(200, within_s=10)
    assert oracle.client.counts["unroutable"] > 0
    oracle.check()


def test_what_cannot_be_routed_to_a_queue_in_memory_is_sent_again(node, workers, in_memory, queue):
    workers.start()
    in_memory.submit(range(100))
    in_memory.check()
    connection = pika.BlockingConnection(pika.URLParameters(node.url("admin")))
    connection.channel().queue_unbind(f"runoff.tasks.{queue}-transient", "runoff.tasks", f"{queue}-transient.*")
    connection.close()
    in_memory.submit(range(100, 200), attempts=50)
    in_memory.check()
    assert in_memory.client.counts["resent"] > 0


def keep_one_running(workers: Workers, stop: threading.Event, killed: Counter[int | None]) -> None:
    """As a supervisor does, until ``stop``; ``killed`` counts how they ended."""
    while not stop.is_set():
        worker = workers.start()
        while worker.poll() is None and not stop.wait(0.02):
            pass
        killed[worker.returncode] += worker.returncode is not None


def test_a_task_that_kills_every_worker_is_a_dead_letter_with_a_reason(node, queue, workers):
    limit = 2
    workers.url += f"&delivery_limit={limit}"
    stop = threading.Event()
    killed = Counter()

    keeper = threading.Thread(target=keep_one_running, args=(workers, stop, killed))
    with session.connect(f"{node.url('client')}?queue={queue}&delivery_limit={limit}") as client:
        client.wait_for_workers(1)
        oracle = Oracle(client)
        keeper.start()
        try:
            oracle.submit(range(1), task="fatal", attempts=1)
            oracle.check(errors={"E_WORKER_LOST": 1})
            oracle.submit(range(100, 200))
            oracle.check(errors={"E_WORKER_LOST": 1})
        finally:
            stop.set()
            keeper.join()
    assert killed[-signal.SIGKILL] == limit + 1
    assert "delivery_limit" in oracle.outcomes[0].error["message"]
    connection = pika.BlockingConnection(pika.URLParameters(node.url("admin")))
    method, properties, body = connection.channel().basic_get("runoff.dead", auto_ack=True)
    connection.close()
    assert method is not None
    assert properties.headers["x-death"][0]["reason"] == "delivery_limit"
    assert b'"fatal"' in body


# --- a queue in memory -----------------------------------------------------------------------------------------------


@pytest.fixture
def in_memory(node: rabbitmq_node.Node, queue: str, workers: Workers) -> Iterator[Oracle]:
    """``workers`` and the client on a queue that is not durable."""
    workers.url += "&durable=no"
    with session.connect(f"{node.url('client')}?queue={queue}&durable=no") as client:
        client.wait_for_workers(1)
        yield Oracle(client)


@pytest.mark.parametrize("point", ["received", "working", "worked", "replied"])
def test_a_worker_is_killed_and_its_frames_come_back_to_the_client(node, workers, in_memory, queue, point):
    dying = [workers.start(point, "3"), workers.start(point, "3")]
    in_memory.submit(range(2000))
    in_memory.collect(1, within_s=5)
    workers.start()
    in_memory.check()
    feed_until_dead(in_memory, dying)
    assert in_memory.client.counts["resent"] > 0, "the client sent them again, not the broker"
    workers.kill()
    assert left_in(node, f"runoff.tasks.{queue}-transient") == 0


def test_a_task_that_kills_every_worker_has_its_outcome_without_a_broker_that_counts(workers, in_memory):
    stop = threading.Event()
    killed: Counter[int | None] = Counter()
    keeper = threading.Thread(target=keep_one_running, args=(workers, stop, killed))
    keeper.start()
    try:
        in_memory.submit(range(100))
        in_memory.submit(range(1), task="fatal", attempts=3)
        in_memory.check(errors={"E_WORKER_LOST": 1})
    finally:
        stop.set()
        keeper.join()
    assert killed[-signal.SIGKILL] == 3


def test_what_a_queue_in_memory_had_taken_is_sent_again_when_the_link_breaks(workers, in_memory):
    counts = in_memory.client.counts
    in_memory.submit(range(1000))
    until = time.monotonic() + 20
    while counts["sent"] < 1000 and time.monotonic() < until:
        in_memory.client.poll(0.1)
    in_memory.client.wire._link._connection.close()
    while counts["resent"] < 1000 and time.monotonic() < until:
        in_memory.client.poll(0.1)
    assert counts["resent"] == 1000
    workers.start()
    in_memory.check()


def test_wrong_credentials_are_named_and_not_tried_for_ever(node):
    wrong = node.url("client").replace(node.passwords["client"], "wrong-password")
    client = session.connect(wrong).open()
    with pytest.raises(errors.Unusable, match="refuses this user") as refused:
        client.wait_for_workers(1, timeout_s=5)
    client.wire.close()
    assert "wrong-password" not in str(refused.value)


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("amqp://guest:guest@broker.example/", "guest is for this machine only"),
        ("amqp://user:secret-word@broker.example/", "use amqps"),
        ("amqp://user:secret-word@127.0.0.1/?prefetch=5", "not prefetch"),
        ("amqps://user:secret-word@localhost/?ca=no-such-file", "TLS files"),
    ],
)
def test_a_url_that_would_be_unsafe_or_wrong_is_refused(url, why):
    with pytest.raises(errors.Unusable, match=why) as refused:
        base.client(url)
    assert "secret-word" not in str(refused.value)


def test_the_password_is_in_no_repr(node):
    wire = base.client(node.url("client"))
    shown = repr(vars(wire)) + repr(wire._link) + wire.url + repr(vars(base.worker(node.url("worker"))))
    assert not any(password in shown for password in node.passwords.values())


# --- what plain pika does in the same tests --------------------------------------------------------------------------


@pytest.fixture
def raw_server(node, queue) -> Iterator[subprocess.Popen[str]]:
    server = subprocess.Popen(
        [sys.executable, "-m", "contenders.raw_amqp", "serve", node.url("admin"), "--queue", f"raw.{queue}"],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert server.stdout is not None
    assert server.stdout.readline().startswith("ready")
    yield server
    server.kill()
    server.communicate()


def test_plain_pika_with_auto_ack_loses_what_a_killed_worker_held(node, queue, raw_server):
    """The comparison: 2000 tasks at once, the worker killed after a moment and started again, as a supervisor would."""
    raw_server.send_signal(signal.SIGSTOP)  # busy, as seen from the broker, which goes on giving it tasks
    asking = subprocess.Popen(
        [
            sys.executable,
            "-m",
            "contenders.raw_amqp",
            "count",
            node.url("admin"),
            "--queue",
            f"raw.{queue}",
            "--quiet-s",
            "4",
        ],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
    )
    time.sleep(3)
    raw_server.kill()
    again = subprocess.Popen(raw_server.args, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    try:
        counted = json.loads(asking.communicate(timeout=60)[0])
    finally:
        again.kill()
        again.communicate()
    print(f"plain pika, auto-ack, worker killed: {counted['lost']} of {counted['sent']} lost")
    assert counted["lost"] > 0
    assert counted["answered"] + counted["lost"] == 2000


# --- under every interpreter -----------------------------------------------------------------------------------------


#: Those that use every transport there is.
SCENARIO_TESTS = (
    "test_over_every_transport_what_is_limited_large_empty_or_driven_comes_back_right",
    "test_workers_can_be_another_interpreters",
)


WIRED = ["cpython-2.7", "cpython-3.13", "cpython-3.13t", "pypy-2.7", "pypy-3.11"]


@pytest.fixture(scope="module")
def wired_environments(request, found):
    """The environments of the interpreters that are to be tried in this run of the tests."""
    chosen = {item.callspec.params["label"] for item in request.session.items if "wire_under" in item.name}
    wanted = [each for each in found.interpreters if each.label in chosen]
    return environments.prepare_all(wanted, lambda interpreter, outcome: None)


@pytest.fixture(scope="module")
def wired(wired_environments, node):
    """How one runs, and {label: future of the run}, all at once: most of what they do is wait. Each has a queue of its
    own."""

    def run(environment):
        queue = f"t{uuid.uuid4().hex}"
        urls = " ".join(f"{node.url(role)}?queue={queue}" for role in ("client", "worker"))
        names = [f"tests.inside.test_scenarios.Scenarios.{name}" for name in SCENARIO_TESTS]
        if "multiprocessing" not in environment.capabilities:
            names = []
        return subprocess.run(
            [*environment.command, "-m", "unittest", "tests.inside.test_amqp", *names],
            cwd=ROOT,
            env={**surroundings.for_interpreters(), **environment.variables, "RUNOFF_TEST_AMQP": urls},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=300,
        )

    with ThreadPoolExecutor(len(WIRED)) as pool:
        ready = {
            label: each for label, each in wired_environments.items() if "pika" in getattr(each, "capabilities", ())
        }
        yield run, {label: pool.submit(run, each) for label, each in ready.items()}


@pytest.mark.parametrize("label", WIRED)
def test_the_transport_contract_holds_under(found, wired_environments, wired, label):
    """Client and worker both run by this interpreter; the inside tests, with a broker to talk to: the transport's
    contract, and the scenario with every task."""
    outcome = wired_environments[need(found, label).label]
    assert isinstance(outcome, environments.Environment), outcome
    if "pika" not in outcome.capabilities:
        pytest.skip(f"{label} has no pika: {outcome.missing['pika']}")
    again, runs = wired
    run = conclude(label, runs[label].result(), lambda: again(outcome))
    assert run.returncode == 0, run.stdout + run.stderr
    # Without MessagePack its tests are skipped; nothing else is.
    assert "msgpack" in outcome.missing or "skipped" not in run.stderr
