"""A URL that names several brokers, and what the AMQP wire makes of it."""

from __future__ import annotations

import pytest

pytest.importorskip("pika")
from runoff.services import rabbitmq
from transports import broker_urls, errors
from transports.wires import amqp, base
from transports.wires.amqp import link as amqp_link
from transports.wires.amqp import parameters as amqp_parameters
from transports.wires.amqp import queues as amqp_queues

THREE = "amqp://u:p%2C@127.0.0.1:1,localhost:2,[::1]:3/v"


def test_each_broker_gets_the_user_and_the_virtual_host():
    assert broker_urls.each_broker(THREE) == [
        f"amqp://u:p%2C@{at}/v" for at in ("127.0.0.1:1", "localhost:2", "[::1]:3")
    ]
    assert broker_urls.each_broker("amqp://a,b:2") == ["amqp://a", "amqp://b:2"]
    assert broker_urls.each_broker("amqp://u:a,b@c/") == ["amqp://u:a,b@c/"]
    assert broker_urls.each_broker("nonsense") == ["nonsense"]


def test_every_broker_is_checked_and_not_the_first_alone():
    made = amqp_parameters.parameters(THREE, None, 7)
    assert [(each.host, each.port, each.virtual_host, each.heartbeat) for each in made] == [
        ("127.0.0.1", 1, "v", 7),
        ("localhost", 2, "v", 7),
        ("::1", 3, "v", 7),
    ]
    with pytest.raises(errors.Unusable, match="in the clear"):
        amqp_parameters.parameters("amqp://u:p@127.0.0.1,example.org/v", None, 7)
    with pytest.raises(errors.Unusable, match="not an AMQP URL"):
        amqp_parameters.parameters("amqp://u:secret@127.0.0.1:1,127.0.0.1:x/v", None, 7)


def test_a_lost_link_tries_every_broker_before_the_lost_one_again(monkeypatch):
    tried = []
    monkeypatch.setattr(amqp_link, "_Connection", lambda parameters, **_: tried.append(parameters.port))
    starts = set()
    for _ in range(50):
        link = amqp_link.Link(amqp_parameters.parameters(THREE, None, 7), None)
        tried.clear()
        for _ in range(6):
            link.connect()
        assert sorted(tried[:3]) == [1, 2, 3]
        assert tried[3:] == tried[:3]
        starts.add(tried[0])
    assert starts == {1, 2, 3}  # clients do not all go to the same one


def test_in_a_cluster_results_are_replicated_and_what_stays_on_one_broker_is_refused():
    def kind_of_replies(url):
        client = base.client(url + "?client=me")
        declared = amqp_queues.declarations("q", "me", True, 20, client.clustered)
        (arguments,) = [
            step["arguments"] for _, step in declared if step.get("queue") == "runoff.reply.me" and "arguments" in step
        ]
        return arguments["x-queue-type"]

    assert kind_of_replies("amqp://u:p@127.0.0.1:1/v") == "classic"
    assert kind_of_replies(THREE) == "quorum"
    with pytest.raises(errors.Unusable, match="name one broker"):
        base.worker(THREE + "?durable=no")


@pytest.mark.parametrize(("given", "seconds"), [("", 10), ("?heartbeat=2", 2)])
def test_the_url_sets_the_heartbeat(given, seconds):
    assert base.client("amqp://u:p@127.0.0.1/v" + given)._link._parameters.heartbeat == seconds


@pytest.mark.parametrize("given", ["0", "x", "-1", "65536"])
def test_a_link_without_heartbeats_would_never_notice_a_cut(given):
    with pytest.raises(errors.Unusable, match="heartbeat is a whole number from 1 to 65535"):
        base.client(f"amqp://u:p@127.0.0.1/v?heartbeat={given}")


@pytest.mark.parametrize(
    ("option", "wrong", "right", "span"),
    [
        ("delivery_limit", "-1", "0", "0 to 2147483647"),
        ("delivery_limit", "2147483648", "2147483647", "0 to 2147483647"),
        ("consumer_timeout", "60", "61", "61 to 2147483647"),
    ],
)
def test_a_number_that_no_broker_could_use_is_refused(option, wrong, right, span):
    base.client(f"amqp://u:p@127.0.0.1/v?{option}={right}")
    with pytest.raises(errors.Unusable, match=f"^{option} is a whole number from {span}$"):
        base.client(f"amqp://u:p@127.0.0.1/v?{option}={wrong}")


def test_the_driver_reads_the_same_form_and_shows_no_password():
    assert [each.port for each in rabbitmq._parameters(THREE)] == [1, 2, 3]
    assert rabbitmq.hidden(THREE) == "amqp://u:**@127.0.0.1:1,localhost:2,[::1]:3/v"
    given = rabbitmq.Broker(THREE, THREE, "given")
    assert given.one == "amqp://u:p%2C@127.0.0.1:1/v"
    assert amqp.Client(THREE[5:], {"scheme": "amqp"}).address == "amqp://u:**@127.0.0.1:1,localhost:2,[::1]:3/v"
