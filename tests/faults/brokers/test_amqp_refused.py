# Run by pytest (Python 3.9 upward). Real brokers and workers.
"""A broker that lets nobody in, or takes nothing for a while: one sentence, and nothing is lost."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Callable

import pytest

from runoff.common.paths import ROOT
from runoff.services import rabbitmq, rabbitmq_node
from tests.helpers.expected import needs_rabbitmq
from tests.inside.transports.transport_contract import Running
from transports import errors, session
from transports.wires.amqp import end
from transports.wires.amqp import link as amqp_link
from transports.wires.amqp import parameters as amqp_parameters

pytestmark = [needs_rabbitmq, pytest.mark.own_broker("alarms hold back whatever is published")]

#: An alarm lasts for more than three heartbeats: a link that the broker left alone would be given up after two.
HEARTBEAT_S = 1
ALARM_S = 3.5
WITHIN_S = 30.0


@pytest.fixture(scope="module")
def other(node: rabbitmq_node.Node) -> str:
    """A virtual host in which no user but the administrator has rights."""
    node.control("add_vhost", "other")
    return "other"


def elsewhere(node: rabbitmq_node.Node, role: str, host: str) -> str:
    return node.url(role).rpartition("/")[0] + "/" + host


@pytest.mark.parametrize("host", ["missing", "other"])
def test_a_virtual_host_that_is_refused_is_one_sentence(node: rabbitmq_node.Node, other: str, host: str) -> None:
    said = {
        "missing": "NOT_ALLOWED - vhost missing not found",
        "other": "NOT_ALLOWED - access to vhost 'other' refused for user '{}'",
    }[host]
    client = session.connect(elsewhere(node, "client", host)).open()
    began = time.monotonic()
    with pytest.raises(errors.Unusable) as refused:
        client.wait_for_workers(1, timeout_s=20)
    client.wire.close()
    assert time.monotonic() - began < 5, "it is not tried for ever"
    assert str(refused.value).startswith(f"the broker refuses this user: {said.format('client')}; correct the user")
    command = [sys.executable, "-m", "transports.worker", elsewhere(node, "worker", host), "--kind", "thread"]
    worker = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=20, check=False)
    assert worker.returncode == 2
    (line,) = worker.stderr.splitlines()
    assert line.startswith(f"error: the broker refuses this user: {said.format('worker')}; correct the user")


@pytest.mark.parametrize(
    ("said", "for_good"),
    [
        ("NOT_ALLOWED - vhost a not found", True),
        ("NOT_ALLOWED - access to vhost 'a' refused for user 'b'", True),
        ("ACCESS_REFUSED - Login was refused using authentication mechanism PLAIN.", True),
        ("NOT_ALLOWED - access to vhost 'a' refused for user 'b': connection limit (1) is reached", False),
        ("NOT_ALLOWED - access to vhost 'a' refused for user 'b': vhost 'a' is down", False),
        ("INTERNAL_ERROR - access to vhost 'a' refused for user 'b': vhost 'a' is down", False),
    ],
)
def test_what_passes_is_tried_again(said: str, for_good: bool) -> None:
    assert bool(amqp_link.REFUSED.search(f"ConnectionClosedByBroker: (530) '{said}'")) == for_good


SAID = "{}; sending waits until it does (said once)"


class Meeting:
    """A client and a worker, in a process of its own, at one queue; ``log`` is what the worker says."""

    def __init__(self, node: rabbitmq_node.Node, options: str, log: Path) -> None:
        self.log = log
        self.client = session.connect(node.url("client") + options).open()
        self.client.wait_for_workers(1)  # the queue is there
        with log.open("w") as stderr:
            self.worker = subprocess.Popen(
                [sys.executable, "-m", "tests.faults.dying_worker", node.url("worker") + options],
                cwd=ROOT,
                stdout=subprocess.PIPE,
                stderr=stderr,
            )
        assert self.worker.stdout is not None
        self.worker.stdout.readline()
        assert self.client.map("noop", [(1,)]) == [1]

    def close(self) -> None:
        self.worker.kill()
        self.worker.communicate()
        self.client.close()


@pytest.fixture(params=["yes", "no"])
def meeting(
    request: pytest.FixtureRequest, node: rabbitmq_node.Node, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Meeting]:
    monkeypatch.setattr(amqp_parameters, "HEARTBEAT_S", HEARTBEAT_S)
    monkeypatch.setenv("RUNOFF_TEST_HEARTBEAT_S", str(HEARTBEAT_S))
    made = Meeting(node, f"?queue=alarm-{request.param}&durable={request.param}", tmp_path / "log")
    yield made
    made.close()


def test_an_alarm_is_one_sentence_and_costs_no_task(
    node: rabbitmq_node.Node, meeting: Meeting, caplog: pytest.LogCaptureFixture
) -> None:
    """Memory, then disk: what is under way is kept, and nothing is run or sent twice."""
    client = meeting.client
    alarms: list[tuple[Callable[[bool], None], str]] = [
        (node.memory_alarm, "low on memory"),
        (node.disk_alarm, "low on disk"),
    ]
    sent = 1
    for alarm, reason in alarms:
        sentence = f"the broker accepts no messages now: {reason}"
        numbers = range(sent, sent + 300)
        answered = keep_polling(client, partial(alarm, True))
        try:
            first = client.submit("noop", [0])
            until = time.monotonic() + 20
            while sentence not in (client.problem() or ""):
                assert time.monotonic() < until, "nobody said that the broker is short of something"
                answered += client.poll(0.05)
            late = client.submit("noop", [0], deadline_s=0.5)
            asked = {client.submit("noop", [number]): number for number in numbers}
            until = time.monotonic() + ALARM_S
            while time.monotonic() < until:
                answered += client.poll(0.05)
            (failed,) = [outcome for outcome in answered if outcome.id == late]
            assert failed.error["code"] == "E_DEADLINE"
            assert sentence in failed.error["message"]
        finally:
            answered += keep_polling(client, partial(alarm, False))
        until = time.monotonic() + 30
        while client.pending() and time.monotonic() < until:
            answered += client.poll(0.1)
        results = {outcome.id: outcome.result for outcome in answered if outcome.id not in (late, first)}
        assert results == asked
        sent += len(asked) + 1
        assert client.counts["sent"] == sent, "what was under way was sent again"
        assert client.wire._link.epoch == 1
        assert [record.getMessage() for record in caplog.records].count(SAID.format(sentence)) == 1
    assert client.counts["doubled"] == 0
    assert client.map("taken_and_links", [()]) == [[sent + 1, 1]], "each task came once, and the link stayed"
    for _, reason in alarms:
        said = [line for line in meeting.log.read_text().splitlines() if reason in line]
        assert len(said) <= 1, said  # a worker with no results to send does not notice


def keep_polling(client: session.Session, call: Callable[[], None]) -> list[session.Outcome]:
    """Call what takes seconds while the client keeps its link; return the outcomes meanwhile."""
    outcomes: list[session.Outcome] = []
    with ThreadPoolExecutor(1) as pool:
        calling = pool.submit(call)
        while not calling.done():
            outcomes += client.poll(0.05)
        calling.result()
    return outcomes


def test_a_broker_with_an_alarm_is_named_before_anything_is_measured(node: rabbitmq_node.Node) -> None:
    assert rabbitmq.refusal(node.url("client")) is None
    node.memory_alarm(True)
    try:
        assert (
            rabbitmq.refusal(node.url("client")) == "it accepts no messages now: it is short of memory or of disk space"
        )
    finally:
        node.memory_alarm(False)


def until(happens: Callable[[], bool], client: session.Session) -> list[session.Outcome]:
    """Poll until ``happens()``; return the outcomes that came meanwhile."""
    found: list[session.Outcome] = []
    latest = time.monotonic() + WITHIN_S
    while not happens():
        assert time.monotonic() < latest, client.problem()
        found += client.poll(0.05)
    return found


def test_a_queue_that_does_not_answer_is_given_up_named_and_used_again_when_it_does(
    node: rabbitmq_node.Node, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Such is a queue that came back without a leader (docs/amqp.md)."""
    monkeypatch.setattr(end, "PATIENCE_NS", 1_000_000_000)
    process = "whereis('runoff_runoff.tasks.silent')"
    with session.connect(f"{node.url('client')}?queue=silent") as client:
        client.wait_for_workers(1)
        node.control("eval", f"sys:suspend({process}).")
        running = Running(f"{node.url('worker')}?queue=silent")
        try:
            wire = running.worker.wire
            for number in range(20):
                client.submit("noop", [number])
            found = until(lambda: "confirmed nothing for 1 s" in (client.problem() or ""), client)
            found += until(lambda: "does not hand out" in (wire.away() or ""), client)
            assert found == []
            node.control("eval", f"sys:resume({process}).")
            found = until(lambda: client.pending() == 0, client)
            assert sorted(outcome.result for outcome in found) == list(range(20))
            found = until(lambda: wire.away() is None, client)
            assert found == []
        finally:
            running.stop(2)
