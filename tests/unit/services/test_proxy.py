"""The proxy breaks connections as it says, and keeps none that has ended."""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from collections.abc import Iterator
from types import SimpleNamespace

import pytest

from runoff.services import proxy as proxies
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


def arrived(end: socket.socket, count: int) -> bytes:
    """Return ``count`` bytes, or what came before the end."""
    found = b""
    while len(found) < count and (data := end.recv(count - len(found))):
        found += data
    return found


@pytest.mark.parametrize("way", [UP, DOWN])
def test_a_partition_holds_back_bytes_and_ends_and_new_connections_until_it_is_over(link: Link, way: str) -> None:
    source, sink = (link.near, link.far) if way == UP else (link.far, link.near)
    link.proxy.part()
    source.sendall(b"late")
    source.shutdown(socket.SHUT_WR)
    host, _, port = link.proxy.address.rpartition(":")
    new = socket.create_connection((host, int(port)))
    for end in (sink, link._listener):
        end.settimeout(0.2)
    with pytest.raises(socket.timeout):
        sink.recv(100)
    with pytest.raises(socket.timeout):
        link._listener.accept()
    assert link.proxy.accepted == 1
    link.proxy.heal()
    for end in (sink, link._listener):
        end.settimeout(WITHIN_S)
    assert arrived(sink, 100) == b"late"
    link._listener.accept()[0].close()
    new.close()


def test_a_proxy_that_is_closed_during_a_partition_leaves_no_thread() -> None:
    before = threading.active_count()
    link = Link()
    link.proxy.part()
    link.near.sendall(b"x")
    host, _, port = link.proxy.address.rpartition(":")
    waits = socket.create_connection((host, int(port)))
    link.proxy.close()
    waits.settimeout(WITHIN_S)
    with contextlib.suppress(ConnectionResetError):
        assert waits.recv(1) == b""
    until = time.monotonic() + WITHIN_S
    while threading.active_count() > before:
        assert time.monotonic() < until
        time.sleep(0.01)
    waits.close()
    link.close()


def test_what_is_lost_comes_late_and_all_behind_it_in_order(link: Link, monkeypatch: pytest.MonkeyPatch) -> None:
    draws = iter([0.4, 0.6, *[1.0] * 1000])  # the first chunk is lost once
    monkeypatch.setattr(proxies, "random", SimpleNamespace(random=lambda: next(draws)))
    link.proxy.loss = 0.5
    began = time.monotonic()
    for number in range(10):
        link.near.sendall(bytes([number]) * 1000)
    assert arrived(link.far, 10000) == b"".join(bytes([number]) * 1000 for number in range(10))
    assert time.monotonic() - began >= proxies.RETRANSMIT_S
    assert link.proxy.stalls == 1


def test_a_narrow_link_carries_so_many_bytes_a_second(link: Link) -> None:
    link.proxy.bytes_per_s = 100000
    began = time.monotonic()
    link.near.sendall(b"x" * 20000)
    assert arrived(link.far, 20000) == b"x" * 20000
    assert time.monotonic() - began >= 0.2


def test_each_further_try_to_send_again_waits_twice_as_long(monkeypatch: pytest.MonkeyPatch, link: Link) -> None:
    link.proxy.loss = 0.5
    for losses, late_s in ((0, 0.0), (1, 0.2), (2, 0.6), (3, 1.4)):
        draws = iter([0.1] * losses + [0.9])
        monkeypatch.setattr(proxies.random, "random", lambda draws=draws: next(draws))
        before = link.proxy.stalls
        assert link.proxy._stall_s() == pytest.approx(late_s)
        assert link.proxy.stalls - before == (losses > 0)
