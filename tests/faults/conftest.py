"""What several fault tests stand on."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from runoff.services import rabbitmq_node
from tests.helpers.driver_process import Driver
from tests.helpers.expected import need
from tests.helpers.node_programs import installed
from tests.helpers.private_broker import left_on, own_queue, private_node


@pytest.fixture(scope="session")
def shared_node() -> Iterator[rabbitmq_node.Node]:
    """A private broker that the test files of this process share; each test leaves it as it was."""
    with private_node() as node:
        yield node
        assert left_on(node) == [], "queues of tests that have ended; the names begin with the file's"


@pytest.fixture(scope="module")
def node(request: pytest.FixtureRequest) -> Iterator[rabbitmq_node.Node]:
    """A private broker: the shared one, or the file's own where it is marked ``own_broker`` with the reason."""
    if request.node.get_closest_marker("own_broker") is None:
        yield request.getfixturevalue("shared_node")
    else:
        with private_node() as node:
            yield node


@pytest.fixture
def fresh_node() -> Iterator[rabbitmq_node.Node]:
    """A private broker of the test's own."""
    with private_node() as node:
        yield node


@pytest.fixture
def queue(request: pytest.FixtureRequest, node: rabbitmq_node.Node) -> Iterator[str]:
    """A queue of this test alone."""
    with own_queue(node, request.path.stem[len("test_") :]) as name:
        yield name


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
