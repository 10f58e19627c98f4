# Run by the interpreter under test (Python 2.7 upward).
"""Text and JSON files, with the same bytes in and out on every interpreter."""

from __future__ import absolute_import, division, print_function, unicode_literals

import io
import json
import json.scanner
import re

import six

from compat import atomic_file

text_type = six.text_type
integer_types = six.integer_types
is_python_2 = six.PY2

#: The type of a received binary value: bytes; on Python 2 a bytearray, since str is text there.
binary = bytearray if six.PY2 else bytes


_SURROGATE = re.compile(b"\xed[\xa0-\xbf]")


def _lone_surrogate():
    """Return a pattern that finds half a surrogate pair; one that finds nothing where text cannot hold it (Jython)."""
    pattern = b"[\\ud800-\\udbff](?![\\udc00-\\udfff])|(?<![\\ud800-\\udbff])[\\udc00-\\udfff]"
    try:
        return re.compile(pattern.decode("unicode_escape"))
    except UnicodeDecodeError:
        return re.compile("(?!)")


LONE_SURROGATE = _lone_surrogate()


def read_json(path):
    """Read the value of the UTF-8 JSON file at ``path``."""
    with io.open(path, encoding="utf-8") as stream:
        return json.load(stream)


def write_json(path, value):
    """Write ``value`` as JSON to ``path`` atomically."""
    atomic_file.write(path, json.dumps(value, sort_keys=True, ensure_ascii=True).encode("ascii"))


def to_utf8(value):
    """Encode text as UTF-8; raise ValueError for a lone surrogate, which Python 2 would encode."""
    encoded = value.encode("utf-8")
    if six.PY2 and b"\xed" in encoded and _SURROGATE.search(encoded):
        raise ValueError("half a surrogate pair")
    return encoded


def _scanned(text, scan=json.JSONDecoder().scan_once):
    """Parse as json.loads does, without its search for blanks on both sides, which costs more than a small text."""
    try:
        value, end = scan(text, 0)
    except StopIteration:  # it begins with a blank, or is empty
        return json.loads(text)
    return value if end == len(text) else json.loads(text)


#: Parses a JSON text. Without the scanner in C (PyPy) json.loads is far faster.
parse_json = _scanned if getattr(json.scanner, "c_make_scanner", None) else json.loads


#: Of the message of an error, in characters: what an error says may be as long as what was wrong.
MOST_MESSAGE = 4000
MOST_TYPE_NAME = 200


def _represented(error):
    try:
        return six.ensure_text(repr(error), "ascii", "replace")
    except BaseException:  # what it holds cannot be shown either
        return "it cannot be shown"


def type_name(error):
    """Return the name of the type of ``error``, as far as MOST_TYPE_NAME; on Python 2 it may be any bytes."""
    return six.ensure_text(type(error).__name__, "utf-8", "replace")[:MOST_TYPE_NAME]


def describe(error):
    """Describe ``error`` in one line of text, its type first, cut at MOST_MESSAGE characters; raise nothing."""
    try:
        message = text_type(error)
    except BaseException:  # its own __str__ failed, by SystemExit even; the record still needs its name
        message = _represented(error)
    return " ".join("{}: {}".format(type_name(error), message[:MOST_MESSAGE]).split())
