# Run by the interpreter under test (Python 2.7 upward).
"""How the tree of a message is written: by json_codec.py, or by msgpack_codec.py where that is safe.

A client chooses by its URL's ``codec=``, which is JSON by default, and names it in its hello. Results come in the codec
of the tasks. What controls a link is always JSON.
"""

from __future__ import absolute_import, division, print_function, unicode_literals

from transports import errors
from transports.messages import json_codec, strict_msgpack

NAMES = ("json", "msgpack")


def spoken():
    """Return the names of the codecs that are usable here."""
    return [name for name in NAMES if name == "json" or strict_msgpack.usable() is None]


def named(name):
    """Return the module of the codec ``name``; raise Unusable, with the reason, where it is missing here."""
    if name == "json":
        return json_codec
    if name != "msgpack":
        raise errors.Unusable("unknown codec {!r}; choose from {}".format(name, " and ".join(NAMES)))
    reason = strict_msgpack.usable()
    if reason is not None:
        raise errors.Unusable("codec=msgpack cannot be used here: {}; leave it out, for JSON".format(reason))
    from transports.messages import msgpack_codec

    return msgpack_codec


def of(frame):
    """Return the module of the codec in which the decoded ``frame`` was written."""
    return json_codec if frame[:1] == b"{" else named("msgpack")
