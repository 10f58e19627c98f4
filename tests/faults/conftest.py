"""What several fault tests stand on."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from bench import broker_node
from bench.guard import Guard


@pytest.fixture(scope="module")
def node() -> Iterator[broker_node.Node]:
    """A private broker of the test file's own."""
    guard = Guard()
    node = broker_node.Node(guard)
    node.start()
    yield node
    node.stop()
    guard.close()
