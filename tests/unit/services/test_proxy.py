"""The proxy breaks connections as it says, and keeps none that has ended."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator

import pytest

from runoff.services.proxy import DOWN, UP, Proxy

WITHIN_S = 10.0


class Link:
    """A connection through a proxy: its two ends."""

    def __init__(self) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.proxy = Proxy(f"127.0.0.1:{self._listener.getsockname()[1]}")
        host, _, port = self.proxy.address.rpartition(":")
        self.near = socket.create_connection((host, int(port)))
        self.far = self._listener.accept()[0]
        for end in (self.near, self.far):
            end.settimeout(WITHIN_S)

    def close(self) -> None:
        for each in (self.near, self.far, self._listener):
            each.close()
        self.proxy.close()

    def is_forgotten(self) -> bool:
        until = time.monotonic() + WITHIN_S
        while self.proxy._open and time.monotonic() < until:
            time.sleep(0.01)
        return not self.proxy._open


@pytest.fixture
def link() -> Iterator[Link]:
    made = Link()
    yield made
    made.close()


def test_what_is_sent_arrives_and_an_end_of_one_direction_leaves_the_other(link: Link) -> None:
    link.near.sendall(b"question")
    assert link.far.recv(100) == b"question"
    link.near.shutdown(socket.SHUT_WR)
    assert link.far.recv(100) == b""
    link.far.sendall(b"answer")
    assert link.near.recv(100) == b"answer"
    link.far.close()
    assert link.near.recv(100) == b""
    assert link.is_forgotten()


def test_a_reset_reaches_both_ends_and_ends_the_threads(link: Link) -> None:
    link.near.sendall(b"x")
    assert link.far.recv(1) == b"x"
    before = threading.active_count()
    link.proxy.cut(reset=True)
    for end in (link.near, link.far):
        with pytest.raises(ConnectionResetError):
            end.recv(1)
    until = time.monotonic() + WITHIN_S
    while threading.active_count() > before - 2:
        assert time.monotonic() < until
        time.sleep(0.01)


def test_an_end_in_order_reaches_both_ends(link: Link) -> None:
    link.near.sendall(b"x")
    assert link.far.recv(1) == b"x"
    link.proxy.cut(reset=False)
    assert link.near.recv(1) == link.far.recv(1) == b""


@pytest.mark.parametrize("hole", [UP, DOWN])
def test_a_hole_swallows_one_direction(link: Link, hole: str) -> None:
    link.proxy.holes.add(hole)
    source, sink = (link.near, link.far) if hole == UP else (link.far, link.near)
    source.sendall(b"lost")
    until = time.monotonic() + WITHIN_S
    while link.proxy.swallowed < 4:
        assert time.monotonic() < until
        time.sleep(0.01)
    sink.sendall(b"heard")
    assert source.recv(100) == b"heard"
