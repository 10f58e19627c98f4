"""Ends of the ZeroMQ wire that a test opens, and a folder for their sockets."""

from __future__ import annotations

import tempfile

import pytest


@pytest.fixture
def opened():
    """opened(base.client or base.worker, url) -> that end, open until the test is over."""
    made = []

    def make(end, url):
        wire = end(url)
        wire.open()
        made.append(wire)
        return wire

    yield make
    for wire in made:
        wire.close()


@pytest.fixture
def folder():
    """A folder for sockets; its path is short, as such paths must be."""
    with tempfile.TemporaryDirectory(prefix="rt-") as made:
        yield made
