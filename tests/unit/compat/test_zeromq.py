"""What our wires take of pyzmq, and what they do without."""

from __future__ import annotations

import subprocess
import sys

import pytest

zmq = pytest.importorskip("zmq")


def test_no_event_loop_is_loaded_for_it():
    asked = "import sys; from compat import zeromq; sys.exit('asyncio' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", asked]).returncode == 0, "a worker would start a third later"


def test_events_are_read_by_their_numbers():
    from compat.zeromq import next_event

    with zmq.Context() as context, context.socket(zmq.PULL) as one, context.socket(zmq.PUSH) as other:
        monitor = other.get_monitor_socket()
        other.connect(f"tcp://127.0.0.1:{one.bind_to_random_port('tcp://127.0.0.1')}")
        seen = [next_event(monitor) for _ in range(3) if monitor.poll(5000)]
        monitor.close()
    assert seen == [zmq.EVENT_CONNECT_DELAYED, zmq.EVENT_CONNECTED, zmq.EVENT_HANDSHAKE_SUCCEEDED]
