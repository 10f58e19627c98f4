"""What a client declares: where tasks, results and dead letters go, and how long they are kept."""

from __future__ import annotations

import pytest

from transports.wires.amqp import queues


def declared(durable=True, clustered=False, limit=20):
    """Return {queue: its arguments} and {(exchange, key): queues that are bound}."""
    steps = queues.declarations("jobs", "me", durable, limit, clustered)
    assert all(arguments["durable"] for method, arguments in steps if method != "queue_bind")
    bound = {}
    for method, arguments in steps:
        if method == "queue_bind":
            bound.setdefault((arguments["exchange"], arguments["routing_key"]), []).append(arguments["queue"])
    made = {arguments["queue"]: arguments["arguments"] for method, arguments in steps if method == "queue_declare"}
    there: set[tuple[str, str]] = set()
    for method, arguments in steps:
        if method == "queue_bind":
            used = {("queue", arguments["queue"]), ("exchange", arguments["exchange"])}
            assert used <= there, "nothing is bound before it is there"
        else:
            kind = method.partition("_")[0]
            there.add((kind, arguments[kind]))
    return made, bound


def test_tasks_are_on_disk_and_none_is_handed_out_for_ever():
    made, _ = declared(limit=7)
    tasks = made["runoff.tasks.jobs"]
    assert (tasks["x-queue-type"], tasks["x-delivery-limit"]) == ("quorum", 7)
    assert (tasks["x-dead-letter-exchange"], tasks["x-dead-letter-strategy"]) == (queues.DEAD, "at-least-once")
    assert tasks["x-overflow"] == "reject-publish"
    assert made[queues.DEAD] == {"x-queue-type": "quorum"}


def test_in_memory_tasks_that_cannot_be_run_go_back_to_their_client_alone():
    made, _ = declared(durable=False)
    assert made["runoff.tasks.jobs"] == {"x-queue-type": "classic", "x-dead-letter-exchange": queues.RETURNED}


@pytest.mark.parametrize(("clustered", "kind"), [(False, "classic"), (True, "quorum")])
def test_results_wait_ten_minutes_for_a_client_and_survive_the_broker_that_a_cluster_loses(clustered, kind):
    made, _ = declared(clustered=clustered)
    assert made["runoff.reply.me"] == {"x-queue-type": kind, "x-expires": 10 * 60 * 1000}


def test_every_message_reaches_who_waits_for_it():
    _, bound = declared()
    assert bound == {
        (queues.TASKS, "jobs.*"): ["runoff.tasks.jobs"],
        (queues.REPLIES, "me"): ["runoff.reply.me"],
        (queues.DEAD, "#"): [queues.DEAD],
        (queues.DEAD, "*.me"): ["runoff.reply.me"],
        (queues.RETURNED, "*.me"): ["runoff.reply.me"],
    }
