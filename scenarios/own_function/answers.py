# Run by the interpreter under test (Python 2.7 upward).
"""Answers as JSON, so that those of two interpreters and of two calls can be compared.

What JSON lacks is tagged with its type.
"""

from __future__ import absolute_import, division, print_function, unicode_literals

import json
import math

#: Relative: a sum in another order, or another library of mathematics, differs by less.
TOLERANCE = 1e-9
#: Of the longest integer that every interpreter reads and writes in decimal.
MOST_DIGITS = 4300
MOST_BITS = int(MOST_DIGITS * math.log(10, 2))
#: Of an answer, so that it can be compared everywhere: a level takes up to six of a thousand calls within each other.
MOST_LEVELS = 100


def plain(value, levels=MOST_LEVELS):
    """Return ``value`` as JSON, at most ``levels`` deep, with the type as a tag where JSON lacks it."""
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, int):
        return _of_integer(value)
    if isinstance(value, float):
        return value if value - value == 0 else {"$float": repr(value)}
    if levels == 0 and isinstance(value, (list, tuple, dict, set, frozenset)):
        words = "the answer refers to itself, or is more than {} levels deep; return a flatter one"
        raise ValueError(words.format(MOST_LEVELS))
    inner = levels - 1
    if isinstance(value, (list, tuple)):
        return [plain(member, inner) for member in value]
    if isinstance(value, dict):
        if all(isinstance(key, (str, type(""))) for key in value):
            return dict((plain(key), plain(member, inner)) for key, member in value.items())
        return {
            "$dict": sorted(([plain(key, inner), plain(member, inner)] for key, member in value.items()), key=_text)
        }
    if isinstance(value, type("")):
        return value
    if isinstance(value, (bytes, bytearray)):
        return _of_bytes(value)
    if isinstance(value, (set, frozenset)):
        return {"$set": sorted((plain(member, inner) for member in value), key=_text)}
    if hasattr(value, "__anext__") or (hasattr(value, "__iter__") and iter(value) is value):
        name = type(value).__name__
        raise TypeError("its items are made when they are taken ({}); return a list of them".format(name))
    if hasattr(value, "isoformat"):
        return {"$" + type(value).__name__: value.isoformat()}
    if hasattr(value, "bit_length"):  # Python 2's long
        return _of_integer(value)
    return {"$" + type(value).__name__: "{!r}".format(value).split(" at 0x")[0]}


def is_json(value):
    """Return whether ``value`` is made of what JSON has, so that a worker behind a transport can return it."""
    if isinstance(value, dict):
        return all(isinstance(key, (str, type(""))) and is_json(member) for key, member in value.items())
    if isinstance(value, (list, tuple)):
        return all(is_json(member) for member in value)
    return plain(value) == value


def same(wanted, answer):
    """Return whether two plain values are the same; floats may differ by TOLERANCE of their size."""
    if wanted == answer:
        return True
    if isinstance(wanted, dict) and isinstance(answer, dict):
        return set(wanted) == set(answer) and all(same(wanted[key], answer[key]) for key in wanted)
    if isinstance(wanted, list) and isinstance(answer, list):
        return len(wanted) == len(answer) and all(same(one, other) for one, other in zip(wanted, answer))
    floats = isinstance(wanted, float) and isinstance(answer, float)
    return floats and abs(wanted - answer) <= TOLERANCE * max(abs(wanted), abs(answer))


class Recorded(object):
    """A recorded answer, which equals every plain answer that ``right(recorded, answer)`` says is right."""

    __hash__ = None

    def __init__(self, value, right):
        self._value = value
        self._right = right

    def __eq__(self, answer):
        return self._right(self._value, answer)

    def __ne__(self, answer):
        return not self._right(self._value, answer)

    def __repr__(self):
        return repr(self._value)


def same_shape(wanted, answer):
    """Return whether two plain values have one structure: the keys of objects and the types of everything else.

    Where the keys differ, as those of a random number do, each value must look like one of those that were wanted.
    """
    if not isinstance(wanted, dict) or not isinstance(answer, dict):
        return _kind(wanted) == _kind(answer)
    if set(wanted) == set(answer):
        return all(same_shape(wanted[key], answer[key]) for key in wanted)
    if _is_tag(wanted) or _is_tag(answer):
        return False
    return not wanted or all(any(same_shape(each, value) for each in wanted.values()) for value in answer.values())


def _is_tag(value):
    """Return whether an object may be what stands for a type that JSON lacks."""
    return len(value) == 1 and list(value)[0].startswith("$")


def _kind(value):
    """Return the type of a plain ``value``, by one name on every interpreter and for what is derived from it."""
    if isinstance(value, bool) or not hasattr(value, "bit_length"):
        kinds = [kind for kind in (type(""), float, dict, list) if isinstance(value, kind)]
        return (kinds or [type(value)])[0].__name__
    return "int"  # Python 2's long as well


def _of_integer(value):
    """Return an integer; its hexadecimal digits where Python refuses to write it as a decimal number."""
    return value if value.bit_length() <= MOST_BITS else {"$int": "{:x}".format(value)}


def _of_bytes(value):
    """Return bytes as their hexadecimal digits; Python 2's str is text where it is UTF-8."""
    if bytes is str and isinstance(value, str):
        try:
            return value.decode("utf-8")
        except UnicodeDecodeError:
            pass
    return {"$bytes": "".join("{:02x}".format(byte) for byte in bytearray(value))}


def _text(value):
    return json.dumps(value, sort_keys=True)
