"""A broker's URL at which something else listens: one sentence, soon."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator

import pytest

from runoff.services import rabbitmq

#: What a client that says "AMQP" may hear.
ANSWERS = {
    "nothing": b"",
    "http": b"HTTP/1.0 400 Bad Request\r\nContent-Length: 0\r\n\r\n",
    "redis": b"-ERR unknown command 'AMQP'\r\n",
    "another protocol version": b"AMQP\x01\x01\x08\x00",
    "a method that there is not": b"\x01\x00\x00\x00\x00\x00\x04\x00\xff\x00\xff\xce",
    "a method that is cut off": b"\x01\x00\x00\x00\x00\x00\x0a\x00\x0a\x00\x0a\x00\x09\xff\xff\xff\xff\xce",
    "a frame without its end": b"\x01\x00\x00\x00\x00\x00\x04\x00\x0a\x00\x0a\x00",
    "a heartbeat": b"\x08\x00\x00\x00\x00\x00\x00\xce",
    "a body": b"\x03\x00\x01\x00\x00\x00\x01x\xce",
    "a frame of 4 GiB": b"\x01\x00\x00\xff\xff\xff\xff" + b"x" * 1000,
}


@pytest.fixture(params=ANSWERS)
def elsewhere(request: pytest.FixtureRequest) -> Iterator[str]:
    """The URL of something that is no broker; it keeps the connection."""
    kept: list[socket.socket] = []
    with socket.create_server(("127.0.0.1", 0)) as server:

        def answer() -> None:
            connection, _ = server.accept()
            kept.append(connection)
            connection.recv(8)
            connection.sendall(ANSWERS[request.param])

        thread = threading.Thread(target=answer)
        thread.start()
        yield f"amqp://guest:secret@127.0.0.1:{server.getsockname()[1]}/"
        thread.join()
        for connection in kept:
            connection.close()


def test_what_is_no_broker_is_refused_with_a_sentence(elsewhere, monkeypatch):
    monkeypatch.setattr(rabbitmq, "ANSWER_S", 0.1)
    said = rabbitmq.refusal(elsewhere)
    assert said
    assert "\n" not in said
    assert "secret" not in said
