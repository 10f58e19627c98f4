# Run by pytest (Python 3.9 upward). Real workers of every kind, run by several interpreters.
"""Every field of every message with every hostile value, beside a good client: nobody else is harmed.

Each frame of tasks has a good task before and behind the hostile one. Together they are more than 100 000 frames.
"""

from __future__ import annotations

import collections
from collections.abc import Iterator
from typing import Any

import pytest

from tests.helpers import hostile_frames, hostile_worker
from tests.helpers.expected import needs_rabbitmq
from tests.helpers.hostile_worker import Meeting, pack
from transports import session, worker
from transports.messages import json_codec
from transports.wires import memory

pytest.importorskip("zmq")

#: Frames that are sent before their answers are waited for.
WINDOW = 200
MEMORY_GROWTH_BYTES = 12 * 2**20
#: What a JIT compiles is kept as well.
JIT_GROWTH_BYTES = 64 * 2**20

KINDS = ("thread", "process", "async")
RUNS = [
    pytest.param(
        wire, label, kind, marks=needs_rabbitmq if wire == "amqp" else (), id=f"{wire}-{label or 'ours'}-{kind}"
    )
    for wire, labels in (("zmq", hostile_worker.INTERPRETERS), ("amqp", (None, "cpython-2.7")))
    for label in labels
    for kind in KINDS
    if (label, kind) != ("cpython-2.7", "async")
]


def batches(frames: Iterator[Any]) -> Iterator[list[Any]]:
    batch: list[Any] = []
    for frame in frames:
        batch.append(frame)
        if len(batch) == WINDOW:
            yield batch
            batch = []
    yield batch


def expected_ids(frame: dict[str, Any]) -> list[str]:
    """Return the ids that are answered, as the wire's documents say: all that are text of 1 to 64 characters."""
    ids = [task.get("id") for task in frame["tasks"] if isinstance(task, dict)]
    return [identity for identity in ids if isinstance(identity, str) and 1 <= len(identity) <= 64]


def send_tasks(meeting: Meeting, codec: str) -> int:
    """Send every hostile task in its frame; assert that each id comes back once and each good task is answered."""
    sent = 0
    for batch in batches(hostile_frames.frames_of_tasks()):
        expected: collections.Counter[str] = collections.Counter()
        for frame in batch:
            meeting.stranger.send(pack(frame, codec))
            expected.update(expected_ids(frame))
        found, refused = meeting.stranger.results(sum(expected.values()), 30.0)
        assert not refused
        assert collections.Counter(item["id"] for item in found) == expected
        for item in found:
            for word in ("before", "behind"):
                if item["id"].startswith(word):
                    assert item["result"] == int(item["id"][len(word) :])
        sent += len(batch)
    return sent


def send_others(meeting: Meeting, codec: str) -> int:
    """Send what is refused as a whole, or is not for a worker; then see that it answers."""
    sent = 0
    frames = [*hostile_frames.other_frames(), *hostile_frames.refused_frames()]
    for number, batch in enumerate(batches(iter(frames))):
        for frame in batch:
            meeting.stranger.send(pack(frame, codec))
        good = {"v": 1, "kind": "tasks", "client": "c", "tasks": [hostile_frames.before(number)]}
        meeting.stranger.send(pack(good, codec))
        meeting.stranger.result_of(f"before{number}", 30.0)
        sent += len(batch)
    return sent


@pytest.mark.parametrize(("wire", "label", "kind"), RUNS)
def test_hostile_frames_harm_nobody_else(
    request: pytest.FixtureRequest, found: Any, tmp_path: Any, wire: str, label: str | None, kind: str
) -> None:
    options = hostile_worker.how_to_run(found, label)
    if wire == "zmq":
        meeting = hostile_worker.meet_over_zeromq(kind, tmp_path / "log", **options)
    else:
        queue = f"hostile-{label}-{kind}".replace(".", "-")  # a dot would be two words of the key
        node = request.getfixturevalue("node")
        meeting = hostile_worker.meet_over_amqp(node, queue, kind, tmp_path / "log", **options)
    # Python 2 has no MessagePack: there all of it is refused.
    codecs = ["json", "json"] if label == "cpython-2.7" else ["json", "msgpack"]
    try:
        sent = send_tasks(meeting, codecs[0]) + send_others(meeting, codecs[0])
        meeting.check()
        before = meeting.worker.memory_bytes()
        sent += send_tasks(meeting, codecs[1]) + send_others(meeting, codecs[1])
        meeting.check()
        grown = meeting.worker.memory_bytes() - before
        print(f"{sent} frames, memory +{grown / 2**20:.1f} MiB")
        assert grown < (JIT_GROWTH_BYTES if label and label.startswith("pypy") else MEMORY_GROWTH_BYTES)
    finally:
        meeting.close()


def test_there_are_a_hundred_thousand_of_them() -> None:
    frames = [*hostile_frames.frames_of_tasks(), *hostile_frames.other_frames(), *hostile_frames.refused_frames()]
    assert 2 * len(frames) * len(RUNS) > 100_000


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
            frames = [
                *hostile_frames.other_frames(),
                *hostile_frames.frames_of_tasks(),
                *hostile_frames.refused_frames(),
            ]
            for number, batch in enumerate(batches(iter(frames))):
                for frame in batch:
                    assert bad.reply(hello.sender, pack(frame, "json"))
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
