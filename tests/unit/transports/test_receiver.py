"""What a session concludes from the beats of its workers."""

from __future__ import annotations

import pytest

from transports import session
from transports.client.receiver import BEATS_APART_NS
from transports.messages import json_codec
from transports.wires import base


class Wire(base.ClientWire):
    """A wire whose events the test gives."""

    def __init__(self) -> None:
        super().__init__("", {})
        self.lane = base.Lane("worker")
        welcome = json_codec.control("welcome", worker={}, credit=10, concurrency=1, codec="json")
        self.events = [(base.UP, self.lane, None), (base.FRAME, self.lane, welcome)]

    def open(self) -> None:
        pass

    def send(self, lane, frame, ids=()) -> None:
        pass

    def poll(self, timeout_s):
        events, self.events = self.events, []
        return events

    def beat(self) -> None:
        self.events.append((base.FRAME, self.lane, json_codec.control("beat", held=[])))


@pytest.mark.parametrize(("together", "lost"), [(True, 0), (False, 1)])
def test_a_task_is_lost_after_two_beats_without_it_unless_they_waited_while_nobody_polled(together, lost):
    now = [session.NS]
    wire = Wire()
    client = session.Session(wire, now_ns=lambda: now[0]).open()
    client.poll()
    client.submit("noop")
    client.poll()
    for _ in range(3):
        now[0] += 1 if together else BEATS_APART_NS
        wire.beat()
        if not together:
            client.poll()
    client.poll()
    assert client.counts["sent"] == 1 + lost
    assert client.counts["lost"] == lost
