"""The ports of a private node: free, and kept from outgoing connections while it is restarted."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest

from runoff.services import rabbitmq_node
from runoff.services.rabbitmq_node import NotReady, free_ports

OUTGOING = Path("/proc/sys/net/ipv4/ip_local_port_range")


def test_ports_are_different_free_and_given_to_no_outgoing_connection():
    found = free_ports(50)
    assert len(set(found)) == 50
    for port in found:
        socket.create_server(("127.0.0.1", port)).close()
    if OUTGOING.exists():
        assert max(found) < int(OUTGOING.read_text().split()[0])


def test_a_port_that_is_taken_is_not_given(monkeypatch):
    first, second = free_ports(2)
    monkeypatch.setattr(rabbitmq_node, "SERVER_PORTS", [first, second])
    with socket.create_server(("127.0.0.1", first)):
        assert free_ports(1) == [second]
        with pytest.raises(NotReady, match="no 2 are free"):
            free_ports(2)
