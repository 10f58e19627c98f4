# Run by the interpreter under test (Python 2.7 upward).
"""JSON from a stranger: limits first, then one quick decode where nothing is suspicious, else a careful one.

Besides what is not JSON, it refuses more than the limits, duplicate keys, NaN and infinities (1e999 too), integers
beyond 2^53, lone surrogates, bytes that are no UTF-8, and anything before or after the one object.

The checks before the decode are whole-frame byte operations, because a frame may carry hundreds of tasks and a Python
loop over its characters would cost more than everything else together.
"""

from __future__ import absolute_import, division, print_function, unicode_literals

import json
import re

from compat import text as texts
from transports.errors import Refused

#: The limits go together: a string carries 1 MiB of binary (1.33 MiB in base64); a value (the arguments of a task, or
#: its result) is such a string and what is beside it; a frame has as much room again for what is around the value.
STRING_BYTES = 1536 * 1024  # of one string, as it is written
VALUE_BYTES = 2 * 1024 * 1024
FRAME_BYTES = 2 * VALUE_BYTES
DEPTH = 64
MEMBERS = 10000  # of all objects and arrays of a frame together
VALUE_MEMBERS = MEMBERS - 100  # of one value, so that there is room for what is around it
SAFE_INTEGER = 2**53  # what every JSON reader can hold in a double (RFC 8259, section 6)

_ALL = bytes(bytearray(range(256)))
_NOT_STRUCTURE = _ALL.translate(None, b'[]{}"')
_NOT_BRACKETS = _ALL.translate(None, b"[]{}")
_ONE_BRACKET = _ALL.replace(b"{", b"[").replace(b"}", b"]")
#: Digits become 0 and E becomes e, so that a number's exponent and a long run of digits can be found by a plain search.
_NUMBERS = bytes(bytearray(0x30 if 0x30 <= byte <= 0x39 else 0x65 if byte == 0x45 else byte for byte in range(256)))
_LONG_INTEGER = b"0" * 16
_ABSURD_NUMBER = b"0" * 400
_SURROGATE_BYTES = re.compile(b"\xed[\xa0-\xbf]")  # invalid in UTF-8, but Python 2 decodes it


def loads(frame):
    """Decode the object in ``frame`` (bytes); raise Refused with E_TOO_LARGE or E_MALFORMED."""
    plain = check_limits(frame)
    numbers = plain.translate(_NUMBERS)
    suspicious = (
        b"0e" in numbers or _LONG_INTEGER in numbers or b"NaN" in plain or b"Infinity" in plain or b"\\u" in frame
    )
    try:
        if b"\xed" in frame and _SURROGATE_BYTES.search(frame):
            raise ValueError("a surrogate in UTF-8")
        text = frame.decode("utf-8")
        if not suspicious:
            tree = texts.parse_json(text)
            # As many colons as members: no member was lost, so no key was there twice.
            if type(tree) is dict:
                colons = plain.count(b":")
                if colons == _members(tree) or (len(plain) < len(frame) and colons == _all_members(tree)):
                    return tree
        if _ABSURD_NUMBER in numbers and _ABSURD_NUMBER in _outside(plain).translate(_NUMBERS):
            raise ValueError("a number of more than 400 digits")
        tree = _CAREFUL.decode(text)
    except ValueError as error:
        raise Refused("E_MALFORMED", "not strict JSON: {}".format(error))
    if type(tree) is not dict:
        raise Refused("E_MALFORMED", "not a JSON object")
    if b"\\u" in frame:
        _refuse_surrogates(tree)
    return tree


def has_long_number(frame):
    """Return whether a number in ``frame`` may be an integer beyond 2^53."""
    return _LONG_INTEGER in frame.translate(_NUMBERS)


def check_limits(frame, members=MEMBERS):
    """Raise Refused where ``frame`` exceeds a limit; return it prepared for the further checks.

    Its escaped quotes are blanked, and the strings of a long frame emptied, so that these checks are short.
    """
    if len(frame) > FRAME_BYTES:
        raise Refused("E_TOO_LARGE", "a frame has at most {} bytes".format(FRAME_BYTES))
    if len(frame) <= members and b"\\" not in frame and frame.count(b"[") + frame.count(b"{") <= DEPTH:
        return frame  # too short to be beyond any other limit
    plain = frame
    if b"\\" in frame:
        plain = frame.replace(b"\\\\", b"__").replace(b'\\"', b"__")
    if len(frame) > 4 * members:
        # A key and a string are four quotes a member. With more, the frame would fall into millions of pieces.
        if plain.count(b'"') > 4 * members:
            raise Refused("E_TOO_LARGE", "a frame has at most {} members and elements".format(MEMBERS))
        pieces = plain.split(b'"')
        if max(map(len, pieces[1::2] or [b""])) > STRING_BYTES:
            raise Refused("E_TOO_LARGE", "a string has at most {} bytes".format(STRING_BYTES))
        plain = b'""'.join(pieces[::2])
    skeleton = plain.translate(_ONE_BRACKET, _NOT_STRUCTURE).replace(b'""', b"")
    if b'"' in skeleton:  # brackets inside strings: leave all strings out
        skeleton = _outside(plain).translate(_ONE_BRACKET, _NOT_BRACKETS)
    containers = len(skeleton) // 2
    if len(plain) > members and plain.count(b",") + containers > members and _count(plain, containers) > members:
        raise Refused("E_TOO_LARGE", "a frame has at most {} members and elements".format(MEMBERS))
    if len(skeleton) > DEPTH:  # else it cannot be that deep
        _check_depth(skeleton)
    return plain


def _check_depth(skeleton):
    for _ in range(DEPTH):
        outer = skeleton.replace(b"[]", b"")
        if not outer:
            return
        if len(outer) == len(skeleton):
            raise Refused("E_MALFORMED", "not strict JSON: brackets that do not match")
        skeleton = outer
    raise Refused("E_TOO_LARGE", "a message is at most {} levels deep".format(DEPTH))


def _count(plain, containers):
    """Count the members and elements in ``plain``: one more than its commas for each container that is not empty."""
    outside = b'""'.join(plain.split(b'"')[::2]).translate(None, b" \t\r\n")
    return outside.count(b",") + containers - outside.count(b"[]") - outside.count(b"{}")


def _outside(plain):
    """Return ``plain`` without its strings."""
    return b"".join(plain.split(b'"')[::2])


def _members(tree):
    """Count the members of ``tree`` and of the objects one and two levels below, where nearly every message ends."""
    total = len(tree)
    for value in tree.values():
        if type(value) is list:
            for item in value:
                if type(item) is dict:
                    total += len(item)
        elif type(value) is dict:
            total += len(value)
    return total


def _all_members(tree):
    """Count the members of ``tree`` and of all objects in it."""
    if type(tree) is dict:
        return len(tree) + sum(map(_all_members, tree.values()))
    return sum(map(_all_members, tree)) if type(tree) is list else 0


def _object(pairs):
    tree = dict(pairs)
    if len(tree) != len(pairs):
        raise ValueError("a duplicate key")
    return tree


def _integer(text):
    number = int(text)
    if abs(number) > SAFE_INTEGER:
        raise ValueError("an integer beyond 2^53, which would have to travel as a string")
    return number


def _float(text):
    number = float(text)
    if number in (float("inf"), float("-inf")):
        raise ValueError("a number beyond what a double holds")
    return number


def _constant(name):
    raise ValueError("{} is not JSON".format(name))


_CAREFUL = json.JSONDecoder(object_pairs_hook=_object, parse_int=_integer, parse_float=_float, parse_constant=_constant)


def without_surrogates(sentence):
    """Return ``sentence`` with U+FFFD for each half of a surrogate pair, which no message may hold."""
    return texts.LONE_SURROGATE.sub("\ufffd", sentence)


def _refuse_surrogates(tree):
    if isinstance(tree, dict):
        for key, value in tree.items():
            _refuse_surrogates(key)
            _refuse_surrogates(value)
    elif isinstance(tree, list):
        for value in tree:
            _refuse_surrogates(value)
    elif isinstance(tree, type("")) and texts.LONE_SURROGATE.search(tree):
        raise Refused("E_MALFORMED", "not strict JSON: half a surrogate pair")
