"""What several fault tests stand on."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from runoff.common.guard import Guard
from runoff.services import rabbitmq_node


@pytest.fixture(scope="module")
def node() -> Iterator[rabbitmq_node.Node]:
    """A private broker of the test file's own."""
    guard = Guard()
    node = rabbitmq_node.Node(guard)
    node.start()
    yield node
    node.stop()
    guard.close()
