# Run by pytest (Python 3.9 upward).
"""The heartbeat that a client's URL asks for, over ZeroMQ."""

from __future__ import annotations

import pytest

pytest.importorskip("zmq")
import zmq

from transports import errors, session
from transports.wires.zeromq.sockets import HEARTBEAT_MS, MOST_HEARTBEAT_S, heartbeat_ms, socket_of


@pytest.mark.parametrize(
    ("options", "expected"),
    [({}, 100), ({"heartbeat": "0.1"}, 100), ({"heartbeat": "2"}, 2000), ({"heartbeat": "60"}, 60000)],
)
def test_seconds_from_a_tenth_to_a_minute(options, expected):
    assert heartbeat_ms(options) == expected


@pytest.mark.parametrize("text", ["0", "0.09", "61", "-1", "", "often", "nan", "inf", "1e999"])
def test_anything_else_is_refused_with_the_range(text):
    with pytest.raises(errors.Unusable, match="heartbeat is a number of seconds from 0.1 to 60"):
        session.connect(f"zmq+tcp:127.0.0.1:5555?heartbeat={text}").open()


def test_a_lane_has_the_heartbeat_of_its_url():
    with session.connect("zmq+tcp:127.0.0.1:5555?heartbeat=2") as client:
        (lane,) = client.wire._lanes
        assert lane.socket.getsockopt(zmq.HEARTBEAT_IVL) == 2000
        assert lane.socket.getsockopt(zmq.HEARTBEAT_TIMEOUT) == 6000
        assert client.wire.silence_ns == 6 * session.NS


def test_a_worker_never_takes_a_client_for_gone_before_the_next_heartbeat():
    """A peer keeps the option in 16 bits of milliseconds."""
    with zmq.Context() as context:
        for heartbeat in range(HEARTBEAT_MS, MOST_HEARTBEAT_S * 1000 + 1, 100):
            with socket_of(zmq.DEALER, context, heartbeat) as socket:
                assert heartbeat < socket.getsockopt(zmq.HEARTBEAT_TTL) <= 65500, heartbeat
