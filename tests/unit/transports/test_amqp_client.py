"""What a client over AMQP does with what comes back, and with what does not leave."""

from __future__ import annotations

import pytest

pytest.importorskip("pika")
from transports import errors, session
from transports.wires import amqp, amqp_client, base


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
