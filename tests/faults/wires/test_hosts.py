# Run by pytest (Python 3.9 upward). Real network namespaces, where this machine permits them.
"""Hosts made of network namespaces reach each other over a delay, and are gone afterwards."""

from __future__ import annotations

import subprocess
import sys

import pytest

from runoff.benchmarks.hosts import measure, network, ways
from runoff.common.guard import Guard
from tests.helpers.environments import running_environment
from tests.helpers.expected import needs_rabbitmq
from tests.helpers.private_broker import broker_of

ECHO = """
import socket
listener = socket.create_server(("127.0.0.1", 0))
print("127.0.0.1:{}".format(listener.getsockname()[1]), flush=True)
connection = listener.accept()[0]
connection.sendall(connection.recv(100))
"""
ASK = """
import socket, sys, time
host, port = sys.argv[1].split(":")
connection = socket.create_connection((host, int(port)))
began = time.monotonic()
connection.sendall(b"there")
answer = connection.recv(100)
print(answer.decode(), time.monotonic() - began)
"""
DELAY_MS = 40.0  # there and back


@pytest.mark.skipif(network.lacking() is not None, reason=f"no network namespaces: {network.lacking()}")
def test_hosts_reach_each_other_over_a_delay_and_are_gone_afterwards():
    guard = Guard()
    with network.joined(("client", "worker"), guard) as hosts:
        client, worker = hosts["client"], hosts["worker"]
        serving = subprocess.Popen([*worker.prefix, sys.executable, "-c", ECHO], stdout=subprocess.PIPE, text=True)
        try:
            assert serving.stdout is not None
            address = serving.stdout.readline().strip()
            with ways.to_worker(client, worker, address, ways.Way(DELAY_MS), guard) as near:
                ask = [*client.prefix, sys.executable, "-c", ASK, near]
                answer, took_s = subprocess.run(ask, capture_output=True, text=True, check=True).stdout.split()
        finally:
            serving.kill()
            serving.communicate()
    assert answer == "there"
    assert float(took_s) >= DELAY_MS / 1000
    left = subprocess.run(["ip", "-brief", "address"], capture_output=True, text=True, check=True).stdout
    assert network.SUBNET not in left
    guard.close()


@needs_rabbitmq
def test_every_contender_answers_at_each_turn(node, tmp_path, monkeypatch):
    monkeypatch.setattr(measure, "WAITING_S", 0.1)  # a speed is wanted, and none that is exact
    guard = Guard()
    hosts = {name: network.Host(name, ways.LOOPBACK) for name in measure.HOSTS}
    bench = measure.Bench(running_environment(), hosts, broker_of(node), tmp_path, guard, tasks=400)
    try:
        turns = [bench.at(0, measure.SPEED) for _ in range(2)]
    finally:
        guard.close()
    for seen in turns:
        assert {name.split(",")[0] for name in seen} == {"raw DEALER/ROUTER", "zmq+tcp", "raw pika", "amqp"}
        assert all(line["tasks_per_s"] > 0 for (line,) in seen.values())
