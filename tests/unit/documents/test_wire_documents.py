# Run by pytest (Python 3.9 upward).
"""The schema, the AsyncAPI document, the vectors and what the code really sends agree with each other."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import jsonschema
import pytest

from runoff.common.paths import ROOT
from tests.helpers.zeromq_workers import Workers
from tests.inside.transports.vectors import frame_of
from transports import errors
from transports.messages import json_codec, strict_json, values
from transports.wires.amqp import queues as amqp_queues

WIRE = ROOT / "docs" / "wire"
SCHEMA = json.loads((WIRE / "message.schema.json").read_text(encoding="utf-8"))
ASYNCAPI = json.loads((WIRE / "asyncapi.json").read_text(encoding="utf-8"))
ROWS = json.loads((WIRE / "vectors.json").read_text(encoding="utf-8"))["vectors"]
VALID = jsonschema.Draft202012Validator(SCHEMA)


def fences(language: str) -> list[str]:
    """What stands in the blocks of README.md in ``language``."""
    text = (WIRE / "README.md").read_text(encoding="utf-8")
    return re.findall(rf"^```{language}\n(.*?)^```$", text, re.DOTALL | re.MULTILINE)


def test_the_conversation_to_begin_with_is_made_of_valid_frames():
    lines = fences("")[0].splitlines()
    assert [line.partition(" ")[0] for line in lines] == ["client", "worker", "client", "worker", "client"]
    kinds = []
    for line in lines:
        frame = json.loads(line.partition(" ")[2])
        VALID.validate(frame)
        kinds.append(frame["kind"])
    assert kinds == ["hello", "welcome", "tasks", "results", "bye"]


def test_the_client_to_begin_with_has_every_task_answered_by_our_worker(tmp_path):
    (source,) = fences("python")
    workers = Workers(tmp_path, "zmq+tcp")
    try:
        address = f"tcp://{workers.start('one')}"
        ended = subprocess.run([sys.executable, "-c", source, address], capture_output=True, text=True, timeout=60)
        assert ended.stderr == ""
        assert ended.stdout == "2000 of 2000 tasks answered\n"
    finally:
        workers.close()


def test_the_schema_is_valid_json_schema():
    jsonschema.Draft202012Validator.check_schema(SCHEMA)


def test_it_names_every_kind_and_every_code():
    kinds = {reference["$ref"].rpartition("/")[2] for reference in SCHEMA["oneOf"]}
    assert kinds == set(json_codec.KINDS)
    assert SCHEMA["$defs"]["error_object"]["properties"]["code"]["enum"] == list(errors.CODES)
    assert set(SCHEMA["$defs"]["result"]["properties"]["status"]["enum"]) == set(json_codec.STATUSES)
    for kind, fields in json_codec.KINDS.items():
        required = {name for name, _types, needed in fields if needed}
        assert set(SCHEMA["$defs"][kind]["required"]) == {"v", "kind"} | required


def test_the_table_of_codes_has_each_with_whether_it_may_be_tried_again():
    text = (WIRE / "README.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| `(E_[A-Z_]+)` \| [^|]+ \| (yes|no) \| [^|]+ \|$", text, re.MULTILINE)
    assert rows == [(code, "yes" if retryable else "no") for code, (retryable, _) in errors.CODES.items()]


@pytest.mark.parametrize("row", [row for row in ROWS if row["codecs"] == ["json"]], ids=lambda row: row["name"])
def test_schema_and_vectors_agree(row):
    """What the decoder takes, and whose tasks are all right, the schema takes; what has a wrong field, it refuses."""
    if row["frame"] == "ok":
        tree = json.loads(frame_of(row).decode("utf-8"))
        all_right = all(verdict == "ok" for verdict in row.get("tasks", []))
        assert VALID.is_valid(tree) == all_right or row["class"] == "C53" or "is no integer" in row["name"], (
            "C53 compares two fields, and to a schema 5.0 is an integer"
        )
    elif row["frame"] == "E_VERSION":
        assert not VALID.is_valid(json.loads(frame_of(row))) or b"1.0" in frame_of(row), "to a schema 1.0 is 1"


def sent() -> Iterator[bytes]:
    """A frame of every kind, as our own code writes it."""
    head = json_codec.tasks_head("c1", reply_to="r1")
    body = json_codec.task_body("noop", [1, b"\x00\xff", 2**60], {"a": None}, attempts=5, trace="t")
    yield json_codec.tasks(head, [json_codec.task(b"g" * 32, 1, 60000, body)])
    me = {"id": "g" * 32, "implementation": "CPython", "version": "3.11", "pid": 1}
    results = [
        json_codec.result_ok("g" * 32, 1, b"1", 1, 2),
        *(
            json_codec.result_other("h" * 32, 1, status, "E_TASK", "why", "ValueError")
            for status in json_codec.STATUSES[1:]
        ),
    ]
    yield json_codec.results(json_codec.results_head(me), results)
    yield json_codec.control("hello", client="c1", codecs=["json"])
    yield json_codec.control(
        "welcome", worker=me, credit=1, concurrency=1, codec="json", codecs=["json"], tasks=["noop"]
    )
    yield json_codec.control("beat", held=["g" * 32])
    yield json_codec.control("cancel", ids=["g" * 32])
    yield json_codec.control("bye")
    yield json_codec.control("error", error={"code": "E_CODEC", "message": "why", "retryable": False})


def test_what_we_send_is_what_we_publish():
    kinds = set()
    for frame in sent():
        tree: dict[str, Any] = json.loads(frame)
        VALID.validate(tree)
        json_codec.decode(frame)
        kinds.add(tree["kind"])
    assert kinds == set(json_codec.KINDS)


def references(tree: Any) -> Iterator[str]:
    if isinstance(tree, dict):
        for key, value in tree.items():
            if key == "$ref":
                yield value
            else:
                yield from references(value)
    elif isinstance(tree, list):
        for value in tree:
            yield from references(value)


def test_every_reference_of_the_asyncapi_document_leads_somewhere():
    found = list(references(ASYNCAPI))
    assert len(found) > 20
    for reference in found:
        file, _, path = reference.partition("#/")
        node = SCHEMA if file == "message.schema.json" else ASYNCAPI
        for step in path.split("/"):
            node = node[step]


def test_the_documents_use_the_names_that_the_wire_uses():
    assert ASYNCAPI["asyncapi"].startswith("3.")
    assert ASYNCAPI["channels"]["tasks"]["address"] == amqp_queues.TASKS + ".{queue}"
    assert ASYNCAPI["channels"]["replies"]["address"] == amqp_queues.REPLIES
    assert ASYNCAPI["channels"]["dead"]["address"] == amqp_queues.DEAD
    assert ASYNCAPI["channels"]["returned"]["address"] == amqp_queues.RETURNED
    text = words_of("docs/wire/README.md")
    for name in (
        amqp_queues.TASKS,
        amqp_queues.REPLIES,
        amqp_queues.DEAD,
        amqp_queues.RETURNED,
        f"QUEUE{amqp_queues.TRANSIENT}",
        f"`x-delivery-limit` {amqp_queues.DELIVERY_LIMIT}",
    ):
        assert name in text


def words_of(path: str) -> str:
    """The file's text, whatever its lines are."""
    return " ".join((ROOT / path).read_text(encoding="utf-8").split())


def test_limits_are_the_same_wherever_they_are_stated():
    frame, string = f"{strict_json.FRAME_BYTES / 2**20:g} MiB", f"{strict_json.STRING_BYTES / 2**20:g} MiB"
    wire = words_of("docs/wire/README.md")
    assert f"at most {frame}" in wire
    assert f"more than {frame}" in wire
    assert f"a string of more than {string}" in wire
    value = f"{strict_json.VALUE_BYTES / 2**20:g} MiB, {strict_json.VALUE_MEMBERS} members and {values.DEPTH} levels"
    assert f"within {value}" in wire
    assert f"`budget_ms` {json_codec.BUDGET_MS}." in wire
    transports = words_of("docs/transports.md")
    assert f"at most {frame}" in transports
    assert f"frame {frame}, {strict_json.DEPTH} levels" in transports
    assert f"members and elements in all, strings {string}" in transports
    assert "half a frame for the arguments of a task" in transports
    assert 2 * strict_json.VALUE_BYTES == strict_json.FRAME_BYTES
    assert strict_json.MEMBERS == 10_000
    node = words_of("tests/node_peers/worker/strict_json.js")
    assert f"FRAME_BYTES = {strict_json.FRAME_BYTES // 2**20} * 1024 * 1024" in node
    assert f"STRING_BYTES = {strict_json.STRING_BYTES // 1024} * 1024" in node
    assert f"DEPTH = {strict_json.DEPTH}, MEMBERS = {strict_json.MEMBERS};" in node
    names = {row["name"] for row in ROWS}
    assert {f"a string of {string}", f"a string of {string} and a byte", "exactly the limit"} <= names
