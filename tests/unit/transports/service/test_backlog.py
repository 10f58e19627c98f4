"""Frames that wait for a worker: fair, and limited for each client."""

from __future__ import annotations

from transports.service.backlog import Backlog
from transports.wires.base import Arrival


def arrivals(sender: str, *frames: bytes) -> list[Arrival]:
    return [Arrival(sender, frame, None, 0) for frame in frames]


def test_who_sends_many_frames_waits_behind_himself_and_what_is_too_much_is_dropped():
    backlog = Backlog()
    for arrival in (*arrivals("flood", *[b"%d" % number for number in range(10)]), *arrivals("good", b"a", b"b")):
        backlog.add(arrival, 5)
    assert backlog.dropped == 5
    taken = [(each.sender, each.frame) for each in backlog.take(4, 1000)]
    assert taken == [("flood", b"0"), ("good", b"a"), ("flood", b"1"), ("good", b"b")]
    assert [each.frame for each in backlog.take(64, 1000)] == [b"2", b"3", b"4"]
    assert not backlog
    assert backlog.take(64, 1000) == []


def test_a_large_frame_is_enough_for_a_turn():
    backlog = Backlog()
    for arrival in arrivals("one", b"x" * 10, b"y" * 10, b"z", b"u", b"v" * 10, b"w"):
        backlog.add(arrival, 9)
    assert [each.frame for each in backlog.take(64, 10)] == [b"x" * 10]
    assert [each.frame for each in backlog.take(64, 11)] == [b"y" * 10, b"z"]
    assert [each.frame for each in backlog.take(64, 11)] == [b"u", b"v" * 10]
