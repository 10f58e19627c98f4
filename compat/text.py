# Run by the interpreter under test (Python 2.7 upward).
"""Text, and JSON files: the same bytes in and out on every interpreter."""

from __future__ import absolute_import, division, print_function, unicode_literals

import io
import json
import json.scanner
import os
import re

import six

text_type = six.text_type
integer_types = six.integer_types
is_python_2 = six.PY2

#: What binary values arrive as: bytes; on Python 2 a bytearray, since a str is text there.
binary = bytearray if six.PY2 else bytes


_SURROGATE = re.compile(b"\xed[\xa0-\xbf]")


def read_json(path):
    """The value in the UTF-8 JSON file at ``path``."""
    with io.open(path, encoding="utf-8") as stream:
        return json.load(stream)


def write_json(path, value):
    """Write ``value`` to ``path`` so that a reader sees the whole file or none of it."""
    partial = path + ".partial"
    text = json.dumps(value, sort_keys=True, ensure_ascii=True)
    with io.open(partial, "w", encoding="utf-8") as stream:
        stream.write(six.ensure_text(text, "ascii"))
    os.rename(partial, path)


def to_utf8(value):
    """``value`` (text) as bytes; ValueError where it holds half a surrogate pair, which Python 2 would let pass."""
    encoded = value.encode("utf-8")
    if six.PY2 and b"\xed" in encoded and _SURROGATE.search(encoded):
        raise ValueError("half a surrogate pair")
    return encoded


def _scanned(text, scan=json.JSONDecoder().scan_once):
    """What json.loads says, without its search for blanks on both sides, which costs more than a small text itself."""
    try:
        value, end = scan(text, 0)
    except StopIteration:  # it begins with a blank, or is nothing
        return json.loads(text)
    return value if end == len(text) else json.loads(text)


#: Text to a value. Without a scanner in C (PyPy) the module's own function is the quicker one by far.
parse_json = _scanned if getattr(json.scanner, "c_make_scanner", None) else json.loads


def describe(error):
    """``error`` in one line of text, its type first; never raises, whatever the error holds."""
    try:
        message = text_type(error)
    except Exception:  # an exception whose own __str__ fails still needs a name in the record
        message = six.ensure_text(repr(error), "ascii", "replace")
    return " ".join("{}: {}".format(type(error).__name__, message).split())
