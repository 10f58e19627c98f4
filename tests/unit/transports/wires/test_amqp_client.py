"""What a client over AMQP does with what comes back, and with what does not leave."""

from __future__ import annotations

import pytest

pytest.importorskip("pika")
from transports import errors, session
from transports.wires import amqp, base
from transports.wires.amqp import client as amqp_client


def test_what_came_back_before_the_link_went_is_returned_and_not_merely_lost():
    client = amqp.Client("//guest:guest@127.0.0.1/", {"scheme": "amqp"})
    client._unconfirmed = {1: (11, ["came back"]), 2: (12, ["on its way"])}
    client._unroutable = {11}
    client.link_down("unroutable")
    (first, second) = client._events
    assert first == (base.UNROUTABLE, client._lane, ["came back"])
    assert (second[0], second[2]) == (base.DOWN, "unroutable")
    assert not client._unconfirmed


def test_a_queue_in_memory_takes_no_more_while_much_waits_for_the_socket(monkeypatch):
    client = amqp.Client("//guest:guest@127.0.0.1/", {"scheme": "amqp", "durable": "no"})
    client._lane.ready = True
    published = []
    monkeypatch.setattr(client._link, "publish", lambda _exchange, _key, body, **_: published.append(body))
    monkeypatch.setattr(client._link, "unsent_bytes", lambda: sum(map(len, published)))
    frame = b"x" * 1024 * 1024
    for _ in range(amqp_client.UNSENT_BYTES // len(frame)):
        client.send(client._lane, frame)
    with pytest.raises(errors.Busy):
        client.send(client._lane, frame)


@pytest.mark.parametrize(("options", "most_s"), [({}, 1740), ({"consumer_timeout": "7200"}, 7140)])
def test_no_task_may_be_held_for_longer_than_the_broker_waits(options, most_s):
    client = session.Session(amqp.Client("//guest:guest@127.0.0.1/", {"scheme": "amqp", **options}))
    assert client.submit("noop", [1], deadline_s=most_s)
    with pytest.raises(errors.Unusable, match=f"{most_s} s at most"):
        client.submit("noop", [1], deadline_s=most_s + 1)


def test_what_the_broker_does_not_take_is_sent_on_another_channel_and_costs_no_attempt(monkeypatch):
    wire = amqp.Client("//guest:guest@127.0.0.1/", {"scheme": "amqp"})
    link = wire._link
    later, reopened = [], []
    monkeypatch.setattr(link, "run", lambda *_: None)
    monkeypatch.setattr(link, "later", lambda _wait_s, call: later.append(call))
    monkeypatch.setattr(link, "reopen", reopened.append)
    published = iter(range(1, 1000))
    monkeypatch.setattr(link, "publish", lambda *_arguments, **_properties: next(published))
    now = [10**9]
    client = session.Session(wire, now_ns=lambda: now[0])
    monkeypatch.setattr(wire, "open", lambda: None)
    client.open()
    client.submit("noop", [1], attempts=2)
    for attempt in range(1, 6):  # more often than it may be attempted
        wire._lane.ready = True
        wire._events.append((base.UP, wire._lane, None))
        now[0] += 10**9
        assert client.poll() == []
        assert client.poll() == []
        assert len(wire._unconfirmed) == 1
        wire.confirmed(attempt, False, False)
        wire.confirmed(attempt, False, False)
        assert not wire._lane.ready, "this channel gets nothing more"
        (reopen,) = later
        later.clear()
        reopen()
        link.epoch += 1
        assert reopened == ["the broker did not take a message"] * attempt
        assert client.poll() == []
    assert client.counts["not-taken"] == 5
    assert client.pending() == 1


def test_a_channel_that_is_replaced_meanwhile_is_not_replaced_again(monkeypatch):
    wire = amqp.Worker("//guest:guest@127.0.0.1/", {"scheme": "amqp"})
    later = []
    monkeypatch.setattr(wire._link, "later", lambda _wait_s, call: later.append(call))
    monkeypatch.setattr(wire._link, "reopen", pytest.fail)
    wire._unconfirmed = {1: [(0, 1)]}
    wire.confirmed(1, False, False)
    wire._link.epoch += 1
    for call in later:
        call()
