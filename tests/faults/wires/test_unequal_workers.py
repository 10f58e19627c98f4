# Run by pytest (Python 3.9 upward), with PyPy on the machine.
"""A worker of CPython and one of PyPy behind one client: both work, and the quicker one does more."""

from __future__ import annotations

import pytest

from runoff.benchmarks.transports import unequal_workers
from runoff.common.guard import Guard
from runoff.environments import preparing
from runoff.environments.environment import Environment
from runoff.services import rabbitmq
from tests.helpers.expected import need, needs_rabbitmq

LABELS = ("cpython-3.13", "pypy-3.11")


@pytest.fixture(scope="module")
def pair(found):
    wanted = [need(found, label) for label in LABELS]
    made = list(preparing.prepare_all(wanted, lambda interpreter, outcome: None).values())
    assert all(isinstance(each, Environment) for each in made), made
    return made


@pytest.mark.parametrize("wire", ["zmq+tcp", pytest.param("amqp", marks=needs_rabbitmq)])
def test_unequal_workers_both_work_and_the_quicker_one_does_more(pair, wire):
    guard = Guard()
    broker = rabbitmq.obtain_private(guard, False, print) if wire == "amqp" else None
    assert not isinstance(broker, str), broker
    try:
        done = unequal_workers.speed([pair], 1, pair[0], broker, guard)["done"]
    finally:
        if broker is not None:
            broker.close()
        guard.close()
    assert done["PyPy"] > done["CPython"] > 0
