"""One connection and its channel: how long it waits, when it gives up, and which channel's calls count."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

pytest.importorskip("pika")
import pika

from transports.wires.amqp import link as amqp_link
from transports.wires.amqp.link import FIRST_WAIT_S, LONGEST_WAIT_S, Link


class Owner:
    """An owner that notes what it is told."""

    def __init__(self):
        self.told = []

    def __getattr__(self, name):
        return lambda *arguments: self.told.append((name, *arguments))


@pytest.fixture
def link(monkeypatch):
    """A link to two brokers, whose loop notes what is to be done later, and what it told its owner."""
    monkeypatch.setattr(amqp_link.random, "uniform", lambda low, high: high)
    monkeypatch.setattr(amqp_link.random, "sample", lambda brokers, count: brokers[:count])
    brokers = [SimpleNamespace(host=host, port=5672) for host in ("one", "two")]
    made = Link(brokers, Owner())
    made._loop.deactivate_poller()
    made._loop.close()
    made.waits, made.later = [], []
    made._loop = SimpleNamespace(call_later=lambda wait_s, call: made.waits.append(wait_s) or made.later.append(call))
    made._connection = SimpleNamespace(is_open=True, channel=lambda **_: None)
    return made


class Channel:
    """A channel that is open until it is closed."""

    is_open = True

    def __getattr__(self, name):
        return lambda *_arguments, **_options: None

    def close(self):
        self.is_open = False


def opened(link):
    channel = Channel()
    link._channel_open(channel)
    return channel


def told(link):
    found = [each[0] for each in link._owner.told]
    link._owner.told.clear()
    return found


@pytest.mark.parametrize("tries", [1, 3, 6])
def test_a_wait_doubles_up_to_its_limit_and_begins_anew_once_all_is_well(link, tries):
    for _ in range(tries):
        link._not_connected(None, OSError("refused"))
    assert link.waits == [min(LONGEST_WAIT_S, FIRST_WAIT_S * 2**at) for at in range(tries)]
    assert told(link) == ["link_down"] * tries
    link.settled()
    link.waits.clear()
    link._not_connected(None, OSError("refused"))
    assert link.waits == [FIRST_WAIT_S]


REFUSAL = pika.exceptions.ProbableAuthenticationError(403, "ACCESS_REFUSED - Login was refused using PLAIN")


def test_a_broker_that_refuses_the_first_time_is_asked_no_more(link):
    link._not_connected(None, REFUSAL)
    assert link.refused == "ACCESS_REFUSED - Login was refused using PLAIN"
    assert (link.waits, told(link)) == ([], [])


def test_a_broker_that_let_us_in_before_is_asked_again_whatever_it_says(link):
    opened(link)
    link._disconnected(None, OSError("reset"))
    link._not_connected(None, REFUSAL)
    assert link.refused is None
    assert len(link.waits) == 2
    assert told(link) == ["link_up", "link_down", "link_down"]


@pytest.mark.parametrize(
    ("said", "refused"),
    [
        ("NOT_ALLOWED - vhost orders not found", True),
        ("NOT_ALLOWED - access to vhost 'orders' refused for user 'me'", True),
        ("NOT_ALLOWED - access to vhost 'orders' refused for user 'me': connection limit (1) is reached", False),
        ("NOT_ALLOWED - vhost 'orders' is down", False),
        ("Connection refused", False),
    ],
)
def test_what_passes_is_no_refusal(link, said, refused):
    link._not_connected(None, OSError(said))
    assert (link.refused is not None) == refused
    assert bool(link.waits) != refused


def test_what_a_channel_that_was_given_up_still_says_does_not_count(link):
    first = opened(link)
    link.reopen("the queue was deleted")
    assert not first.is_open
    assert link.channel is None
    second = opened(link)
    assert told(link) == ["link_up", "link_down", "link_up"]
    ack = SimpleNamespace(delivery_tag=1, multiple=False, reply_code=312, reply_text="NO_ROUTE")
    for channel in (first, second):
        link._arrived(channel, ack, None, b"frame")
        link._confirmed(channel, ack)
        link._returned(channel, ack, None, b"")
        link._cancelled(channel)
        link._channel_closed(first, OSError("closed"))
    assert told(link) == ["arrived", "confirmed", "returned", "cancelled"]
    assert link.epoch == 2


class Connection:
    """A connection whose channels open at once, as ``link`` is told; ``channels`` are those that were asked for."""

    is_open = True

    def __init__(self, link):
        self._link = link
        self.channels = []

    def __getattr__(self, name):
        return lambda *_arguments, **_options: None

    def channel(self, on_open_callback):
        self.channels.append(Channel())
        on_open_callback(self.channels[-1])


@pytest.mark.parametrize("closed_by", ["us", "the broker"])
def test_a_connection_that_is_lost_before_its_next_channel_leaves_the_new_one_with_one_channel(
    link, monkeypatch, closed_by
):
    first, second = Connection(link), Connection(link)
    link._connection = first
    link._connected(first)
    if closed_by == "us":
        link.reopen("the queue was deleted")
    else:
        link._channel_closed(link.channel, OSError("closed"))
    first.is_open = False
    monkeypatch.setattr(amqp_link, "_Connection", lambda *_arguments, **_options: second)
    link._disconnected(first, OSError("reset"))
    open_channel, connect = link.later
    connect()
    link._connected(second)
    open_channel()
    assert (len(first.channels), len(second.channels)) == (1, 1)
    assert told(link) == ["link_up", "link_down", "link_up"]


def test_a_connection_that_stays_gets_its_next_channel(link):
    connection = link._connection = Connection(link)
    link._connected(connection)
    link.reopen("the queue was deleted")
    (open_channel,) = link.later
    open_channel()
    assert len(connection.channels) == 2
    assert told(link) == ["link_up", "link_down", "link_up"]


@pytest.mark.parametrize("made_again", [False, True])
def test_an_answer_about_a_queue_counts_for_the_channel_that_it_was_asked_for(link, made_again):
    asked = []
    link._connection.channel = lambda **options: asked.append(options["on_open_callback"])
    opened(link)
    found = []
    link.find_queue("queue", lambda: found.append("there"), lambda: found.append("missing"))
    callbacks = []
    channel = SimpleNamespace(add_on_close_callback=callbacks.append, queue_declare=lambda *_, **__: None)
    asked[0](channel)
    if made_again:
        link.reopen("the broker did not take a message")
    callbacks[0](channel, pika.exceptions.ChannelClosedByBroker(404, "NOT_FOUND"))
    assert found == ([] if made_again else ["missing"])


def test_only_consumers_of_the_present_channel_are_waited_for(link):
    confirms = []
    for _ in range(2):
        channel = opened(link)
        channel.basic_consume = lambda queue, arrived, auto_ack, callback: confirms.append(callback)
        assert link.is_answered()
        link.consume("tasks", 1)
        assert not link.is_answered()
    for confirm, answered in zip(confirms, (False, True)):
        confirm(None)
        assert link.is_answered() is answered
