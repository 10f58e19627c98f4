# Run by pytest (Python 3.9 upward). Real workers of every kind behind a real broker.
"""What a stranger writes around a frame, as its AMQP properties and headers, costs nobody but himself."""

from __future__ import annotations

import contextlib
import struct
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pika
import pika.exceptions
import pytest

from runoff.services import rabbitmq_node
from tests.faults import hostile_worker
from tests.faults.hostile_worker import Meeting, pack
from tests.helpers.expected import needs_rabbitmq
from transports import session

pytestmark = needs_rabbitmq

HEADERS, DELIVERY_MODE, PRIORITY, REPLY_TO, EXPIRATION, TIMESTAMP = (1 << bit for bit in (13, 12, 11, 9, 8, 6))


class Raw(pika.BasicProperties):
    """Properties as bytes, which pika sends as they are."""

    def __init__(self, raw: bytes) -> None:
        super().__init__()
        self.raw = raw

    def encode(self) -> list[bytes]:
        return [self.raw]


def short(value: bytes) -> bytes:
    return struct.pack("B", len(value)) + value


def long(value: bytes) -> bytes:
    return struct.pack(">I", len(value)) + value


def nested(kind: bytes, depth: int) -> bytes:
    """Return arrays (A) or tables (F) within each other."""
    value = b"V"
    for _ in range(depth):
        value = kind + long(value if kind == b"A" else short(b"k") + value)
    return value


def table(*entries: tuple[bytes, bytes]) -> bytes:
    return long(b"".join(short(name) + value for name, value in entries))


def with_headers(*entries: tuple[bytes, bytes]) -> bytes:
    """Return properties with these headers, and without a name to reply to."""
    return struct.pack(">H", HEADERS | DELIVERY_MODE) + table(*entries) + b"\x02"


#: What pika cannot read, or may not: values of headers.
VALUES = {
    "a timestamp beyond the year 9999": b"T" + struct.pack(">Q", 2**63),
    "the largest timestamp": b"T" + b"\xff" * 8,
    "no number": b"d" + struct.pack(">d", float("nan")),
    "a float that is infinite": b"f" + struct.pack(">f", float("inf")),
    "a decimal of 255 places": b"D\xff" + b"\x7f\xff\xff\xff",
    "the least integer": b"l" + struct.pack(">q", -(2**63)),
    "text that is no UTF-8": b"S" + long(b"\xff\xfe"),
    "binary": b"x" + long(bytes(256)),
    "nothing": b"V",
    "a truth that is 7": b"t\x07",
    "arrays in 1500 levels": nested(b"A", 1500),
    "tables in 700 levels": nested(b"F", 700),
    "an array of 50000": b"A" + long(b"V" * 50000),
}
#: Forged letters of death, and counts.
FORGED = [
    {"x-death": "text"},
    {"x-death": []},
    {"x-death": [1]},
    {"x-death": [{}]},
    {"x-death": [{"reason": 1}]},
    {"x-death": [{"reason": "rejected"}]},
    {"x-delivery-count": "many"},
    {"x-delivery-count": 2**62},
    {"x-delivery-count": -1},
]
#: Properties besides the headers.
OTHERS = {
    "a reply to nobody": pika.BasicProperties(reply_to="nobody at all"),
    "a reply to a name that is no UTF-8": Raw(struct.pack(">H", REPLY_TO) + short(b"\xff\xfe")),
    "a reply to a name of 255 bytes": pika.BasicProperties(reply_to="x" * 255),
    "no name to reply to": pika.BasicProperties(),
    "the type of a pickle": pika.BasicProperties(
        content_type="application/x-python-serialize", content_encoding="gzip"
    ),
    "an expiration that is no number": Raw(struct.pack(">H", EXPIRATION) + short(b"soon")),
    "an expiration beyond all numbers": Raw(struct.pack(">H", EXPIRATION) + short(b"9" * 200)),
    "a priority beyond the range": Raw(struct.pack(">H", PRIORITY) + b"\xff"),
    "a mode of delivery that there is not": Raw(struct.pack(">H", DELIVERY_MODE) + b"\xc8"),
    "the largest time of day": Raw(struct.pack(">H", TIMESTAMP) + b"\xff" * 8),
}
KINDS = ("thread", "process", "async")
#: RabbitMQ 3.10 starts the process of a queue again that a message has ended.
BACK_WITHIN_S = 20.0


class Publisher:
    """Somebody with a client's rights, whom the broker may throw out."""

    def __init__(self, url: str, client: session.Session) -> None:
        self._parameters = pika.URLParameters(url)
        self._client = client
        self.refused = 0
        self.close()

    def close(self) -> None:
        with contextlib.suppress(AttributeError, pika.exceptions.AMQPError):
            self._channel.connection.close()
        self._channel: Any = None

    def send(self, exchange: str, key: Any, frame: bytes, properties: pika.BasicProperties) -> None:
        """Publish one message, and see it taken or refused. The good client goes on meanwhile."""
        if self._channel is None:
            self._channel = pika.BlockingConnection(self._parameters).channel()
            self._channel.confirm_delivery()
        try:
            self._publish(exchange, key, frame, properties)
        except pika.exceptions.AMQPError:
            self.refused += 1
            self.close()
        assert self._client.poll(0.0) == []

    def _publish(self, exchange: str, key: Any, frame: bytes, properties: pika.BasicProperties) -> None:
        """Publish, again where the queue is away for a moment: a message before may have ended its process."""
        until = time.monotonic() + BACK_WITHIN_S
        while True:
            try:
                self._channel.basic_publish(exchange, key, frame, properties)
            except pika.exceptions.NackError:
                assert time.monotonic() < until, f"the queue did not come back within {BACK_WITHIN_S:.0f} s"
                time.sleep(0.1)
            else:
                return


def all_properties() -> Iterator[pika.BasicProperties]:
    for value in VALUES.values():  # under names that mean something to our client and our worker, and one that is none
        yield Raw(with_headers((b"x-death", value), (b"x-delivery-count", value), (b"\xff\xfe", b"V")))
    for headers in FORGED:
        yield pika.BasicProperties(headers=headers)
    yield from OTHERS.values()


@pytest.fixture(params=KINDS)
def meeting(
    request: pytest.FixtureRequest, fresh_node: rabbitmq_node.Node, tmp_path: Path
) -> Iterator[tuple[Meeting, Publisher]]:
    """A worker, its good client and a stranger, at a durable queue: a classic one of RabbitMQ 3.10 crashes itself.

    What these messages do to the broker may end the queue that is declared next, so each kind has its own broker.
    """
    made = hostile_worker.meet_over_amqp(fresh_node, "properties", [request.param], tmp_path)
    publisher = Publisher(fresh_node.url("admin"), made.client)
    yield made, publisher
    publisher.close()
    made.close()


def tasks(number: int) -> bytes:
    task = {"id": f"stranger{number}", "name": "noop", "args": [number]}
    return pack({"v": 1, "kind": "tasks", "client": "c", "tasks": [task]}, "json")


def test_no_property_and_no_header_harms_anybody_else(meeting: tuple[Meeting, Publisher]) -> None:
    """To the worker first, then to the good client, as if from a worker; a key that is no UTF-8 at the end."""
    made, publisher = meeting
    client, queue = made.client.wire.name, made.client.wire.queue
    for number, properties in enumerate(all_properties()):
        publisher.send("runoff.tasks", f"{queue}.stranger", tasks(number), properties)
    assert 0 < publisher.refused < number / 2, "the broker itself refuses a few"
    made.check()
    for number, properties in enumerate(all_properties()):
        publisher.send("runoff.replies", client, tasks(number), properties)
    broken = pack({"v": 1, "kind": "tasks", "client": "c", "tasks": [None, 1, {}, {"id": []}]}, "json")
    publisher.send(
        "runoff.replies", client, broken, pika.BasicProperties(headers={"x-death": [{"reason": "rejected"}]})
    )
    made.check()
    publisher.send("runoff.tasks", queue.encode() + b".\xff\xfe", tasks(0), pika.BasicProperties())
    made.check()
    assert "its properties cannot be read" in made.worker.log.read_text()
