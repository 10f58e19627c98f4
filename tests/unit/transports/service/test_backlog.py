"""Frames that wait for a worker: fair, and limited for each client."""

from __future__ import annotations

from transports.service.backlog import Backlog
from transports.wires.base import Arrival


def arrivals(sender: str, *frames: bytes) -> list[Arrival]:
    return [Arrival(sender, frame, None, 0) for frame in frames]


def test_who_sends_many_frames_waits_behind_himself_and_what_is_too_much_is_dropped():
    backlog = Backlog()
    for arrival in (*arrivals("flood", *[b"%d" % number for number in range(10)]), *arrivals("good", b"a", b"b")):
        backlog.add(arrival, 5, 1000)
    assert backlog.dropped == 5
    taken = [(each.sender, each.frame) for each in backlog.take(4, 1000)]
    assert taken == [("flood", b"0"), ("good", b"a"), ("flood", b"1"), ("good", b"b")]
    assert [each.frame for each in backlog.take(64, 1000)] == [b"2", b"3", b"4"]
    assert not backlog
    assert backlog.take(64, 1000) == []


def test_that_frames_are_dropped_is_said_once(caplog):
    backlog = Backlog()
    kept, dropped, *more = arrivals("flood", b"a", b"b", b"c", b"d")
    backlog.add(kept, 1, 1000)
    assert not caplog.records
    backlog.add(dropped, 1, 1000)
    assert len(caplog.records) == 1
    for arrival in more:
        backlog.add(arrival, 1, 1000)
    assert backlog.dropped == 3
    assert [each.message.partition(":")[0] for each in caplog.records] == ["frames were dropped"]


def test_a_large_frame_is_enough_for_a_turn():
    backlog = Backlog()
    for arrival in arrivals("one", b"x" * 10, b"y" * 10, b"z", b"u", b"v" * 10, b"w"):
        backlog.add(arrival, 9, 1000)
    assert [each.frame for each in backlog.take(64, 10)] == [b"x" * 10]
    assert [each.frame for each in backlog.take(64, 11)] == [b"y" * 10, b"z"]
    assert [each.frame for each in backlog.take(64, 10)] == [b"u", b"v" * 10]


def test_what_a_client_has_waiting_is_limited_in_bytes_and_its_first_frame_is_kept():
    backlog = Backlog()
    others = *arrivals("good", b"x" * 10), *arrivals("long", b"y" * 11)
    for arrival in (*arrivals("flood", b"a" * 6, b"b" * 4, b"c"), *others):
        backlog.add(arrival, 9, 10)
    assert backlog.dropped == 1
    assert [each.frame[:1] for each in backlog.take(1, 1000)] == [b"a"]
    for arrival in arrivals("flood", b"d" * 6, b"e"):
        backlog.add(arrival, 9, 10)
    assert backlog.dropped == 2
    assert [each.frame[:1] for each in backlog.take(64, 1000)] == [b"x", b"y", b"b", b"d"]
    for arrival in arrivals("flood", b"f" * 10):
        backlog.add(arrival, 9, 10)
    assert [each.frame[:1] for each in backlog.take(64, 1000)] == [b"f"]
