# Run by pytest (Python 3.9 upward).
"""The workers of a test's queue, and the oracle over its client."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator

import pytest

from runoff.services import rabbitmq_node
from tests.faults.amqp_workers import Oracle, Workers, start_computing
from tests.helpers.processes import ends_with_its_children
from transports import session


@pytest.fixture
def workers(node: rabbitmq_node.Node, queue: str) -> Iterator[Workers]:
    workers = Workers(f"{node.url('worker')}?queue={queue}")
    yield workers
    workers.kill()


@pytest.fixture
def oracle(node: rabbitmq_node.Node, queue: str) -> Iterator[Oracle]:
    with session.connect(f"{node.url('client')}?queue={queue}") as client:
        client.wait_for_workers(1)
        yield Oracle(client)


@pytest.fixture
def in_memory(node: rabbitmq_node.Node, queue: str, workers: Workers) -> Iterator[Oracle]:
    """``workers`` and the client on a queue that is not durable."""
    workers.url += "&durable=no"
    with session.connect(f"{node.url('client')}?queue={queue}&durable=no") as client:
        client.wait_for_workers(1)
        yield Oracle(client)


@pytest.fixture
def computing(node, queue) -> Iterator[subprocess.Popen[str]]:
    worker = start_computing(f"{node.url('worker')}?queue={queue}")
    try:
        yield worker
        ends_with_its_children(worker)
    finally:
        worker.kill()
        worker.communicate()
