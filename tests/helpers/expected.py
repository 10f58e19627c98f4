# Run by pytest (Python 3.9 upward).
"""What was put on this machine on purpose: its absence is a failure, and that of anything else a visible skip."""

from __future__ import annotations

import os

import pytest

from runoff.services import rabbitmq_node

#: What was put on this machine on purpose, interpreters by their labels and programs by their names: its absence is a
#: failure, not a skip.
EXPECTED = tuple(os.environ.get("RUNOFF_EXPECT", "").split())


PROGRAMS = ("chromium", "rabbitmq", "redis")


EXPECTED_LABELS = tuple(name for name in EXPECTED if name.partition("-")[0] not in PROGRAMS)


#: For the tests that run a broker of their own: a visible skip where there is none, unless it was announced.
needs_rabbitmq = pytest.mark.skipif(
    rabbitmq_node.installed() is None and "rabbitmq" not in EXPECTED,
    reason="rabbitmq-server is not installed: apt-get install -y rabbitmq-server",
)


def need(found, label: str):
    """The interpreter called ``label``; a skip where it is absent, a failure where it is expected."""
    for each in found.interpreters:
        if each.label == label:
            return each
    if label in EXPECTED:
        pytest.fail(f"{label} was installed here and is not found")
    pytest.skip(f"{label} is not on this machine")
