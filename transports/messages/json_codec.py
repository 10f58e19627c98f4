# Run by the interpreter under test (Python 2.7 upward).
"""The message: an envelope with a list of tasks or of results, as one frame.

What all tasks of a frame share (version, client, queue) stands once in the envelope, so that a frame with one task
costs little more than a bare one and a frame with a hundred costs far less than a hundred. docs/transports.md has the
fields.
"""

from __future__ import absolute_import, division, print_function, unicode_literals

import binascii
import json
import os
import re

from transports.errors import CODES, Refused, describe
from transports.messages import strict_json, strict_msgpack, values

VERSION = 1
NAME = "json"  # of this codec, see codec_table.py
MEMBER_BYTES = 2  # the least that a member or an element takes
TEXT = type("")
_WHOLE = (int, type(2**64))  # Python 2's long
_NUMBER = (int, type(2**64), float)

ID_CHARS = 64
NAME_CHARS = 200
BUDGET_MS = 60000  # of a task that does not say

#: {kind: [(field, types, must it be there?)]}. Fields that are not named here are ignored, so that a newer minor
#: version may add some. A whole number is 0 at least.
KINDS = {
    "hello": [("client", (TEXT,), True), ("codecs", (list,), True)],
    "welcome": [
        ("worker", (dict,), True),
        ("credit", _WHOLE, True),
        ("concurrency", _WHOLE, True),
        ("codec", (TEXT,), True),
    ],
    "tasks": [
        ("client", (TEXT,), True),
        ("tasks", (list,), True),
        ("queue", (TEXT,), False),
        ("reply_to", (TEXT,), False),
    ],
    "results": [("results", (list,), True), ("worker", (dict,), False)],
    "beat": [("held", (list,), True), ("credit", _WHOLE, False)],
    "cancel": [("ids", (list,), True)],
    "bye": [],
    "error": [("error", (dict,), True)],
}
_ABSENT = object()

_OPTIONAL = [("kwargs", (dict,)), ("max_attempts", _WHOLE), ("trace", (TEXT,)), ("meta", (dict,))]
_NO_ARGS = []
_KEYWORD = re.compile(r"(?!__)[A-Za-z_][A-Za-z0-9_]*\Z")

OK, ERROR, RETRY, RELEASED = "ok", "error", "retry", "released"
STATUSES = (OK, ERROR, RETRY, RELEASED)


# --- frames in -------------------------------------------------------------------------------------------------------


def codec_of(frame):
    """Return "json" or "msgpack" by the first byte; raise Refused with E_CODEC for anything else."""
    if frame[:1] == b"{":
        return "json"
    if strict_msgpack.is_map(frame):
        return "msgpack"
    raise Refused("E_CODEC", "a frame begins with a JSON object's brace or a MessagePack map")


def decode(frame, codecs=("json",)):
    """Return the envelope in ``frame``, its version, kind and own fields checked; raise Refused.

    Leave the items of "tasks" and "results" to task_refusal and result_refusal: a wrong one must not take the others of
    its frame with it. A field whose tags cannot be read holds the Refused that says why.
    """
    codec = codec_of(frame)
    if codec not in codecs:
        raise Refused("E_CODEC", "{} is not spoken here".format(codec), list(codecs))
    tree = strict_json.loads(frame) if codec == "json" else strict_msgpack.loads(frame)
    if tree.get("v") != VERSION or type(tree["v"]) not in _WHOLE:
        raise Refused("E_VERSION", "the major version is missing or not spoken here", [VERSION])
    kind = tree.get("kind")
    fields = KINDS.get(kind) if type(kind) is TEXT else None
    if fields is None:
        raise Refused("E_MALFORMED", "unknown kind of message")
    for field, kinds, required in fields:
        value = tree.get(field, _ABSENT)
        if type(value) not in kinds and (required or value is not _ABSENT):
            raise Refused("E_MALFORMED", "{}: {} is missing or of the wrong type".format(kind, field))
        if kinds is _WHOLE and value is not _ABSENT and value < 0:
            raise Refused("E_MALFORMED", "{}: {} is a whole number from 0".format(kind, field))
    if b"$" in frame or b"\\u0024" in frame:  # the latter is an escaped $
        if kind == "tasks":
            _untag_tasks(tree["tasks"])
        elif kind == "results":
            _untag_results(tree["results"])
    return tree


def _untag_tasks(items):
    for item in items:
        if isinstance(item, dict):
            for field in ("args", "kwargs", "meta"):
                if field in item:
                    item[field] = _untagged_or_refusal(item[field])


def _untag_results(items):
    for index, item in enumerate(items):
        if isinstance(item, dict) and "result" in item:
            item["result"] = _untagged_or_refusal(item["result"])
            if type(item["result"]) is Refused:
                items[index] = None  # no result: nothing reads it


def _untagged_or_refusal(value):
    try:
        return values.untagged(value)
    except Refused as refusal:
        return refusal


def is_id(value):
    """Return whether ``value`` is valid as a task's or a client's id."""
    return type(value) is TEXT and 0 < len(value) <= ID_CHARS


def task_refusal(item):
    """Return None where ``item`` is a task, else (code, sentence)."""
    if type(item) is not dict or not is_id(item.get("id")):
        return "E_MALFORMED", "a task without an id of 1 to {} characters".format(ID_CHARS)
    name = item.get("name")
    if type(name) is not TEXT or not 0 < len(name) <= NAME_CHARS:
        return "E_MALFORMED", "a task's name is text of 1 to {} characters".format(NAME_CHARS)
    attempt = item.get("attempt", 1)
    budget = item.get("budget_ms", 1)
    if type(attempt) not in _WHOLE or type(budget) not in _WHOLE or attempt < 1 or budget < 0:
        return "E_MALFORMED", "attempt is a whole number from 1, budget_ms one from 0"
    args = item.get("args", _NO_ARGS)
    if type(args) is not list:
        return (args.code, args.text) if type(args) is Refused else ("E_BAD_ARGS", "args is an array")
    if len(item) != 5 or "args" not in item or "attempt" not in item or "budget_ms" not in item:
        return _more_refusal(item, attempt)  # it has fields that most tasks do not have
    return None


def _more_refusal(item, attempt):
    for field, kinds in _OPTIONAL:
        value = item.get(field, _ABSENT)
        if type(value) is Refused:
            return value.code, value.text
        if value is not _ABSENT and type(value) not in kinds:
            return "E_BAD_ARGS" if field == "kwargs" else "E_MALFORMED", "{} is of the wrong type".format(field)
    if attempt > item.get("max_attempts", attempt):
        return "E_MALFORMED", "attempt is beyond max_attempts"
    for key in item.get("kwargs", ()):
        if type(key) is not TEXT or not _KEYWORD.match(key):
            return "E_BAD_ARGS", "a keyword is a name that does not begin with two underscores"
    return None


def result_refusal(item):
    """Return None where ``item`` is a result, else a sentence."""
    if type(item) is not dict or not is_id(item.get("id")) or item.get("status") not in STATUSES:
        return "a result without an id or a status"
    if item["status"] == OK and "result" not in item:
        return "ok without a result"
    if item["status"] in (ERROR, RETRY) or (item["status"] == RELEASED and "error" in item):
        error = item.get("error")
        if type(error) is not dict or type(error.get("code")) is not TEXT or type(error.get("message")) is not TEXT:
            return "an error whose code or message is no text"
        if error["code"] not in CODES:
            return "an error without a code that exists"
    attempt = item.get("attempt", 1)
    if type(attempt) not in _WHOLE or attempt < 1:
        return "an attempt that is no whole number from 1"
    for field in ("queue_us", "run_us"):
        if type(item.get(field, 0)) not in _NUMBER:
            return "a {} that is no number".format(field)
    return None


# --- frames out ------------------------------------------------------------------------------------------------------


def _json(tree):
    return values.utf8(_ENCODER.encode(tree))


_ENCODER = json.JSONEncoder(sort_keys=True, separators=(str(","), str(":")), ensure_ascii=False, allow_nan=False)


def control(kind, **fields):
    """Return a control frame of ``kind`` with these fields, as JSON: such frames are rare and stay readable."""
    return _json(dict(fields, v=VERSION, kind=kind))


_heads = {}  # {a task's name: its part of a task}, so that it is encoded once


def task_body(name, args, kwargs, attempts=None, trace=None):
    """Encode the part of a task that stays the same when it is sent again, for ``task``; raise Refused."""
    head = _heads.get(name)
    if head is None:
        head = b'"name":' + values.dumps(name) + b',"args":'
        if len(_heads) < 1000:
            _heads[name] = head
    body = head + values.dumps(list(args))
    if kwargs:
        body += b',"kwargs":' + values.dumps(dict(kwargs))
    if attempts is not None:
        body += b',"max_attempts":' + _json(attempts)
    if trace is not None:
        body += b',"trace":' + values.dumps(trace)
    if len(body) > len(head) + strict_json.VALUE_BYTES:
        raise Refused("E_TOO_LARGE", "the arguments of a task have at most {} bytes".format(strict_json.VALUE_BYTES))
    _check_parts(body)
    return body


def dumps(value):
    """Encode a result's value as bytes, the same on every interpreter; raise Refused."""
    encoded = values.dumps(value)
    _check_parts(encoded)
    return encoded


def _check_parts(part):
    """Raise Refused where something in ``part`` is beyond a limit, as its receiver will see it."""
    if len(part) > strict_json.MEMBERS:  # else it holds neither too many members nor too long a string
        strict_json.check_limits(part, strict_json.VALUE_MEMBERS)


def task(identity, attempt, budget_ms, body):
    """Encode one task as bytes, for ``tasks``; ``identity`` is ASCII bytes."""
    return b'{"id":"%s","attempt":%d,"budget_ms":%d,%s}' % (identity, attempt, budget_ms, body)


def tasks(head, items):
    """Join ``items`` to a frame; ``head`` is from tasks_head."""
    return head + b",".join(items) + b"]}"


def tasks_head(client, queue="default", reply_to=None):
    """Return the beginning of all frames of one client."""
    fields = {"v": VERSION, "kind": "tasks", "client": client, "queue": queue}
    if reply_to is not None:
        fields["reply_to"] = reply_to
    return _json(fields)[:-1] + b',"tasks":['


def result_ok(identity, attempt, encoded, queue_us, run_us):
    """Write one result as bytes. identity: text of any content, as it came; encoded: from dumps."""
    return b'{"id":%s,"attempt":%d,"status":"ok","queue_us":%d,"run_us":%d,"result":%s}' % (
        _json(identity),
        attempt,
        queue_us,
        run_us,
        encoded,
    )


def result_other(*fields, **more):
    """Encode a result without a value: an error, a request to retry, or a task returned unstarted."""
    return _json(other(*fields, **more))


def other(identity, attempt, status, code, text, kind=None, details=None, run_us=0):
    """Return the same as a tree; ``text`` may have any content."""
    error = describe(code, strict_json.without_surrogates(text[:2000]), kind, details)
    return {"id": identity, "attempt": attempt, "status": status, "run_us": run_us, "error": error}


def results_head(worker):
    """Return the beginning of all frames of one worker: {id, implementation, version, pid}."""
    return _json({"v": VERSION, "kind": "results", "worker": worker})[:-1] + b',"results":['


def with_attempt(encoded, attempt):
    """Return a result from result_other with another ``attempt``."""
    return _json(dict(json.loads(encoded.decode("utf-8")), attempt=attempt))


results = tasks


# --- ids -------------------------------------------------------------------------------------------------------------

#: An id is 16 random bytes in hexadecimal whose digits are the letters g to v: an id then never looks like a number,
#: and the receiver's search for numbers that are too big is a plain one.
_LETTERS = bytearray(range(256))
for _digit, _letter in zip(bytearray(b"0123456789abcdef"), bytearray(b"ghijklmnopqrstuv")):
    _LETTERS[_digit] = _letter
_LETTERS = bytes(_LETTERS)


class Ids(object):
    """Call it for an id, as ASCII bytes. Random bytes are fetched for many at once: each fetch is a system call."""

    def __init__(self):
        self._left = []
        self._pid = os.getpid()

    def __call__(self):
        if not self._left:
            if self._pid != os.getpid():
                raise AssertionError("this client was made before fork(); create one in the child")
            text = binascii.hexlify(os.urandom(16 * 256)).translate(_LETTERS)
            self._left = [text[begin : begin + 32] for begin in range(0, len(text), 32)]
        return self._left.pop()
