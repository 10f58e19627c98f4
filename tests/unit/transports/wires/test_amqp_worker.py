"""How many frames a worker over AMQP asks the broker for."""

from __future__ import annotations

import itertools
from types import SimpleNamespace

import pytest

pytest.importorskip("pika")
from transports import errors
from transports.wires import amqp, base
from transports.wires.amqp.link import UnreadableProperties
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


class Settling(Link):
    """A link whose channel remembers what was acknowledged and what was given back."""

    def __init__(self):
        Link.__init__(self)
        self.outcomes = []

    def settled(self):
        """Take note that all is well."""

    def is_answered(self):
        return True

    def basic_ack(self, tag):
        self.outcomes.append(("done", tag))

    def basic_reject(self, tag, requeue):
        self.outcomes.append(("requeued" if requeue else "rejected", tag))


def holding(**options):
    worker = amqp.Worker("//guest:guest@127.0.0.1/", {"scheme": "amqp", **options})
    worker._link = link = Settling()
    link.channel = link
    return worker, link


@pytest.mark.parametrize(
    ("outcome", "settled"), [(base.DONE, "done"), (base.RELEASE, "requeued"), (base.REJECT, "rejected")]
)
def test_a_frame_is_done_goes_back_to_its_queue_or_is_a_dead_letter(outcome, settled):
    worker, link = holding()
    worker.settle((1, 7), outcome)
    assert link.outcomes == [(settled, 7)]


def test_a_frame_of_a_channel_that_has_gone_is_settled_on_no_other_one():
    worker, link = holding()
    link.epoch = 2
    worker.settle((1, 7), base.DONE)
    worker.settle((2, 7), base.DONE)
    link.channel = None
    worker.settle((2, 8), base.DONE)
    assert link.outcomes == [("done", 7)]


def arrive(worker, tag, redelivered=False, headers=None, properties=None):
    """Deliver a frame; return what the worker may take of it, and forget it."""
    given = properties or SimpleNamespace(headers=headers, reply_to="client")
    worker.arrived(SimpleNamespace(delivery_tag=tag, redelivered=redelivered), given, b"frame")
    arrivals, worker._arrivals = worker._arrivals, []
    return [(each.sender, each.frame, each.token, each.redeliveries) for each in arrivals]


def test_a_frame_is_taken_with_how_often_the_broker_took_it_back():
    worker, link = holding()
    assert arrive(worker, 1) == [("client", b"frame", (1, 1), 0)]
    assert arrive(worker, 2, True, {"x-delivery-count": 3}) == [("client", b"frame", (1, 2), 3)]
    assert arrive(worker, 3, False, {"x-delivery-count": 3}) == [("client", b"frame", (1, 3), 0)]
    assert arrive(worker, 4, True, {"x-delivery-count": "many"}) == [("client", b"frame", (1, 4), 0)]
    assert link.outcomes == []


def test_in_memory_what_another_worker_may_have_begun_goes_back_to_its_client():
    worker, link = holding(durable="no")
    assert arrive(worker, 1) == [("client", b"frame", (1, 1), 0)]
    assert arrive(worker, 2, redelivered=True) == []
    assert link.outcomes == [("rejected", 2)]


def test_a_message_that_nobody_can_read_is_a_dead_letter():
    worker, link = holding()
    assert arrive(worker, 1, properties=UnreadableProperties()) == []
    assert link.outcomes == [("rejected", 1)]


def test_no_results_are_published_while_the_broker_takes_none_or_is_not_there():
    worker, link = holding()
    assert worker.reply("client", b"results", [(1, 7)])
    link.blocked = True
    with pytest.raises(errors.Busy):
        worker.reply("client", b"results", [(1, 8)])
    assert "short of memory or disk" in (worker.away() or "")
    link.blocked, link.channel = False, None
    with pytest.raises(errors.Busy):
        worker.reply("client", b"results", [(1, 8)])
    assert worker.away().startswith("no link to the broker")


def test_a_frame_is_acknowledged_when_the_broker_has_its_results_and_not_where_it_refused_them():
    worker, link = holding()
    worker.reply("client", b"results", [(1, 7), (1, 8)])
    worker.reply("client", b"results", [(1, 9)])
    assert link.outcomes == []
    worker.confirmed(1, False, True)
    worker.confirmed(2, False, False)
    assert link.outcomes == [("done", 7), ("done", 8)]


def test_a_frame_is_acknowledged_when_the_earlier_of_its_results_are_confirmed_as_well():
    worker, link = holding()
    for tokens in ((), (), [(1, 7)], [(1, 8)]):
        worker.reply("client", b"results", tokens)
    worker.confirmed(3, False, True)
    worker.confirmed(1, False, True)
    assert link.outcomes == [], "the second publish may hold results of the frame as well"
    worker.confirmed(4, False, True)
    worker.confirmed(2, False, True)
    assert link.outcomes == [("done", 7), ("done", 8)]


def test_what_the_broker_refused_keeps_a_frame_whose_later_results_it_has():
    worker, link = holding()
    for tokens in ((), [(1, 7)]):
        worker.reply("client", b"results", tokens)
    worker.confirmed(2, False, True)
    worker.confirmed(1, False, False)
    assert link.outcomes == []
