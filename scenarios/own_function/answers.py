# Run by the interpreter under test (Python 2.7 upward).
"""Answers as JSON, so that those of two interpreters can be compared. What JSON lacks is tagged with its type."""

from __future__ import absolute_import, division, print_function, unicode_literals

import json


def plain(value):
    """Return ``value`` as JSON, with the type as a tag where JSON lacks it."""
    if value is None or isinstance(value, (bool, int)):
        return value
    if isinstance(value, float):
        return value if value - value == 0 else {"$float": repr(value)}
    if isinstance(value, (list, tuple)):
        return [plain(member) for member in value]
    if isinstance(value, dict):
        if all(isinstance(key, (str, type(""))) for key in value):
            return dict((plain(key), plain(member)) for key, member in value.items())
        return {"$dict": sorted(([plain(key), plain(member)] for key, member in value.items()), key=_text)}
    if isinstance(value, type("")):
        return value
    if isinstance(value, (bytes, bytearray)):
        return _of_bytes(value)
    if isinstance(value, (set, frozenset)):
        return {"$set": sorted((plain(member) for member in value), key=_text)}
    if hasattr(value, "__anext__") or (hasattr(value, "__iter__") and iter(value) is value):
        name = type(value).__name__
        raise TypeError("its items are made when they are taken ({}); return a list of them".format(name))
    if hasattr(value, "isoformat"):
        return {"$" + type(value).__name__: value.isoformat()}
    if hasattr(value, "bit_length"):  # Python 2's long
        return value
    return {"$" + type(value).__name__: "{!r}".format(value).split(" at 0x")[0]}


def is_json(value):
    """Return whether ``value`` is made of what JSON has, so that a worker behind a transport can return it."""
    if isinstance(value, dict):
        return all(isinstance(key, (str, type(""))) and is_json(member) for key, member in value.items())
    if isinstance(value, (list, tuple)):
        return all(is_json(member) for member in value)
    return plain(value) == value


def shape(value):
    """Return the structure of a plain ``value``: the keys of objects and the types of everything else."""
    if isinstance(value, dict):
        return dict((key, shape(member)) for key, member in value.items())
    return "text" if isinstance(value, type("")) else type(value).__name__


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
