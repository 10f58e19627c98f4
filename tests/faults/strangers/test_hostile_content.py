# Run by pytest (Python 3.9 upward). Real workers of every kind, a good client of each, and a stranger.
"""What a stranger sends costs nobody but himself: no worker ends, no other answer is lost or changed."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.faults import hostile_worker
from tests.faults.hostile_worker import Meeting, pack
from tests.helpers.expected import needs_rabbitmq

pytest.importorskip("zmq")

KINDS = ("thread", "process", "async")


WORKERS = [("zmq", kind) for kind in KINDS] + [
    pytest.param(("amqp", kind), marks=needs_rabbitmq, id=f"amqp-{kind}") for kind in KINDS
]


@pytest.fixture(scope="module", params=WORKERS, ids="-".join)
def meeting(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Meeting]:
    wire, kind = request.param
    folder: Path = tmp_path_factory.mktemp(kind)
    if wire == "zmq":
        made = hostile_worker.meet_over_zeromq([kind], folder)
    else:
        made = hostile_worker.meet_over_amqp(request.getfixturevalue("node"), "hostile-content", [kind], folder)
    yield made
    made.close()


def send(meeting: Meeting, codec: str, *tasks: Any) -> dict[str, dict[str, Any]]:
    """Return {id: result} of ``tasks``, sent in one frame."""
    meeting.stranger.send(pack({"v": 1, "kind": "tasks", "client": "c", "tasks": tasks}, codec))
    found, refused = meeting.stranger.results(len(tasks))
    assert not refused
    assert len(found) == len({item["id"] for item in found})
    return {item["id"]: item for item in found}


def echo(identity: Any, *args: Any, **fields: Any) -> dict[str, Any]:
    return {"id": identity, "name": "echo", "args": list(args), **fields}


WRONG = [None, True, False, 0, 1.5, [], {}, ["AA=="], {"a": "AA=="}, "*", "AB==", "AA", "٣", "--5", "1e9", "5\n"]


@pytest.mark.parametrize("codec", hostile_worker.SPOKEN)
@pytest.mark.parametrize("tag", ["$b64", "$int", "$x"])
def test_a_wrong_tag_costs_its_task_alone(meeting: Meeting, codec: str, tag: str) -> None:
    for field in ("args", "kwargs", "meta"):
        for value in WRONG:
            wrong = {tag: value}
            tasks = [echo("before", 1), echo("wrong"), echo("behind", 2)]
            tasks[1][field] = [wrong] if field == "args" else {"a": wrong}
            found = send(meeting, codec, *tasks)
            assert found["wrong"]["error"]["code"] == "E_MALFORMED"
            assert [found[name]["result"] for name in ("before", "behind")] == [[[1], {}], [[2], {}]]
    meeting.check()


HOSTILE_IDS = [
    "a\nb",
    'a"\n4 5 {"id":"b","status":"ok","result":1}',
    'a"b',
    "a\\b",
    "\\",
    '"',
    'a","status":"ok","result":"forged","x":"',
    "".join(map(chr, range(32))),
    "\x00",
    "\x7f\x80\x85\u2028\u2029\ufeff",
    "\U0001f600" * 64,
    "٣٤²",
    "%s{0}{}",
    "x" * 64,
]


@pytest.mark.parametrize("codec", hostile_worker.SPOKEN)
def test_every_id_that_is_accepted_comes_back_as_it_was_sent(meeting: Meeting, codec: str) -> None:
    """In one frame with others: of tasks that have a value, fail, and are refused."""
    for identity in HOSTILE_IDS:
        tasks = [echo("before", 1), echo(identity, identity), echo("behind", 2)]
        found = send(meeting, codec, *tasks)
        assert {name: item["result"][0] for name, item in found.items()} == {
            "before": [1],
            identity: [identity],
            "behind": [2],
        }
        for change, code in (
            ({"name": identity}, "E_UNKNOWN_TASK"),
            ({"name": "noop", "args": [1, 2, 3]}, "E_BAD_ARGS"),
            ({"name": "sleep", "args": [identity]}, "E_TASK"),
            ({"budget_ms": 0}, "E_DEADLINE"),
            ({"attempt": identity}, "E_MALFORMED"),
            ({"name": "noop", "args": [identity] * 2}, "E_BAD_ARGS"),
        ):
            found = send(meeting, codec, echo("before", 1), echo(identity, **change), echo("behind", 2))
            assert found[identity]["error"]["code"] == code
            assert [found[name]["result"] for name in ("before", "behind")] == [[[1], {}], [[2], {}]]
    meeting.check()
