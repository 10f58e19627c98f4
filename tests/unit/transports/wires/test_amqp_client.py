"""What a client over AMQP does with what comes back, and with what does not leave."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

pytest.importorskip("pika")
from transports import errors, session
from transports.wires import amqp, base
from transports.wires.amqp import client as amqp_client
from transports.wires.amqp import end


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


def test_what_is_not_accepted_beside_a_frame_that_the_broker_does_not_take_costs_no_attempt_either(up):
    wire, _, _ = up
    wire._hold_back_confirms()
    for identity in ("young", "refused", "unroutable", "beside"):
        wire.send(wire._lane, b"frame", [identity])
    wire.confirmed(1, False, True)
    wire.returned(SimpleNamespace(message_id="3"), "312 NO_ROUTE")
    wire.confirmed(2, False, False)
    wire.link_down("the broker did not take a message")
    assert events(wire) == [
        (base.NOT_TAKEN, ["refused"]),
        (base.UNROUTABLE, ["unroutable"]),
        (base.NOT_TAKEN, ["beside"]),
        (base.NOT_TAKEN, ["young"]),
        (base.DOWN, "the broker did not take a message"),
    ]
    wire._lane.ready = True
    wire.send(wire._lane, b"frame", ["later"])
    wire.link_down("reset")
    assert events(wire) == [(base.DOWN, "reset")]


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


@pytest.fixture
def up(monkeypatch):
    """A client whose lane is up, the frames that it has published, and a clock that the test sets."""
    wire = amqp.Client("//guest:guest@127.0.0.1/", {"scheme": "amqp"})
    now, published = [10**12], []
    monkeypatch.setattr(amqp_client.clock, "now_ns", lambda: now[0])
    monkeypatch.setattr(wire._link, "publish", lambda *_more, **_options: published.append(1) or len(published))
    monkeypatch.setattr(wire._link, "later", lambda _wait_s, _call: None)
    monkeypatch.setattr(wire._link, "settled", lambda: None)
    wire._lane.ready = True
    return wire, published, now


def events(wire) -> list:
    found = [(event, payload) for event, _, payload in wire._events]
    wire._events.clear()
    return found


def test_nothing_is_sent_while_the_broker_takes_none_or_too_much_is_unconfirmed(up):
    wire, published, _ = up
    wire._link.blocked = True
    with pytest.raises(errors.Busy):
        wire.send(wire._lane, b"frame", ["a"])
    wire._link.blocked = False
    for number in range(amqp_client.WINDOW):
        wire.send(wire._lane, b"frame", [number])
    with pytest.raises(errors.Busy):
        wire.send(wire._lane, b"frame", ["b"])
    wire.confirmed(2, True, True)
    wire.send(wire._lane, b"frame", ["c"])
    assert len(published) == amqp_client.WINDOW + 1
    assert events(wire) == [(base.ACCEPTED, [0]), (base.ACCEPTED, [1])]


def test_what_a_young_queue_confirms_counts_as_accepted_once_the_queue_is_old_enough(up):
    wire, _, now = up
    wire._hold_back_confirms()
    wire.send(wire._lane, b"frame", ["a"])
    wire.send(wire._lane, b"frame", ["b"])
    wire.confirmed(1, False, True)
    assert events(wire) == []
    now[0] += int(amqp_client.YOUNG_S * 1e9) - 1
    wire._accept_held_back()
    assert events(wire) == []
    now[0] += 1
    wire._accept_held_back()
    wire._accept_held_back()
    wire.confirmed(2, False, True)
    assert events(wire) == [(base.ACCEPTED, ["a"]), (base.ACCEPTED, ["b"])]


def test_a_link_that_goes_takes_along_what_a_young_queue_confirmed(up):
    wire, _, now = up
    wire._hold_back_confirms()
    wire.send(wire._lane, b"frame", ["a"])
    wire.confirmed(1, False, True)
    wire.link_down("gone")
    now[0] += 2 * int(amqp_client.YOUNG_S * 1e9)
    wire._accept_held_back()
    assert events(wire) == [(base.DOWN, "gone")]


def test_a_frame_that_no_queue_took_is_told_so_though_it_is_confirmed(up):
    wire, _, _ = up
    wire.send(wire._lane, b"frame", ["a"])
    wire.send(wire._lane, b"frame", ["b"])
    wire.returned(SimpleNamespace(message_id="2"), "312 NO_ROUTE")
    wire.confirmed(2, True, True)
    assert events(wire) == [(base.ACCEPTED, ["a"]), (base.UNROUTABLE, ["b"])]


@pytest.mark.parametrize(
    ("headers", "event"),
    [
        (None, (base.FRAME, b"frame")),
        ({"x-death": [{"reason": "delivery_limit"}]}, (base.GIVEN_UP, (b"frame", "delivery_limit"))),
        ({"x-death": []}, (base.FRAME, b"frame")),
        ({"x-death": [{"reason": 7}]}, (base.FRAME, b"frame")),
        ({"x-death": "forged"}, (base.FRAME, b"frame")),
    ],
)
def test_what_came_back_as_a_dead_letter_is_told_from_results(up, headers, event):
    wire, _, _ = up
    wire.arrived(SimpleNamespace(delivery_tag=7), SimpleNamespace(headers=headers), b"frame")
    assert events(wire) == [event]


def test_results_are_acknowledged_together_once_they_are_here(up, monkeypatch):
    wire, _, _ = up
    acknowledged = []
    channel = SimpleNamespace(basic_ack=lambda tag, multiple: acknowledged.append((tag, multiple)))
    wire._link.channel = channel
    for tag in (1, 2):
        wire.arrived(SimpleNamespace(delivery_tag=tag), SimpleNamespace(headers=None), b"frame")
    assert acknowledged == []
    assert len(wire.poll(0.0)) == 2
    assert acknowledged == [(2, True)]
    monkeypatch.setattr(wire._link, "run", lambda *_: None)
    assert wire.poll(0.0) == []
    assert acknowledged == [(2, True)]


def test_results_of_a_channel_that_has_gone_are_acknowledged_on_no_other_one(up, monkeypatch):
    wire, _, _ = up
    wire.arrived(SimpleNamespace(delivery_tag=7), SimpleNamespace(headers=None), b"frame")
    wire._link.channel = SimpleNamespace(basic_ack=pytest.fail)
    monkeypatch.setattr(wire._link, "in_order", lambda *_: None)
    wire.link_up()
    assert len(wire.poll(0.0)) == 1


@pytest.mark.parametrize(
    ("missing", "why"),
    [
        (None, None),
        ("runoff.tasks.mine", "the queue runoff.tasks.mine was deleted"),
        ("runoff.reply.me", "the queue runoff.reply.me was deleted, or expired"),
    ],
)
def test_accepted_tasks_are_lost_with_their_queue_and_with_the_one_for_their_results(monkeypatch, missing, why):
    wire = amqp.Client("//guest:guest@127.0.0.1/", {"scheme": "amqp", "queue": "mine", "client": "me"})
    looked_for, declared = [], []

    def find(queue, if_there, if_missing):
        looked_for.append(queue)
        (if_missing if queue == missing else if_there)()

    monkeypatch.setattr(wire._link, "find_queue", find)
    monkeypatch.setattr(wire._link, "in_order", lambda steps, _done: declared.append(steps))
    monkeypatch.setattr(wire._link, "later", lambda _wait_s, _call: None)
    wire.link_up()
    assert (looked_for, len(declared)) == ([], 1), "nothing was accepted yet"
    wire._was_up = True
    wire.link_up()
    assert (looked_for[-1], len(declared)) == (missing or "runoff.reply.me", 2)
    assert events(wire) == ([] if missing is None else [(base.QUEUE_LOST, why)])


def test_a_broker_that_owes_a_confirm_has_its_time_on_each_channel_anew(up):
    wire, _, _ = up
    wire.send(wire._lane, b"frame", ["a"])
    assert [wire._is_owed_too_long(now) for now in (0, end.PATIENCE_NS, end.PATIENCE_NS + 1)] == [False, False, True]
    wire._link.epoch += 1
    late = 3 * end.PATIENCE_NS
    assert [wire._is_owed_too_long(late + more) for more in (0, end.PATIENCE_NS + 1)] == [False, True]
    wire._link.blocked = True
    assert not wire._is_owed_too_long(2 * late)
    wire._link.blocked = False
    assert not wire._is_owed_too_long(3 * late), "it was blocked, and had no time to confirm"
    wire.confirmed(1, False, True)
    assert not wire._is_owed_too_long(9 * late)
