# Run by pytest (Python 3.9 upward). Real workers of every kind, run by several interpreters.
"""Every field of every message with every hostile value, beside a good client: nobody else is harmed.

Each hostile task has a good task before and behind it. Our own interpreter gets the frames that a fuzzer found as well.
Workers behind a broker, over durable queues, share the frames that are no tasks: a wire does not look into them.
"""

from __future__ import annotations

import collections
import functools
import threading
from collections.abc import Iterator, Sequence
from typing import Any

import pika
import pytest

from tests.faults import hostile_worker
from tests.faults.hostile_worker import Meeting, pack
from tests.helpers import hostile_frames
from tests.helpers.expected import needs_rabbitmq
from tests.inside.transports import corpus_file
from transports import session, worker
from transports.messages import json_codec
from transports.wires import memory
from transports.wires.amqp import queues as amqp_queues

pytest.importorskip("zmq")

#: Frames that are sent before their answers are waited for.
WINDOW = 200
PATIENCE_S = 120.0  # for the answers to them, whatever else this machine does
MEMORY_GROWTH_BYTES = 12 * 2**20
#: What a JIT compiles is kept as well.
JIT_GROWTH_BYTES = 32 * 2**20
#: Hostile tasks in a frame: a message through a broker costs ten times as much.
TOGETHER = {"zmq": 1, "amqp": 20}
LEAST_FRAMES = 100_000

KINDS = ("thread", "process", "async")
RUNS = [
    pytest.param(wire, label, marks=needs_rabbitmq if wire == "amqp" else (), id=f"{wire}-{label or 'ours'}")
    for wire in TOGETHER
    for label in hostile_worker.INTERPRETERS
]
#: {(wire, label): frames that its workers were sent}
SENT: dict[tuple[str, str | None], int] = {}


def batches(frames: Sequence[Any]) -> Iterator[Sequence[Any]]:
    for begin in range(0, len(frames), WINDOW):
        yield frames[begin : begin + WINDOW]


def expected_ids(frame: dict[str, Any]) -> list[str]:
    """Return the ids that are answered, as the wire's documents say: all that are text of 1 to 64 characters."""
    ids = [task.get("id") for task in frame["tasks"] if isinstance(task, dict)]
    return [identity for identity in ids if isinstance(identity, str) and 1 <= len(identity) <= 64]


@functools.cache
def frames_of_tasks(codec: str, together: int) -> list[tuple[bytes, list[str]]]:
    """Return (frame, the ids that are answered) of all hostile tasks."""
    return [(pack(frame, codec), expected_ids(frame)) for frame in hostile_frames.frames_of_tasks(together)]


@functools.cache
def other_frames(codec: str) -> list[bytes]:
    """Return what is refused as a whole, or is not for a worker."""
    frames = [*hostile_frames.other_frames(), *hostile_frames.refused_frames()]
    return [pack(frame, codec) for frame in frames]


def found_by_coverage() -> list[bytes]:
    """Return the frames that a fuzzer found."""
    return [frame for decoder in ("json", "msgpack", "worker", "client") for frame, _ in corpus_file.read(decoder)]


def send_tasks(meeting: Meeting, frames: Sequence[tuple[bytes, list[str]]]) -> int:
    """Send hostile tasks; assert that each worker answers each id once, and each good task with its result."""
    for batch in batches(frames):
        expected: collections.Counter[str] = collections.Counter()
        for frame, ids in batch:
            meeting.stranger.send(frame)
            expected.update(ids)
        found, refused = meeting.stranger.results(sum(expected.values()) * len(meeting.workers), PATIENCE_S)
        assert not refused
        answered: dict[str, collections.Counter[str]] = collections.defaultdict(collections.Counter)
        for item in found:
            answered[item["by"]][item["id"]] += 1
            for word in ("before", "behind"):
                if item["id"].startswith(word):
                    assert item["result"] == int(item["id"][len(word) :])
        assert list(answered.values()) == [expected] * len(meeting.workers)
        meeting.go_on()
    return len(frames) * len(meeting.workers)


def send_others(meeting: Meeting, frames: Sequence[bytes], codec: str) -> int:
    """Send frames whose answers nobody waits for; then see that each worker answers a good task."""
    for number, batch in enumerate(batches(frames)):
        for frame in batch:
            meeting.stranger.send(frame, answered=False)
        good = {"v": 1, "kind": "tasks", "client": "c", "tasks": [hostile_frames.before(number)]}
        meeting.stranger.send(pack(good, codec))
        meeting.stranger.wait_for(f"before{number}", len(meeting.workers), PATIENCE_S)
        meeting.go_on()
    return len(frames) * len(meeting.workers)


@pytest.mark.parametrize(("wire", "label"), RUNS)
def test_hostile_frames_harm_nobody_else(
    request: pytest.FixtureRequest, found: Any, tmp_path: Any, wire: str, label: str | None
) -> None:
    """A worker of each kind gets all of them at once."""
    options = hostile_worker.how_to_run(found, label)
    kinds = KINDS[:2] if label == "cpython-2.7" else KINDS  # it has no asyncio
    if wire == "zmq":
        meeting = hostile_worker.meet_over_zeromq(kinds, tmp_path, **options)
    else:
        node = request.getfixturevalue("node")
        meeting = hostile_worker.meet_over_amqp(node, f"hostile-frames-{label}", kinds, tmp_path, **options)
    # Python 2 has no MessagePack: there all of it is refused.
    codecs = ["json", "json"] if label == "cpython-2.7" else ["json", "msgpack"]
    number = hostile_worker.INTERPRETERS.index(label)
    share = slice(None) if wire == "zmq" else slice(number, None, len(hostile_worker.INTERPRETERS))
    try:
        sent = send_others(meeting, found_by_coverage()[share], "json") if label is None else 0
        sent += send_tasks(meeting, frames_of_tasks(codecs[0], TOGETHER[wire]))
        sent += send_others(meeting, other_frames(codecs[0])[share], codecs[0])
        meeting.check()
        before = [each.memory_bytes() for each in meeting.workers]
        sent += send_tasks(meeting, frames_of_tasks(codecs[1], TOGETHER[wire]))
        sent += send_others(meeting, other_frames(codecs[1])[share], codecs[1])
        meeting.check()
        grown = [each.memory_bytes() - least for each, least in zip(meeting.workers, before)]
        print(f"{sent} frames, memory", *(f"+{bytes_ / 2**20:.1f} MiB" for bytes_ in grown))
        assert max(grown) < (JIT_GROWTH_BYTES if label and label.startswith("pypy") else MEMORY_GROWTH_BYTES)
        SENT[wire, label] = sent
    finally:
        meeting.close()


def test_they_were_a_hundred_thousand() -> None:
    """Three interpreters get as many over ZeroMQ alone."""
    if sum(wire == "zmq" for wire, _ in SENT) < 3:
        pytest.skip("fewer than three interpreters were tried over ZeroMQ")
    print(f"{sum(SENT.values())} frames")
    assert sum(SENT.values()) >= LEAST_FRAMES


def test_a_hostile_worker_harms_no_client() -> None:
    """Every frame that a worker may send, and may not, comes from a second worker while the first one answers."""
    name = "hostile-frames"
    good = worker.Worker(f"memory:{name}")
    bad = memory.Worker(name, {})
    try:
        with session.connect(f"memory:{name}") as client:
            client.poll(0.0)
            good.service.turn(0.0)
            client.wait_for_workers(1)
            bad.open()
            client.poll(0.1)
            (hello,) = bad.receive(1.0)
            frames = [frame for frame, _ in frames_of_tasks("json", 1)] + other_frames("json") + found_by_coverage()
            for number, batch in enumerate(batches(frames)):
                for frame in batch:
                    assert bad.reply(hello.sender, frame)
                identity = client.submit("noop", [number], deadline_s=20)
                outcomes: list[Any] = []
                while not outcomes:
                    outcomes = client.poll(0.01)
                    good.service.turn(0.0)
                    # What it was sent it never answers: it gives it back.
                    for arrival in bad.receive(0.0):
                        tree = json_codec.decode(arrival.frame)
                        for task in tree.get("tasks", ()):
                            result = {"id": task["id"], "attempt": task["attempt"], "status": "released"}
                            bad.reply(hello.sender, json_codec.control("results", results=[result]))
                (outcome,) = outcomes
                assert (outcome.id, outcome.result, outcome.error) == (identity, number, None)
            assert client.pending() == 0
    finally:
        good.wire.close()
        good.service.close()
        bad.close()
        memory.forget(name)


@needs_rabbitmq
def test_what_controls_a_link_means_nothing_behind_a_broker(node: Any, queue: str) -> None:
    """Whoever may publish can write to every queue, in any client's name."""
    with session.connect(f"{node.url('client')}?queue={queue}") as client:
        client.wait_for_workers(1)
        serving = worker.Worker(f"{node.url('worker')}?queue={queue}")
        thread = threading.Thread(target=serving.run)
        thread.start()
        try:
            slow = client.submit("sleep", [1.0])
            client.poll(0.3)
            connection = pika.BlockingConnection(pika.URLParameters(node.url("admin")))
            channel = connection.channel()
            told: dict[str, dict[str, Any]] = {"cancel": {"ids": [slow]}, "beat": {"held": [], "credit": 0}}
            for kind in ("cancel", "hello", "welcome", "beat", "bye"):
                frame = json_codec.control(kind, **told.get(kind, hostile_frames.ENVELOPES[kind]))
                sent_by_client = pika.BasicProperties(reply_to=client.wire.name)
                channel.basic_publish(amqp_queues.TASKS, f"{queue}.{client.wire.name}", frame, sent_by_client)
                channel.basic_publish(amqp_queues.REPLIES, client.wire.name, frame)
            connection.close()
            outcomes: list[Any] = []
            while not outcomes:
                outcomes = client.poll(5.0)
            assert [(outcome.id, outcome.error) for outcome in outcomes] == [(slow, None)]
            assert client.map("noop", [[number] for number in range(9)], deadline_s=10) == list(range(9))
            assert client.counts["refused"] == 5
        finally:
            serving.stop()
            thread.join(PATIENCE_S)
