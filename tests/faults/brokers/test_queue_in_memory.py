# Run by pytest (Python 3.9 upward). Real brokers, real workers, real SIGKILLs.
"""A queue in memory: the client sends again what a killed worker or a broken link took."""

from __future__ import annotations

import signal
import threading
import time
from collections import Counter

import pytest

from tests.faults.amqp_workers import feed_until_dead, keep_one_running, left_in
from tests.helpers.expected import needs_rabbitmq
from tests.helpers.private_broker import channel_to

pytestmark = needs_rabbitmq


@pytest.mark.parametrize("point", ["received", "working", "worked", "replied"])
def test_a_worker_is_killed_and_its_frames_come_back_to_the_client(node, workers, in_memory, queue, point):
    dying = [workers.start(point, "3"), workers.start(point, "3")]
    in_memory.submit(range(2000))
    in_memory.collect(1, within_s=5)
    workers.start()
    in_memory.check()
    feed_until_dead(in_memory, dying)
    assert in_memory.client.counts["resent"] > 0, "the client sent them again, not the broker"
    workers.kill()
    assert left_in(node, f"runoff.tasks.{queue}-transient") == 0


def test_what_cannot_be_routed_to_a_queue_in_memory_is_sent_again(node, workers, in_memory, queue):
    workers.start()
    in_memory.submit(range(100))
    in_memory.check()
    with channel_to(node) as channel:
        channel.queue_unbind(f"runoff.tasks.{queue}-transient", "runoff.tasks", f"{queue}-transient.*")
    in_memory.submit(range(100, 200), attempts=50)
    in_memory.check()
    assert in_memory.client.counts["resent"] > 0


def test_a_task_that_kills_every_worker_has_its_outcome_without_a_broker_that_counts(workers, in_memory):
    stop = threading.Event()
    killed: Counter[int | None] = Counter()
    keeper = threading.Thread(target=keep_one_running, args=(workers, stop, killed))
    keeper.start()
    try:
        in_memory.submit(range(100))
        in_memory.submit(range(1), task="fatal", attempts=3)
        in_memory.check(errors={"E_WORKER_LOST": 1})
    finally:
        stop.set()
        keeper.join()
    assert killed[-signal.SIGKILL] == 3


def test_what_a_queue_in_memory_had_taken_is_sent_again_when_the_link_breaks(workers, in_memory):
    counts = in_memory.client.counts
    in_memory.submit(range(1000))
    until = time.monotonic() + 20
    while counts["sent"] < 1000 and time.monotonic() < until:
        in_memory.client.poll(0.1)
    in_memory.client.wire._link._connection.close()
    while counts["resent"] < 1000 and time.monotonic() < until:
        in_memory.client.poll(0.1)
    assert counts["resent"] == 1000
    workers.start()
    in_memory.check()
