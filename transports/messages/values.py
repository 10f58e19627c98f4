# Run by the interpreter under test (Python 2.7 upward).
"""Arguments and results to JSON text and back.

What JSON lacks is an object with one member whose name begins with "$": binary as {"$b64": TEXT}, an integer beyond
2^53 as {"$int": TEXT}. Tuples arrive as lists. On Python 2 a str is text where it can be, and binary arrives as a
bytearray.
"""

from __future__ import absolute_import, division, print_function, unicode_literals

import base64
import json
import re

from compat import text
from transports.errors import Refused
from transports.messages import strict_json

TEXT = type("")
_INTEGER_DIGITS = 1000
#: ASCII digits alone: int() would take those of every script.
_DIGITS = re.compile("-?[0-9]{1,%d}\\Z" % _INTEGER_DIGITS)
DEPTH = strict_json.DEPTH - 8  # of a value: the envelope is around it


def binary(value):
    """Return ``value`` with its tag; raise TypeError for other types."""
    if isinstance(value, (bytes, bytearray)):
        return {"$b64": base64.b64encode(bytes(value)).decode("ascii")}
    raise TypeError("a value of type {} cannot be sent".format(type(value).__name__))


_BINARY = (text.binary, bytearray)
_ENCODER = json.JSONEncoder(
    sort_keys=True, separators=(str(","), str(":")), ensure_ascii=False, allow_nan=False, default=binary
)


class _Own(int):
    def __str__(self):
        return str("own")

    __repr__ = __str__


#: Does the encoder write an integer of a type of its own as that type likes? Python 2's does, and it need be no number.
_TRUSTS_TYPES = _ENCODER.encode(_Own(1)) != "1"
_PLAIN = frozenset(text.integer_types + (text.text_type, str, float, bool, type(None)))


def _is_plain(value):
    """Return whether ``value``, or each value in it where it is a list, is of a type that the encoder knows."""
    return _PLAIN.issuperset(map(type, value)) if type(value) is list else type(value) in _PLAIN


def dumps(value):
    """Encode ``value`` as UTF-8 JSON, the same bytes on every interpreter; raise Refused (E_BAD_ARGS, E_TOO_LARGE)."""
    quick = _QUICK.get(type(value))
    if quick is not None:
        frame = quick(value)
        if frame is not None:
            return frame
    frame = encoded(value)
    if len(frame) > strict_json.VALUE_BYTES:
        raise Refused("E_TOO_LARGE", "a value has at most {} bytes as JSON".format(strict_json.VALUE_BYTES))
    return frame


def encoded(value, levels=DEPTH):
    """Encode ``value`` as ``dumps`` does, without a limit of length. levels: how deep it may be."""
    try:
        is_binary = type(value[0] if type(value) is list and value else value) in _BINARY
        if is_binary or (_TRUSTS_TYPES and not _is_plain(value)):
            return utf8(_ENCODER.encode(_tagged(value, levels)))  # it may be long: tag it at once
        try:
            frame = utf8(_ENCODER.encode(value))
        except UnicodeDecodeError:  # Python 2: a str that is no text
            frame = utf8(_ENCODER.encode(_tagged(value, levels)))
        if b"{" in frame or frame.count(b"[") > levels or strict_json.has_long_number(frame):
            # The encoder may have passed what the message refuses: check each value.
            frame = utf8(_ENCODER.encode(_tagged(value, levels)))
        return frame
    except (TypeError, ValueError, RuntimeError) as error:  # RuntimeError: nested without end
        raise Refused("E_BAD_ARGS", "{}".format(error))


def _quick_integer(value):
    return b"%d" % value if -strict_json.SAFE_INTEGER <= value <= strict_json.SAFE_INTEGER else None


def _quick_list(value):
    """Encode a list of few small integers; return None for any other."""
    if len(value) > 3:
        return None
    items = []
    for item in value:
        if type(item) is not int or not -strict_json.SAFE_INTEGER <= item <= strict_json.SAFE_INTEGER:
            return None
        items.append(b"%d" % item)
    return b"[" + b",".join(items) + b"]"


def is_small(value):
    """Return whether ``value`` is one of the most frequent, whose content needs no check."""
    quick = _QUICK.get(type(value))
    return quick is not None and quick(value) is not None


#: The most frequent values, written without an encoder: starting one costs ten times as much as they do.
_QUICK = {int: _quick_integer, list: _quick_list, type(None): lambda value: b"null"}


def utf8(encoded):
    """Return the output of a JSON encoder as UTF-8."""
    # The encoder of Python 2 returns bytes where all was ASCII.
    return encoded if isinstance(encoded, bytes) else text.to_utf8(encoded)


def _tagged(value, levels):
    if isinstance(value, (dict, list, tuple)) and levels < 1:
        raise Refused("E_TOO_LARGE", "a value is at most {} levels deep".format(DEPTH))
    if isinstance(value, dict):
        tree = {}
        for key, member in value.items():
            tree[as_key(key)] = _tagged(member, levels - 1)
        return tree
    if isinstance(value, (list, tuple)):
        return [_tagged(member, levels - 1) for member in value]
    if isinstance(value, bytes):
        try:
            value.decode("utf-8")
        except UnicodeDecodeError:
            return binary(value)
    if isinstance(value, text.integer_types) and not isinstance(value, bool):
        return integer(int(value))  # of a type of its own it may be written in any way
    return value


def as_key(key):
    """Return ``key`` if an object may have it."""
    if not isinstance(key, (text.text_type, str)) or key.startswith(str("$")):
        raise Refused("E_BAD_ARGS", "keys are text that does not begin with $, not {!r}".format(key))
    return key


def integer(value):
    """Return ``value``, with its tag where it is beyond 2^53."""
    if abs(value) <= strict_json.SAFE_INTEGER:
        return value
    if abs(value) >= 10**_INTEGER_DIGITS:
        raise Refused("E_BAD_ARGS", "an integer has at most {} digits".format(_INTEGER_DIGITS))
    return {"$int": "{}".format(value)}


def untagged(tree):
    """Return ``tree`` with each tagged object as what it stands for; raise Refused (E_MALFORMED) for a wrong tag."""
    if isinstance(tree, list):
        return [untagged(member) for member in tree]
    if not isinstance(tree, dict):
        return tree
    tags = [key for key in tree if key.startswith("$")]
    if not tags:
        return dict((key, untagged(member)) for key, member in tree.items())
    content = tree[tags[0]]
    try:
        if len(tree) != 1 or type(content) is not TEXT:
            raise ValueError
        return _TAGS[tags[0]](content)
    except (KeyError, TypeError, ValueError):  # TypeError: Python 2's base64 that is none
        raise Refused("E_MALFORMED", "an object whose key begins with $ is {$b64: TEXT} or {$int: TEXT}")


def _from_base64(encoded):
    raw = encoded.encode("ascii")
    binary = base64.b64decode(raw)
    if base64.b64encode(binary) != raw:  # what is not of the alphabet would be skipped
        raise ValueError
    return text.binary(binary)


def _from_digits(digits):
    if not _DIGITS.match(digits):
        raise ValueError
    return int(digits)


_TAGS = {"$b64": _from_base64, "$int": _from_digits}
