# Run by pytest (Python 3.9 upward). Real workers.
"""Each of the twelve error codes, got for real: as an outcome, as the error of a refused frame, or of a task given
back."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Callable

import pytest

from runoff.common.paths import ROOT

zmq = pytest.importorskip("zmq")
from transports import errors, session  # noqa: E402
from transports.messages import json_codec, strict_json  # noqa: E402
from transports.wires import base, curve  # noqa: E402


@contextmanager
def worker(url: str, *options: str) -> Iterator[str]:
    """Where it listens."""
    command = [sys.executable, "-m", "transports.worker", url, "--tasks", "tests.inside.remote_tasks", *options]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            yield process.stdout.readline().split()[1].rpartition("/")[2]
        finally:
            process.kill()


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    with worker("zmq+tcp:127.0.0.1:*", "--credit", "1") as where:
        yield where


@pytest.fixture
def client(address: str) -> Iterator[session.Session]:
    with session.connect(f"zmq+tcp:{address}") as client:
        client.wait_for_workers()
        yield client


def outcome(name: str, *arguments: object, **options: object) -> Callable[[session.Session], str]:
    """The code that this task's outcome has."""

    def ask(client: session.Session) -> str:
        (found,) = client.gather(name, [arguments], **options)
        return str(found.error["code"])

    return ask


def answer(client: session.Session, frame: bytes, kind: str) -> dict:
    """The first message of ``kind`` that answers ``frame``, past the session, which would never send such a one."""
    (lane,) = client._lanes
    client.wire.send(lane, frame)
    until = time.monotonic() + 20
    while time.monotonic() < until:
        for event, _, payload in client.wire.poll(0.1):
            if event == base.FRAME and json_codec.decode(payload)["kind"] == kind:
                return dict(json_codec.decode(payload))
    raise AssertionError("no answer")


def refused(frame: bytes) -> Callable[[session.Session], str]:
    """The code of the error that answers ``frame``."""
    return lambda client: str(answer(client, frame, "error")["error"]["code"])


def cancelled(client: session.Session) -> str:
    identity = client.submit("sleep", [0.5])
    client.poll(0.1)
    client.cancel(identity)
    (found,) = client.poll(1.0)
    return str(found.error["code"])


def given_back(client: session.Session) -> str:
    """More at once than twice the worker's credit."""
    items = [
        json_codec.task(identity, 1, 10000, json_codec.task_body("sleep", [0.2], None))
        for identity in (b"a", b"b", b"c")
    ]
    found = answer(client, json_codec.tasks(json_codec.tasks_head(client.id), items), "results")["results"]
    assert [(item["id"], item["status"]) for item in found] == [("c", "released")]
    return str(found[0]["error"]["code"])


HOW = {
    "E_VERSION": refused(b'{"v":2,"kind":"hello","client":"c","codecs":["json"]}'),
    "E_MALFORMED": refused(b'{"v":1,"kind":"nonsense"}'),
    "E_TOO_LARGE": outcome("long_text", strict_json.STRING_BYTES + 1),
    "E_CODEC": refused(b"GET / HTTP/1.1"),
    "E_UNKNOWN_TASK": outcome("no-such-task"),
    "E_BAD_ARGS": outcome("noop", 1, 2, 3),
    "E_TASK": outcome("fail", "why"),
    "E_DEADLINE": outcome("sleep", 5.0, deadline_s=0.5),
    "E_CANCELLED": cancelled,
    "E_WORKER_LOST": outcome("leave", 3, attempts=1),
    "E_BUSY": given_back,
}


@pytest.mark.parametrize("code", HOW)
def test_each_error_code_is_got_for_real(code, client):
    assert HOW[code](client) == code


@pytest.mark.skipif(not zmq.has("curve"), reason="this libzmq has no CURVE")
def test_who_is_not_known_gets_e_auth(tmp_path: Path):
    for name in ("worker", "client"):
        curve.write_keys(str(tmp_path), name)
    (tmp_path / "nobody").mkdir()
    url = f"zmq+tcp:127.0.0.1:*?key={tmp_path}/worker.key_secret&clients={tmp_path}/nobody"
    secret = f"key={tmp_path}/client.key_secret&server={tmp_path}/worker.key"
    with worker(url) as where, session.connect(f"zmq+tcp:{where}?{secret}") as client:
        assert outcome("noop", 1, deadline_s=2.0)(client) == "E_AUTH"


def test_no_error_code_is_left_out():
    assert {*HOW, "E_AUTH"} == set(errors.CODES)
