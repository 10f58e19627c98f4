"""What several fault tests stand on."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from runoff.common.guard import Guard
from runoff.services import rabbitmq_node
from tests.helpers.driver_process import Driver
from tests.helpers.expected import need
from tests.helpers.node_programs import installed


def _private_node() -> Iterator[rabbitmq_node.Node]:
    guard = Guard()
    node = rabbitmq_node.Node(guard)
    node.start()
    yield node
    node.stop()
    guard.close()


@pytest.fixture(scope="module")
def node() -> Iterator[rabbitmq_node.Node]:
    """A private broker of the test file's own."""
    yield from _private_node()


@pytest.fixture
def fresh_node() -> Iterator[rabbitmq_node.Node]:
    """A private broker of the test's own."""
    yield from _private_node()


@pytest.fixture(scope="session")
def node_peers(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The worker and the client of tests/node_peers with their packages, in a folder of the tests' own."""
    return installed(tmp_path_factory.mktemp("node"))


@pytest.fixture
def driver(tmp_path, found):
    running = f"cpython-{sys.version_info[0]}.{sys.version_info[1]}"
    made = Driver(tmp_path, need(found, running).label)
    yield made
    assert made.left_over() == []
