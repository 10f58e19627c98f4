# Run by pytest (Python 3.9 upward). Real workers, and strangers who send them anything at all.
"""Bad messages to a live worker: each gets its code or is dropped, it is logged once, and the worker goes on.

tests/unit/transports/test_codecs.py and docs/wire/vectors.json say what a frame should get. Here it goes over a wire to
a process, whose log and memory are looked at.
"""

from __future__ import annotations

import collections
import json
import re
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pika
import psutil
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from runoff.common.paths import ROOT
from runoff.services import rabbitmq_node
from tests.helpers.expected import needs_rabbitmq
from tests.helpers.private_broker import channel_to, own_queue
from tests.inside.transports.vectors import frame_of
from transports import session
from transports.errors import Refused
from transports.messages import codec_table, json_codec, strict_json

zmq = pytest.importorskip("zmq")

SPOKEN = codec_table.spoken()
MEMORY_GROWTH_BYTES = 8 * 2**20
#: Of a worker that holds as much of one client as it takes, with the frames that it has read and not looked at.
HELD_GROWTH_BYTES = 180 * 2**20
ROWS = json.loads((ROOT / "docs" / "wire" / "vectors.json").read_text(encoding="utf-8"))["vectors"]
KNOWN = [frame_of(row) for row in ROWS]

VALID = [frame_of(row) for row in ROWS if row["class"] == "ok"]  # in both codecs
anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=5,
)
#: Frames of tasks in which there is no task: each item is refused, and nobody is told.
NOTHING_TO_HOLD = [
    b'{"v":1,"kind":"tasks","client":"c","tasks":%s}' % tasks
    for tasks in (b"[]", b"[1]", b'[{"name":"noop"}]', b'[{"id":1,"name":"noop","args":[]}]')
]
FIELDS = ["id", "name", "args", "kwargs", "attempt", "budget_ms", "max_attempts", "meta", "trace"]


@st.composite
def mutated(draw: Any) -> bytes:
    frame = bytearray(draw(st.sampled_from(VALID + KNOWN[:1])))
    for _ in range(draw(st.integers(1, 4))):
        frame[draw(st.integers(0, len(frame) - 1))] = draw(st.integers(0, 255))
    return bytes(frame)


@st.composite
def with_hostile_fields(draw: Any) -> bytes:
    task = {"id": "hostile", "name": "noop", "args": [1], **draw(st.dictionaries(st.sampled_from(FIELDS), anything))}
    envelope = {"v": 1, "kind": "tasks", "client": "c", "tasks": [task, draw(anything)]}
    envelope.update(
        draw(st.dictionaries(st.sampled_from(["v", "kind", "client", "tasks", "queue"]), anything, max_size=1))
    )
    return json.dumps(envelope).encode("utf-8", "surrogatepass")


bad_frames = st.lists(
    st.binary(max_size=300) | mutated() | with_hostile_fields() | st.sampled_from(KNOWN), min_size=1, max_size=12
)


#: The kinds of frames that a worker behind a broker is sent.
BROKERED = ("tasks",)


def refusal(frame: bytes, kinds: Sequence[str] = ("hello", "tasks", "cancel", "bye")) -> str | None:
    """The code that a worker refuses the whole of ``frame`` with. kinds: those that it is sent."""
    try:
        tree = json_codec.decode(frame, SPOKEN)
    except Refused as refused:
        return refused.code
    if tree["kind"] not in kinds:
        return "E_MALFORMED"
    if tree["kind"] == "hello" and not any(codec in SPOKEN for codec in tree["codecs"]):
        return "E_CODEC"
    return None


def refusals(frames: list[bytes], *kinds: Sequence[str]) -> collections.Counter[str]:
    return collections.Counter(code for frame in frames if (code := refusal(frame, *kinds)) is not None)


class Watched:
    """A worker with its log in a file."""

    def __init__(self, url: str, folder: Path, kind: str = "thread") -> None:
        self.log = folder / "log"
        with self.log.open("w") as stderr:
            self.process = subprocess.Popen(
                [
                    sys.executable,
                    "-m",
                    "transports.worker",
                    url,
                    "--kind",
                    kind,
                    "--tasks",
                    "tests.inside.remote_tasks",
                ],
                cwd=ROOT,
                stdout=subprocess.PIPE,
                stderr=stderr,
                text=True,
            )
        assert self.process.stdout is not None
        self.address = self.process.stdout.readline().split()[1].partition("://")[2]

    def memory(self) -> int:
        """Return its resident memory in bytes."""
        return int(psutil.Process(self.process.pid).memory_info().rss)

    def check(self) -> None:
        """It is up, and said each thing once."""
        assert self.process.poll() is None
        said = [re.sub(r"^\S+ \S+ worker \d+: ", "", line) for line in self.log.read_text().splitlines()]
        assert not [line for line, times in collections.Counter(said).items() if times > 1]
        assert len(said) <= 1000
        assert not any("Traceback" in line for line in said)

    def close(self) -> None:
        self.process.kill()
        self.process.communicate()


@pytest.fixture(scope="module")
def worker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Watched]:
    worker = Watched("zmq+tcp:127.0.0.1:*", tmp_path_factory.mktemp("worker"))
    yield worker
    worker.close()


class Stranger:
    """A DEALER that sends what it likes, and notes what it is told."""

    def __init__(self, address: str) -> None:
        self.socket = zmq.Context.instance().socket(zmq.DEALER)
        self.socket.linger = 0
        self.socket.connect(f"tcp://{address}")
        self.errors: collections.Counter[str] = collections.Counter()  # of whole frames
        self.failed: dict[str, str] = {}  # tasks by id: the code of each one's error
        self.asked = 0

    def hear(self, timeout_s: float) -> list[str]:
        """The ids of results that come; errors are counted."""
        ids: list[str] = []
        while self.socket.poll(int(timeout_s * 1000) if not ids else 0):
            tree = json_codec.decode(self.socket.recv(), SPOKEN)
            if tree["kind"] == "error":
                self.errors[tree["error"]["code"]] += 1
            results = tree.get("results", ())
            ids += [result["id"] for result in results if result["status"] == "ok"]
            self.failed.update((each["id"], each["error"]["code"]) for each in results if each["status"] != "ok")
            timeout_s = 0
        return ids

    def send_task(self, name: str, *args: int) -> str:
        """Send a good task, and return its id."""
        self.asked += 1
        identity = f"good{self.asked}"
        body = json_codec.task_body(name, list(args), None)
        task = json_codec.task(identity.encode(), 1, 9000, body)
        self.socket.send(json_codec.tasks(json_codec.tasks_head("c"), [task]))
        return identity

    def is_answered(self) -> bool:
        """A good task, of a stranger who says nothing else wrong, gets its result."""
        identity = self.send_task("noop", 1)
        until = time.monotonic() + 10
        while time.monotonic() < until:
            if identity in self.hear(1.0):
                return True
        return False


@pytest.fixture(scope="module")
def stranger(worker: Watched) -> Iterator[Stranger]:
    stranger = Stranger(worker.address)
    yield stranger
    stranger.socket.close()


@settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck))
@given(bad_frames)
def test_anything_at_all_over_zeromq(worker: Watched, stranger: Stranger, frames: list[bytes]) -> None:
    stranger.errors.clear()
    for frame in frames:
        stranger.socket.send(frame)
    assert stranger.is_answered()
    assert stranger.errors == refusals(frames)
    worker.check()


@pytest.mark.parametrize("parts", [[b"", b""], [b"x"] * 3, [b"{}"] * 6, [b""] * 10000], ids=len)
def test_messages_of_more_parts_than_one_are_dropped(worker: Watched, stranger: Stranger, parts: list[bytes]) -> None:
    stranger.errors.clear()
    stranger.socket.send_multipart(parts)
    assert stranger.is_answered()
    assert not stranger.errors
    worker.check()


def test_a_flood_at_a_worker_that_computes_and_a_link_that_goes_with_it_harm_nobody(
    worker: Watched, stranger: Stranger
) -> None:
    """libzmq ends the process that reads a heartbeat out of a full queue whose link has gone."""
    for _ in range(2):
        stranger.send_task("spin", 500)
        flood = zmq.Context.instance().socket(zmq.DEALER)
        flood.linger, flood.sndhwm = 0, 0
        flood.setsockopt(zmq.HEARTBEAT_IVL, 10)
        flood.connect(f"tcp://{worker.address}")
        for _ in range(20_000):
            flood.send(NOTHING_TO_HOLD[0])
        time.sleep(0.2)  # a few heartbeats follow
        flood.close()
        assert stranger.is_answered()
    worker.check()


def test_what_a_frame_may_hold_and_no_value_of_ours_harms_no_worker_of_children(tmp_path: Path) -> None:
    """Its parent writes arguments anew, for a child: what cannot be written so is an error of that task alone."""
    worker = Watched("zmq+tcp:127.0.0.1:*", tmp_path, kind="process")
    stranger = Stranger(worker.address)
    deep = b"[" * 58 + b"]" * 58
    tag = b'[{"\\u0024x":1}]'
    large = b'["' + b"x" * strict_json.STRING_BYTES + b'","' + b"x" * strict_json.STRING_BYTES + b'"]'
    try:
        assert stranger.is_answered()
        for number, args in enumerate((deep, tag, large)):
            task = b'{"id":"%d","name":"echo","args":%s}' % (number, args)
            stranger.socket.send(json_codec.tasks(json_codec.tasks_head("c"), [task]))
        assert stranger.is_answered()
        until = time.monotonic() + 10
        while len(stranger.failed) < 3 and time.monotonic() < until:
            stranger.hear(0.5)
        assert (stranger.errors, stranger.failed) == (
            {},
            {"0": "E_TOO_LARGE", "1": "E_MALFORMED", "2": "E_TOO_LARGE"},
        )
        worker.check()
    finally:
        stranger.socket.close()
        worker.close()


def test_a_hundred_thousand_bad_messages_leave_a_workers_memory_flat(worker: Watched, stranger: Stranger) -> None:
    frames = [frame for frame in KNOWN if len(frame) < 1000 and refusal(frame)]
    assert len(frames) > 50

    def send(count: int) -> None:
        stranger.errors.clear()
        for number in range(count):
            stranger.socket.send(frames[number % len(frames)])
            if number % 10 == 0:
                stranger.hear(0.0)
                # It keeps up. A worker drops errors beyond libzmq's 64, and of those read up to 32 still count.
                while number - sum(stranger.errors.values()) > 20:
                    stranger.hear(1.0)
        while sum(stranger.errors.values()) < count:
            before = sum(stranger.errors.values())
            stranger.hear(5.0)
            assert sum(stranger.errors.values()) > before, "some were not answered"

    send(10_000)
    before = worker.memory()
    began = time.monotonic()
    send(100_000)
    grown = worker.memory() - before
    print(f"100 000 bad messages in {time.monotonic() - began:.1f} s, memory +{grown / 2**20:.1f} MiB")
    assert grown < MEMORY_GROWTH_BYTES
    assert stranger.is_answered()
    with session.connect(f"zmq+tcp:{worker.address}") as client:
        client.wait_for_workers()
        assert client.map("noop", [[number] for number in range(1000)]) == list(range(1000))
    worker.check()


def test_three_hundred_strangers_who_come_and_go_leave_a_workers_memory_flat(worker: Watched) -> None:
    def come_and_go(count: int) -> None:
        for _ in range(count):
            stranger = Stranger(worker.address)
            for frame in NOTHING_TO_HOLD:
                stranger.socket.send(frame)
            assert stranger.is_answered()
            assert not stranger.errors
            stranger.socket.close()

    come_and_go(100)
    before = worker.memory()
    come_and_go(300)
    grown = worker.memory() - before
    print(f"300 short connections, memory +{grown / 2**20:.1f} MiB")
    assert grown < MEMORY_GROWTH_BYTES
    worker.check()


def test_large_tasks_of_a_client_that_wants_no_limit_fill_no_memory_and_a_good_client_is_served(tmp_path: Path) -> None:
    worker = Watched("zmq+tcp:127.0.0.1:*", tmp_path)
    stranger = Stranger(worker.address)
    #: It is no file, and waited for.
    body = json_codec.task_body("hold", ["x" * 2**20, 0.05], None)
    head = json_codec.tasks_head("c")
    try:
        assert stranger.is_answered()
        before = most = worker.memory()
        for number in range(300):
            stranger.socket.send(json_codec.tasks(head, [json_codec.task(b"large%d" % number, 1, 60_000, body)]))
            if number % 10 == 0:  # no faster than it is read: what waits for that has its own limit
                time.sleep(0.15)
            most = max(most, worker.memory())
        with session.connect(f"zmq+tcp:{worker.address}") as client:
            client.wait_for_workers()
            assert client.map("length", [["x" * 2**20]] * 20, deadline_s=30.0) == [2**20] * 20
            most = max(most, worker.memory())
        print(f"300 MiB of tasks, memory +{(most - before) / 2**20:.1f} MiB")
        assert most - before < HELD_GROWTH_BYTES
        until = time.monotonic() + 30
        while not stranger.failed and time.monotonic() < until:
            stranger.hear(0.5)
        assert set(stranger.failed.values()) == {"E_BUSY"}
        worker.check()
    finally:
        stranger.socket.close()
        worker.close()


# --- through a broker ------------------------------------------------------------------------------------------------


class Publisher:
    """Someone with a client's rights who publishes what he likes to ``queue``, with a reply queue of that name."""

    def __init__(self, channel: Any, queue: str) -> None:
        self.channel = channel
        self._queue = queue
        self._replies = f"runoff.reply.{queue}"
        channel.queue_declare(self._replies)
        channel.queue_bind(self._replies, "runoff.replies", queue)

    def send(self, frame: bytes, reply_to: str | None = None) -> None:
        properties = pika.BasicProperties(reply_to=reply_to or self._queue)
        self.channel.basic_publish("runoff.tasks", f"{self._queue}.stranger", frame, properties)

    def errors(self) -> collections.Counter[str]:
        """The codes that it was told so far."""
        codes: collections.Counter[str] = collections.Counter()
        while (body := self.channel.basic_get(self._replies, auto_ack=True)[2]) is not None:
            tree = json_codec.decode(body, SPOKEN)
            if tree["kind"] == "error":
                codes[tree["error"]["code"]] += 1
        return codes

    def dead(self) -> list[tuple[bytes, str]]:
        """(frame, reason) of the queue's dead letters."""
        found = []
        while (answer := self.channel.basic_get("runoff.dead", auto_ack=True))[2] is not None:
            death = answer[1].headers["x-death"][0]
            if death["queue"] == f"runoff.tasks.{self._queue}":
                found.append((answer[2], death["reason"]))
        return found


@pytest.fixture(scope="module")
def brokered(node: rabbitmq_node.Node, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """(worker, publisher, client) at one queue."""
    with (
        own_queue(node, "bad-input") as queue,
        channel_to(node) as channel,
        session.connect(f"{node.url('client')}?queue={queue}") as client,
    ):
        client.wait_for_workers()
        publisher = Publisher(channel, queue)
        worker = Watched(f"{node.url('worker')}?queue={queue}", tmp_path_factory.mktemp("worker"))
        yield worker, publisher, client
        worker.close()


@needs_rabbitmq
@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(bad_frames)
def test_anything_at_all_through_a_broker(brokered: Any, frames: list[bytes]) -> None:
    """What is refused is a dead letter with the reason; its error is told as long as it need not wait."""
    worker, publisher, client = brokered
    for frame in frames:
        publisher.send(frame)
    assert client.map("noop", [[1]], deadline_s=10) == [1]
    refused = [frame for frame in frames if refusal(frame, BROKERED)]
    dead: list[tuple[bytes, str]] = []
    until = time.monotonic() + 5
    while len(dead) < len(refused) and time.monotonic() < until:
        dead += publisher.dead()
    assert collections.Counter(dead) == collections.Counter((frame, "rejected") for frame in refused)
    told = collections.Counter()
    while told != refusals(frames, BROKERED) and time.monotonic() < until:
        told += publisher.errors()
    assert told == refusals(frames, BROKERED)
    worker.check()


REFUSED = [frame for frame in KNOWN if len(frame) < 1000 and refusal(frame)]
#: Objects that a worker may keep for each message: one that keeps a single one of each message keeps 1.
MOST_KEPT = 0.05


@needs_rabbitmq
@pytest.mark.parametrize(
    ("count", "frames"),
    [
        pytest.param(5_000, REFUSED, id="5000 that become dead letters"),
        pytest.param(8_000, NOTHING_TO_HOLD, id="8000 with no task in them"),
    ],
)
def test_bad_messages_through_a_broker_leave_a_workers_memory_flat(
    brokered: Any, count: int, frames: list[bytes]
) -> None:
    """Each of them from somebody else, as far as the worker can know.

    Its allocator counts objects, which shows in thousands of messages what its resident memory shows in a hundred
    thousand; what is larger than the allocator's own blocks shows in the latter.
    """
    worker, publisher, client = brokered

    def send(first: int, last: int) -> int:
        """Return how many objects the worker has behind all of them."""
        for number in range(first, last):
            publisher.send(frames[number % len(frames)], f"stranger {number}")
        client.map("noop", [[number] for number in range(20)], deadline_s=120)
        (blocks,) = client.map("allocated_blocks", [[]], deadline_s=120)
        return int(blocks)

    blocks = send(0, count // 5)
    before = worker.memory()
    kept = (send(count // 5, count) - blocks) / (count - count // 5)
    grown = worker.memory() - before
    print(f"{kept:+.3f} objects a message, memory +{grown / 2**20:.1f} MiB")
    assert kept < MOST_KEPT
    assert grown < MEMORY_GROWTH_BYTES
    worker.check()
