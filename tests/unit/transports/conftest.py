"""A session over a fake wire, whose clock moves only while it waits."""

from __future__ import annotations

import pytest

from tests.fakes.client_wire import Wire
from transports import session
from transports.wires import base


@pytest.fixture
def wire():
    return Wire()


@pytest.fixture
def client(wire):
    return session.Session(wire, now_ns=lambda: wire.now, seed=7).open()


@pytest.fixture
def lane(wire, client):
    """A lane whose worker has said welcome."""
    made = wire.up(base.Lane("worker"))
    client.poll()
    return made
