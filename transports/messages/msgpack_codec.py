# Run by the interpreter under test (Python 3, with msgpack): a codec of transports/messages/codec_table.py.
"""Tasks and results as MessagePack: the tree that json_codec.py writes as JSON, by functions of the same names.

A task is a map that begins with what stays the same however often it is sent; arrays and maps have their length in
front, so a frame's list gets a header of fixed size when its items are known.
"""

from __future__ import absolute_import, division, print_function, unicode_literals

import struct

import msgpack

from compat import text
from transports.errors import Refused
from transports.messages import json_codec, strict_json, values

NAME = "msgpack"
MEMBER_BYTES = 1  # a small integer is one byte

#: What a map of two and more begins with, by how many members it has (at most 15).
_MAPS = [b"%c" % (0x80 + count) for count in range(16)]
_array = struct.Struct(str(">BI")).pack  # 0xdd and how many
_attempt = struct.Struct(str(">BI")).pack  # 0xce and the number
_number = struct.Struct(str(">BQ")).pack  # 0xcf and the number
_packed = msgpack.packb

_ID, _ATTEMPT, _BUDGET = _packed("id"), _packed("attempt"), _packed("budget_ms")
_RESULT_HEAD = _MAPS[6] + _ID
_OK_HEAD = _packed("status") + _packed("ok") + _packed("queue_us")
_RUN, _RESULT, _ARGS = _packed("run_us"), _packed("result"), _packed("args")

_heads = {}  # {a task's name: its part of a task}, so that it is encoded once


def task_body(name, args, kwargs, attempts=None, trace=None):
    """Encode the part of a task that stays the same when it is sent again, for ``task``; raise Refused."""
    fields = {"args": list(args)}
    if kwargs:
        fields["kwargs"] = dict(kwargs)
    if attempts is not None:
        fields["max_attempts"] = attempts
    if trace is not None:
        fields["trace"] = trace
    head = _heads.get(name)
    if head is None:
        head = _packed("name") + dumps(name)
        if len(_heads) < 1000:
            _heads[name] = head
    rest = dumps(fields, -1)[1:] if len(fields) > 1 else _ARGS + dumps(fields["args"])
    return _MAPS[len(fields) + 4] + head + rest


def task(identity, attempt, budget_ms, body):
    """Encode one task as bytes, for ``tasks``; ``identity`` is ASCII bytes."""
    return b"%b%b\xd9%c%b%b%b%b%b" % (
        body,
        _ID,
        len(identity),
        identity,
        _ATTEMPT,
        _attempt(0xCE, attempt),
        _BUDGET,
        _number(0xCF, budget_ms),
    )


def tasks(head, items):
    """Join ``items`` to a frame; ``head`` is from tasks_head or results_head."""
    return head + _array(0xDD, len(items)) + b"".join(items)


results = tasks


def tasks_head(client, queue="default", reply_to=None):
    """Return the beginning of all frames of one client."""
    fields = {"v": json_codec.VERSION, "kind": "tasks", "client": client, "queue": queue}
    if reply_to is not None:
        fields["reply_to"] = reply_to
    return _head(fields, "tasks")


def results_head(worker):
    """Return the beginning of all frames of one worker: {id, implementation, version, pid}."""
    return _head({"v": json_codec.VERSION, "kind": "results", "worker": worker}, "results")


def _head(fields, last):
    return _MAPS[len(fields) + 1] + _packed(fields)[1:] + _packed(last)


def result_ok(identity, attempt, encoded, queue_us, run_us):
    """Encode one result as bytes; ``identity`` is text, ``encoded`` is from dumps."""
    return b"".join(
        (
            _RESULT_HEAD,
            _packed(identity),
            _ATTEMPT,
            _packed(attempt),
            _OK_HEAD,
            _packed(queue_us),
            _RUN,
            _packed(run_us),
            _RESULT,
            encoded,
        )
    )


def result_other(*fields, **more):
    """Encode a result without a value: an error, a request to retry, or a task returned unstarted."""
    return _packed(json_codec.other(*fields, **more))


def with_attempt(encoded, attempt):
    """Return a result from result_other with another ``attempt``."""
    return _packed(dict(msgpack.unpackb(encoded, raw=False), attempt=attempt))


def dumps(value, depth=0):
    """Encode ``value`` as MessagePack; raise Refused. depth: -1 where a map around the values is no level of theirs."""
    if values.is_small(value):
        return _packed(value)
    try:
        encoded = _packed(_Checker().checked(value, depth))
    except (ValueError, TypeError, OverflowError) as error:  # half a surrogate pair, or of a type that cannot travel
        raise Refused("E_BAD_ARGS", "{}".format(error))
    if len(encoded) > strict_json.VALUE_BYTES:
        raise Refused("E_TOO_LARGE", "a value has at most {} bytes".format(strict_json.VALUE_BYTES))
    return encoded


class _Checker(object):
    """Turns a value into what JSON can hold, and counts its members against the limits."""

    members = 0

    def checked(self, value, depth):
        kind = type(value)
        if kind is int and -strict_json.SAFE_INTEGER <= value <= strict_json.SAFE_INTEGER or value is None:
            return value
        if isinstance(value, text.text_type):
            if 4 * len(value) > strict_json.STRING_BYTES and len(value.encode("utf-8")) > strict_json.STRING_BYTES:
                raise Refused("E_TOO_LARGE", "a string has at most {} bytes".format(strict_json.STRING_BYTES))
            return value
        if isinstance(value, (dict, list, tuple)):
            self.members += len(value)
            if depth >= values.DEPTH:
                raise Refused("E_TOO_LARGE", "a value is at most {} levels deep".format(values.DEPTH))
            if self.members > strict_json.VALUE_MEMBERS:
                raise Refused("E_TOO_LARGE", "a value has at most {} members".format(strict_json.VALUE_MEMBERS))
            if isinstance(value, dict):
                return dict((values.as_key(name), self.checked(member, depth + 1)) for name, member in value.items())
            return [self.checked(member, depth + 1) for member in value]
        if kind is bool:
            return value
        if isinstance(value, float):  # of a type of its own too, as numpy's
            if not abs(value) < float("inf"):  # NaN is not less than anything
                raise Refused("E_BAD_ARGS", "{} is no number that JSON has".format(value))
            return float(value)
        if isinstance(value, text.integer_types):
            return values.integer(int(value))  # an int of a type of its own, or one that needs a tag
        return dict((tag, self.checked(encoded, depth)) for tag, encoded in values.binary(value).items())
