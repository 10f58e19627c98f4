# Run by pytest (Python 3.9 upward).
"""Every field of every kind of message, with a value of every type and with hostile text."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import Any

from transports.errors import CODES
from transports.messages import json_codec

#: What no frame of JSON or MessagePack may hold: the whole frame is refused for it.
HALF_A_PAIR = "half \ud800 a pair"
TEXTS = [
    "",
    "a\nb\r\n",
    "a\"b'c`",
    "a\\b\\\\",
    'a","status":"ok","result":"forged","x":"',
    'a"\n4 5 {"id":"b"}',
    "".join(map(chr, range(32))),
    "\x00",
    "\x7f\x80\x85\u2028\u2029\ufeff\u202e",
    "٣٤²½",
    "\uff11\uff12\uff13",
    "-0",
    "1e999",
    "NaN",
    "\U0001f600" * 64,
    "x" * 65,
    "y" * 3000,
    "%s{0}{}%(a)s",
    "../../etc/passwd",
    "__class__",
    "$b64",
    "null",
]


def deep(levels: int) -> list[Any]:
    value: list[Any] = []
    for _ in range(levels - 1):
        value = [value]
    return value


VALUES: list[Any] = [
    None,
    True,
    False,
    0,
    -1,
    1,
    2**31,
    2**53,
    -(2**53),
    1.5,
    5.0,
    -0.0,
    1e308,
    [],
    {},
    [None],
    [[]],
    {"a": None},
    {"": ""},
    {"$b64": None},
    {"$b64": "AA=="},
    {"$int": "1"},
    {"$int": "٣"},
    {"$x": 1, "y": 2},
    {"__class__": {"__init__": 1}},
    deep(40),
    deep(57),
    [0] * 500,
    {f"k{number}": number for number in range(200)},
    *TEXTS,
    *([text] for text in TEXTS),
    *({text: 1} for text in TEXTS if not text.startswith("$")),
]
#: These make the whole frame one that is refused.
REFUSED_VALUES: list[Any] = [2**53 + 1, -(2**63), 2**64 - 1, HALF_A_PAIR, {HALF_A_PAIR: 1}, deep(70), [0] * 10_001]

TASK = {"id": "wrong", "name": "echo", "args": [1], "kwargs": {}, "attempt": 1, "budget_ms": 60000}
TASK_FIELDS = [*TASK, "max_attempts", "trace", "meta", "added_later"]
RESULT = {"id": "x", "attempt": 1, "status": "ok", "result": 1, "queue_us": 1, "run_us": 1}
ERROR = {"code": "E_TASK", "message": "why", "retryable": False, "type": "ValueError", "details": None}
WORKER = {"id": "w", "implementation": "CPython", "version": "3.11", "pid": 1}
#: {kind: an envelope of it that is right}
ENVELOPES: dict[str, dict[str, Any]] = {
    "hello": {"client": "c", "codecs": ["json"]},
    "welcome": {"worker": WORKER, "credit": 1, "concurrency": 1, "codec": "json", "codecs": ["json"], "tasks": []},
    "tasks": {"client": "c", "queue": "default", "reply_to": "r", "tasks": []},
    "results": {"worker": WORKER, "results": [RESULT]},
    "beat": {"held": ["x"], "credit": 1},
    "cancel": {"ids": ["x"]},
    "bye": {},
    "error": {"error": ERROR},
}
assert set(ENVELOPES) == set(json_codec.KINDS)
#: What a kind may have although it is another kind's; with a $ beside it, for which a frame is searched for tags.
STRAY_FIELDS = sorted({field for fields in ENVELOPES.values() for field in fields})
STRAY_VALUES: list[Any] = [None, True, 5, "x", {"a": 1}, [5], [None, {"id": "x", "args": {"$x": 1}}], {"$x": 1}]
assert ERROR["code"] in CODES


def before(number: int) -> dict[str, Any]:
    return {"id": f"before{number}", "name": "noop", "args": [number]}


def behind(number: int) -> dict[str, Any]:
    return {"id": f"behind{number}", "name": "noop", "args": [number]}


def hostile_tasks() -> Iterator[tuple[str, Any]]:
    """Yield (field, a task with a hostile value in it)."""
    for field in TASK_FIELDS:
        for value in VALUES:
            yield field, {**TASK, field: value}
            if field in ("args", "kwargs", "meta"):  # and one level down
                yield field, {**TASK, field: [value] if field == "args" else {"a": value}}
        yield field, {name: content for name, content in TASK.items() if name != field}
    for value in VALUES:
        yield "task", value


def frames_of_tasks(together: int = 1) -> Iterator[dict[str, Any]]:
    """Yield frames of so many hostile tasks, each between two good ones, whose ids have the task's number."""
    tasks: list[Any] = []
    for number, (_field, hostile) in enumerate(hostile_tasks()):
        if isinstance(hostile, dict) and hostile.get("id") == TASK["id"]:
            hostile["id"] = f"wrong{number}"
        tasks += [before(number), hostile, behind(number)]
        if len(tasks) >= 3 * together:
            yield {"v": 1, "kind": "tasks", "client": "c", "tasks": tasks}
            tasks = []
    yield {"v": 1, "kind": "tasks", "client": "c", "tasks": tasks}


def other_frames() -> Iterator[dict[str, Any]]:
    """Yield envelopes of every kind with a hostile value in each field, and in each field of what they hold."""
    for kind, fields in ENVELOPES.items():
        envelope = {"v": 1, "kind": kind, **fields}
        for field, value in itertools.product([*envelope, "added_later"], VALUES):
            if (kind, field) != ("tasks", "tasks"):
                yield {**envelope, field: value}
        for field, value in itertools.product(STRAY_FIELDS, STRAY_VALUES):
            if field not in envelope:
                yield {**envelope, field: value, "added_later": "$"}
        for field in fields:
            yield {name: content for name, content in envelope.items() if name != field}
    for field, value in itertools.product(RESULT, VALUES):
        yield {"v": 1, "kind": "results", "results": [{**RESULT, field: value}, value]}
    for field, value in itertools.product(ERROR, VALUES):
        yield {"v": 1, "kind": "error", "error": {**ERROR, field: value}}
        yield {"v": 1, "kind": "results", "results": [{"id": "x", "status": "error", "error": {**ERROR, field: value}}]}
    for field, value in itertools.product(WORKER, VALUES):
        yield {"v": 1, "kind": "welcome", **ENVELOPES["welcome"], "worker": {**WORKER, field: value}}


def refused_frames() -> Iterator[dict[str, Any]]:
    """Yield frames that are refused as a whole, for what one field holds."""
    for value in REFUSED_VALUES:
        for field in TASK_FIELDS:
            yield {"v": 1, "kind": "tasks", "client": "c", "tasks": [before(0), {**TASK, field: value}]}
        for kind, fields in ENVELOPES.items():
            yield {"v": 1, "kind": kind, **fields, "added_later": value}
