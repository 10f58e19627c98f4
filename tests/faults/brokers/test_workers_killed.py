# Run by pytest (Python 3.9 upward). Real brokers, real workers, real SIGKILLs.
"""Over RabbitMQ nothing is lost and nothing is delivered twice, whichever worker or client is killed, and when."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from pathlib import Path

import pytest

from runoff.common.paths import ROOT
from tests.faults.amqp_workers import Oracle, feed_until_dead, keep_one_running, left_in, start_computing
from tests.helpers.expected import needs_rabbitmq
from tests.helpers.private_broker import channel_to
from tests.helpers.processes import MEMORY_BYTES, children_of, ends_with_its_children, limit_memory
from transports import session
from transports.worker import GAVE_BACK

pytestmark = needs_rabbitmq


def test_every_task_is_answered_once_and_nothing_stays_behind(node, workers, oracle, queue):
    workers.start()
    workers.start()
    oracle.submit(range(5000))
    oracle.check()
    workers.kill()  # what a worker had not settled would go back to the queue now
    assert left_in(node, f"runoff.tasks.{queue}") == 0


def test_tasks_wait_in_the_broker_for_a_worker(workers, oracle):
    oracle.submit(range(300))
    oracle.collect(1, within_s=3.0)
    assert oracle.outcomes == []
    assert all(request.accepted for request in oracle.client._table.values())
    workers.start()
    oracle.check()


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


def test_tasks_that_end_fill_or_keep_their_process_cost_no_other_task(oracle, computing):
    client = oracle.client
    assert client.map("noop", [(1,)]) == [1]
    limit_memory([computing.pid, *children_of(computing.pid)])  # those that take a place later too
    asked = {
        client.submit("crash", attempts=2): ("E_WORKER_LOST", "signal 11"),
        client.submit("leave", [3], attempts=2): ("E_WORKER_LOST", "exit code 3"),
        client.submit("fill", [2 * MEMORY_BYTES >> 20]): ("E_TASK", "MemoryError"),
        client.submit("stubborn", [30], deadline_s=3): ("E_DEADLINE", "no outcome"),
        client.submit("spin", [30000], deadline_s=3): ("E_DEADLINE", "no outcome"),
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
    marks = tmp_path / "marks"
    leave_tasks(node, queue, marks, 500)
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


def test_a_worker_that_cannot_drain_in_time_gives_back_the_tasks_of_a_client_that_was_killed(node, queue, tmp_path):
    marks = tmp_path / "marks"
    leave_tasks(node, queue, marks, 20, seconds=0.5)
    url = f"{node.url('worker')}?queue={queue}"
    first = start_computing(url, "--drain-s", "0.2")
    second = None
    try:
        until = time.monotonic() + 20
        while not done(marks):
            assert time.monotonic() < until
            time.sleep(0.05)
        first.terminate()
        assert first.wait(15) == GAVE_BACK
        assert len(done(marks)) < 20
        second = start_computing(url)
        until = time.monotonic() + 30
        while len(done(marks)) < 20 and time.monotonic() < until:
            time.sleep(0.05)
        ends_with_its_children(second)
    finally:
        for worker in filter(None, (first, second)):
            worker.kill()
            worker.communicate()
    assert set(done(marks)) == set(range(20))
    assert left_in(node, f"runoff.tasks.{queue}") == 0


def leave_tasks(node, queue: str, marks: Path, count: int, seconds: float = 0.0) -> None:
    """Have a client be killed that has submitted ``count`` tasks, once the broker has accepted them."""
    code = (
        "import sys, time\nfrom transports import session\n"
        "url, marks, count, seconds = sys.argv[1:]\n"
        "s = session.connect(url).open()\ns.wait_for_workers(1)\n"
        "for n in range(int(count)): s.submit('mark', (marks, n, float(seconds)))\n"
        "while not all(r.accepted for r in s._table.values()): s.poll(0.1)\n"
        "print('accepted', flush=True)\ntime.sleep(600)"
    )
    url = f"{node.url('client')}?queue={queue}&client={queue}"
    command = [sys.executable, "-c", code, url, str(marks), str(count), str(seconds)]
    client = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    assert client.stdout is not None
    assert client.stdout.readline() == "accepted\n"
    client.kill()
    client.communicate()


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
    dead = []
    with channel_to(node) as channel:
        while (answer := channel.basic_get("runoff.dead", auto_ack=True))[0] is not None:
            dead.append((answer[1].headers["x-death"][0], answer[2]))
    (found,) = [(death["reason"], body) for death, body in dead if death["queue"] == f"runoff.tasks.{queue}"]
    assert found[0] == "delivery_limit"
    assert b'"fatal"' in found[1]
