"""How many frames a worker over AMQP asks the broker for."""

from __future__ import annotations

import itertools

import pytest

pytest.importorskip("pika")
from transports import errors
from transports.wires import amqp
from transports.wires.amqp.worker import HELD_BESIDES, REPLY_WINDOW

MS = 1000000


class Link:
    """A link that is up, and remembers its consumers and how much was published."""

    epoch = 1
    channel = None
    blocked = False

    def __init__(self):
        self.consumers = {}
        self.published = 0
        self._tags = itertools.count()

    def publish(self, *_):
        self.published += 1
        return self.published

    def consume(self, _queue, prefetch):
        tag = next(self._tags)
        self.consumers[tag] = prefetch
        return tag

    def basic_cancel(self, tag):
        del self.consumers[tag]

    def later(self, _wait_s, _call):
        pass


def connected(credit=None):
    worker = amqp.Worker("//guest:guest@127.0.0.1/", {"scheme": "amqp"})
    worker._link = link = Link()
    worker.credit(credit)
    link.channel = link
    worker.link_up()
    return worker, link


def measure(worker, frames, delay_ms):
    """A second in which so many frames came."""
    worker._window.moved += frames
    began = worker._replies._since = worker._window._since
    worker._measured(delay_ms * MS, began + 1000 * MS)


def send_all(worker):
    """Publish results until there is no room; return how many frames are unconfirmed then."""
    while len(worker._unconfirmed) < 1000:
        try:
            worker.reply("client", b"results", [object()])
        except errors.Busy:
            break
    return len(worker._unconfirmed)


def test_a_broker_that_is_far_is_asked_for_more_by_more_consumers():
    worker, link = connected()
    assert list(link.consumers.values()) == [1 + HELD_BESIDES]
    measure(worker, 100, 0)
    assert list(link.consumers.values()) == [1 + HELD_BESIDES]
    far, _ = connected()
    measure(far, 100, 20)
    assert list(far._link.consumers.values()) == [6, 6]  # 1.5 x 100 frames/s x 2 round trips of 20 ms
    measure(far, 120, 20)  # too little more for a consumer
    assert sum(far._link.consumers.values()) == 12
    measure(far, 1000, 20)
    assert sum(far._link.consumers.values()) == 66


def test_to_a_broker_that_is_far_more_frames_of_results_are_unconfirmed():
    near, _ = connected()
    assert send_all(near) == REPLY_WINDOW
    measure(near, 100, 0)
    assert send_all(near) == REPLY_WINDOW
    far, _ = connected()
    expected = REPLY_WINDOW
    for _ in range(3):  # what the last window permitted, in each of 100 round trips a second
        far._replies.moved = 100 * expected
        measure(far, 100, 10)
        expected = REPLY_WINDOW + int(1.5 * expected)
        assert send_all(far) == expected


def test_what_was_added_ends_when_nothing_moves_and_all_at_a_drain():
    worker, link = connected()
    measure(worker, 1000, 20)
    assert len(link.consumers) == 2
    worker._rested()
    assert list(link.consumers.values()) == [1 + HELD_BESIDES]
    worker.credit(0)
    assert link.consumers == {}
    measure(worker, 1000, 20)
    assert link.consumers == {}


def test_credit_is_the_most_whatever_the_delay_is():
    worker, link = connected(credit=3)
    measure(worker, 1000, 20)
    assert list(link.consumers.values()) == [3]


def test_a_new_channel_begins_with_consumers_of_its_own():
    worker, link = connected()
    measure(worker, 1000, 20)
    link.consumers.clear()
    worker.link_down("gone")
    worker.link_up()
    assert sum(link.consumers.values()) == worker._window.frames
