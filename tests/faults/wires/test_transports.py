"""Workers that are really killed, stopped and crashed, and the oracle: nothing lost, nothing delivered twice."""

from __future__ import annotations

import collections
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from runoff.common.paths import ROOT
from tests.helpers.oracle import check_oracle, collect, connect, submit
from tests.helpers.processes import MEMORY_BYTES, children_of, limit_memory
from tests.helpers.zeromq_workers import Workers

zmq = pytest.importorskip("zmq")
from transports import session  # noqa: E402
from transports.wires.zeromq import sockets  # noqa: E402

#: Wires that notice by heartbeats of their own that a peer is gone.
HEARTBEATS = ["zmq+ipc", "zmq+tcp"]


@pytest.fixture(params=["zmq+ipc", "zmq+tcp"])
def workers(request, tmp_path):
    os.chmod(tmp_path, 0o700)
    made = Workers(tmp_path, request.param)
    yield made
    made.close()


@pytest.mark.parametrize(("number", "kind"), [(signal.SIGKILL, "thread"), (signal.SIGKILL, "process")])
def test_a_worker_killed_at_work_loses_nothing(workers, tmp_path, number, kind):
    addresses = [workers.start(name, kind) for name in ("a", "b")]
    client = connect(workers, addresses)
    submitted = submit(client, 300, tmp_path / "log", 0.003)
    killed = []

    def kill(found):
        if len(found) > 30 and not killed:
            killed.append(time.monotonic())
            workers.signal("a", number)

    found = collect(client, 300, 20, kill)
    check_oracle(client, submitted, found)
    assert killed
    assert not [outcome for outcome in found if outcome.error]
    ran = collections.Counter((tmp_path / "log").read_text().split())
    assert set(ran) == {str(n) for n in range(300)}
    assert client.counts["lost"] > 0
    assert sum(ran.values()) - 300 <= client.counts["resent"]
    client.close()


#: A worker that floods the client which greets it, and reads nothing more. It says when it is there.
FLOOD = """
import sys
import zmq
socket = zmq.Context().socket(zmq.ROUTER)
socket.bind(sys.argv[1])
print("there", flush=True)
client = socket.recv_multipart()[0]
while True:
    socket.send_multipart([client, b"x" * 100])
"""

#: A client that closes while more is on its way than its workers read, and kills them then.
CLOSES = f"""
import subprocess, sys, time
from transports.wires import base
workers = []
for address in sys.argv[1:]:
    workers.append(subprocess.Popen([sys.executable, "-c", {FLOOD!r}, "ipc://" + address], stdout=subprocess.PIPE))
    workers[-1].stdout.readline()
client = base.client("zmq+ipc:" + ",".join(sys.argv[1:]))
client.open()
up = set()
while len(up) < len(workers):
    up.update(lane for kind, lane, _ in client.poll(0.1) if kind == base.UP)
for lane in up:
    for _ in range(50):
        client.send(lane, b"x" * 1000000)
time.sleep(0.1)
client.drain(0.1)
client.close()
for worker in workers:
    worker.kill()
time.sleep(0.2)  # for twice as long as between two heartbeats
for worker in workers:
    worker.wait()
"""


def test_a_client_that_closes_while_its_workers_die_is_not_aborted(tmp_path):
    """libzmq's issue 4364: a heartbeat on a connection that ended while its socket was being closed."""
    os.chmod(tmp_path, 0o700)
    for _ in range(3):
        addresses = [f"{tmp_path}/{number}" for number in range(8)]
        ended = subprocess.run([sys.executable, "-c", CLOSES, *addresses], cwd=ROOT, capture_output=True, text=True)
        assert (ended.returncode, ended.stderr) == (0, "")


def stop_one_of_two(workers, tmp_path, least_s):
    """SIGSTOP for ``least_s`` at least and until all is answered; the client, and the worker that goes on again."""
    addresses = [workers.start(name) for name in ("a", "b")]
    client = connect(workers, addresses)
    submitted = submit(client, 200, tmp_path / "log", 0.005)
    stopped = []

    def stop(found):
        if len(found) > 20 and not stopped:
            stopped.append(time.monotonic())
            workers.signal("a", signal.SIGSTOP)

    found = collect(client, 200, 20, stop)
    check_oracle(client, submitted, found)
    assert not [outcome for outcome in found if outcome.error]
    assert stopped
    while time.monotonic() - stopped[0] < least_s:
        assert client.poll(0.1) == []
    assert client.counts["lost"] > 0
    workers.signal("a", signal.SIGCONT)
    assert client.poll(1.0) == []
    client.wait_for_workers(2)
    assert client.map("noop", [[n] for n in range(50)]) == list(range(50))
    return client


@pytest.mark.parametrize("workers", HEARTBEATS, indirect=True)
def test_a_stopped_worker_is_noticed_and_its_late_replies_dropped(workers, tmp_path):
    """For twice as long as it is waited for."""
    client = stop_one_of_two(workers, tmp_path, 2 * 3 * sockets.HEARTBEAT_MS / 1000)
    assert any("connection is gone" in problem for problem in client.problems)
    client.close()


def test_a_stopped_worker_is_noticed_without_heartbeats_of_the_wire(workers, tmp_path, monkeypatch):
    """As one behind a proxy: the link stays, and the missing beats are what tells."""
    monkeypatch.setattr(sockets, "HEARTBEAT_MS", 0)
    monkeypatch.setattr(session, "SILENCE_NS", 2 * session.NS)
    client = stop_one_of_two(workers, tmp_path, 2 * session.SILENCE_NS / 1e9)
    assert any("silent for 2 s" in problem for problem in client.problems)
    assert not any("connection is gone" in problem for problem in client.problems)
    client.close()


def test_all_workers_gone_and_one_back(workers, tmp_path):
    address = workers.start("a")
    client = connect(workers, [address])
    submitted = submit(client, 100, tmp_path / "log", 0.005)
    found = collect(client, 10, 10)
    workers.signal("a", signal.SIGKILL)
    workers.processes["a"].wait()
    found += client.poll(0.5)
    workers.start("b", address=address)
    found += collect(client, 100 - len(found), 15)
    check_oracle(client, submitted, found)
    assert not [outcome for outcome in found if outcome.error]
    client.close()


@pytest.mark.parametrize(("task", "arguments"), [("crash", []), ("leave", [0]), ("leave", [3])])
def test_a_task_that_ends_its_process_costs_no_other_task(workers, task, arguments):
    client = connect(workers, [workers.start("a", "process", 2)])
    bad = client.submit(task, arguments, attempts=2)
    good = {client.submit("noop", [n]): n for n in range(100)}
    found = collect(client, 101, 20)
    outcomes = {outcome.id: outcome for outcome in found}
    error = outcomes.pop(bad).error
    assert error["code"] == "E_WORKER_LOST"
    assert {identity: outcome.result for identity, outcome in outcomes.items()} == good
    client.close()


@pytest.mark.parametrize("kind", ["thread", "process"])
def test_a_task_beyond_the_memory_limit_gets_its_error_and_the_worker_lives(workers, kind):
    client = connect(workers, [workers.start("a", kind)])
    worker = workers.processes["a"].pid
    assert client.map("noop", [[1]]) == [1]  # its child is there now
    limit_memory([worker] if kind == "thread" else children_of(worker))
    greedy = client.submit("fill", [2 * MEMORY_BYTES >> 20])
    good = {client.submit("fill", [1]) for _ in range(50)}
    outcomes = {outcome.id: outcome for outcome in collect(client, 51, 20)}
    error = outcomes.pop(greedy).error
    assert (error["code"], error["type"]) == ("E_TASK", "MemoryError")
    assert {identity: outcome.result for identity, outcome in outcomes.items()} == dict.fromkeys(good, 1 << 20)
    assert (client.counts["lost"], client.counts["resent"]) == (0, 0)
    client.close()


def test_a_worker_outlives_every_child_that_a_deadline_kills(workers):
    client = connect(workers, [workers.start("a", "process")])
    for _ in range(6):
        client.submit("stubborn", [30], deadline_s=0.15)
        (outcome,) = collect(client, 1, 10)
        assert outcome.error["code"] == "E_DEADLINE"
    assert client.map("noop", [[1]]) == [1]
    assert client.counts["lost"] == 0
    client.close()


@pytest.mark.parametrize("task", ["stubborn", "spin"])
def test_a_deadline_kills_the_work_and_not_the_worker(workers, task):
    client = connect(workers, [workers.start("a", "process")])
    began = time.monotonic()
    client.submit(task, [30000 if task == "spin" else 30], deadline_s=0.4)
    (outcome,) = collect(client, 1, 10)
    assert outcome.error["code"] == "E_DEADLINE"
    assert time.monotonic() - began < 5, "and not the thirty seconds of the work"
    assert client.map("noop", [[1]]) == [1]
    assert client.counts["lost"] == 0
    client.close()


def test_beats_go_on_while_a_thread_computes(workers):
    """Longer than the liveness: without the keeper the worker would be taken for lost, and the task run twice."""
    client = connect(workers, [workers.start("a", "thread")])
    client.submit("spin", [session.SILENCE_NS / 1e6 + 1500])
    (outcome,) = collect(client, 1, 15)
    assert outcome.error is None
    assert (client.counts["sent"], client.counts["lost"]) == (1, 0)
    client.close()


def test_children_end_with_their_worker(workers):
    client = connect(workers, [workers.start("a", "process", 2)])
    pids = children_of(workers.processes["a"].pid)
    assert len(pids) == 2
    client.submit("sleep", [20])
    client.poll(0.2)
    workers.signal("a", signal.SIGKILL)
    workers.processes["a"].wait()
    until = time.monotonic() + 5
    while any(Path(f"/proc/{pid}").exists() for pid in pids) and time.monotonic() < until:
        time.sleep(0.02)
    assert not [pid for pid in pids if Path(f"/proc/{pid}").exists()]
    client.close()


def test_a_killed_client_leaves_a_worker_that_serves_the_next(workers):
    address = workers.start("a")
    program = (
        "import sys, time; from transports import session; c = session.connect(sys.argv[1]).open(); "
        "c.wait_for_workers(); [c.submit('sleep', [0.01]) for _ in range(500)]; c.poll(0.1); print('on', flush=True); "
        "time.sleep(60)"
    )
    victim = subprocess.Popen(
        [sys.executable, "-c", program, f"{workers.scheme}:{address}"], cwd=ROOT, stdout=subprocess.PIPE, text=True
    )
    assert victim.stdout is not None
    assert victim.stdout.readline() == "on\n"
    victim.kill()
    victim.communicate()
    client = connect(workers, [address])
    assert client.map("noop", [[1]], deadline_s=15) == [1]
    client.close()


def test_terminate_drains_and_a_second_one_aborts(workers):
    address = workers.start("a")
    client = connect(workers, [address])
    marked = workers.folder / "marked"
    client.submit("mark", [str(marked), 1, 2.0])
    until = time.monotonic() + 10
    while not marked.exists() and time.monotonic() < until:
        client.poll(0.05)
    workers.signal("a", signal.SIGTERM)
    (outcome,) = collect(client, 1, 10)
    assert outcome.error is None
    assert workers.processes["a"].wait(5) == 0

    client.close()
    address = workers.start("b")
    client = connect(workers, [address])
    client.submit("sleep", [20])
    client.poll(0.1)
    workers.signal("b", signal.SIGTERM)
    time.sleep(0.3)
    workers.signal("b", signal.SIGTERM)
    assert workers.processes["b"].wait(5) == 143
    assert not list(workers.folder.glob("b*"))
    client.close()
