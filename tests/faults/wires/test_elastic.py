"""Workers that join and leave under load, over ZeroMQ: a name that resolves to several, and a file of addresses."""

from __future__ import annotations

import time

import pytest

from tests.helpers.zeromq_workers import Workers
from transports import errors, session
from transports.wires import directory

TASK_S = 0.002
WITHIN_S = 20


@pytest.fixture
def workers(tmp_path):
    made = Workers(tmp_path, "zmq+tcp")
    yield made
    made.close()


class Load:
    """Tasks without an end, until a state is reached."""

    def __init__(self, client):
        self.client = client
        self.ids = set()
        self.outcomes = []

    def until(self, reached):
        end = time.monotonic() + WITHIN_S
        while not reached():
            assert time.monotonic() < end, (self.client.counts, self.client.problems, self.client.answers)
            while self.client.pending() < 50:
                self.ids.add(self.client.submit("sleep", [TASK_S], deadline_s=WITHIN_S))
            self.outcomes += self.client.poll(0.05)

    def answered(self, count):
        """Go on until ``count`` more tasks are answered; return how many each worker answered."""
        before, total = dict(self.client.answers), len(self.outcomes)
        self.until(lambda: len(self.outcomes) >= total + count)
        return sorted(
            answers - before.get(worker, 0)
            for worker, answers in self.client.answers.items()
            if answers > before.get(worker, 0)
        )

    def end(self):
        while self.client.pending():
            self.outcomes += self.client.poll(0.1)
        assert not [outcome for outcome in self.outcomes if outcome.error]
        assert len(self.outcomes) == len(self.ids)
        assert {outcome.id for outcome in self.outcomes} == self.ids


def lanes(client):
    return {lane.name.partition("://")[2] for lane in client.wire._lanes}


def test_a_client_follows_a_file_of_addresses(workers, tmp_path):
    path = tmp_path / "addresses"
    first = workers.start("first")
    path.write_text(f"{first}\n")
    with session.connect(f"zmq+tcp:?workers={path}") as client:
        client.wait_for_workers(1)
        load = Load(client)
        assert len(load.answered(100)) == 1
        second = workers.start("second")
        path.write_text(f"{first}\n{second}\n")
        load.until(lambda: client.workers() == 2)
        load.answered(100)  # what the first one held alone
        counts = load.answered(600)
        assert len(counts) == 2
        assert counts[1] < 1.2 * counts[0]
        path.write_text(f"{second}\n")  # the first one is not lost: what it holds is answered
        load.until(lambda: lanes(client) == {second})
        assert client.workers() == 1
        assert len(load.answered(100)) == 1
        load.end()
        assert client.counts["lost"] == client.counts["resent"] == 0


def resolve_to(monkeypatch, addresses):
    """Let every name resolve to ``addresses``, as they are when it is asked."""

    def resolve(_host, _port, family, kind):
        return [(family, kind, 6, "", (address, 0)) for address in addresses]

    monkeypatch.setattr(
        "transports.wires.zeromq.client.Directory",
        lambda scheme, url, path: directory.Directory(scheme, url, path, resolve),
    )


def test_a_client_follows_a_name_that_resolves_to_several_addresses(workers, monkeypatch):
    port = workers.start("first", address="127.0.0.2:*").rpartition(":")[2]
    workers.start("second", address=f"127.0.0.3:{port}")
    known = ["127.0.0.2"]
    resolve_to(monkeypatch, known)
    with session.connect(f"zmq+tcp:workers.test:{port}") as client:
        client.wait_for_workers(1)
        load = Load(client)
        load.answered(100)
        known.append("127.0.0.3")
        load.until(lambda: client.workers() == 2)
        workers.processes["first"].kill()
        workers.processes["first"].wait()
        known.remove("127.0.0.2")
        load.until(lambda: lanes(client) == {f"127.0.0.3:{port}"})
        assert len(load.answered(100)) == 1
        load.end()


def test_a_name_that_resolves_beyond_this_machine_needs_curve(monkeypatch):
    resolve_to(monkeypatch, ["192.0.2.1"])
    with pytest.raises(errors.Unusable, match="CURVE"):
        session.connect("zmq+tcp:workers.test:5555").open()
