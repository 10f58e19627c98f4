# Run by the interpreter under test (Python 2.7 upward).
"""How the tree of a message is written: as JSON (message.py), or as MessagePack (message_packed.py) where that is safe.

A client chooses by its URL's ``codec=``, JSON unless told otherwise; it says so in its hello, and results come in the
codec of the tasks. What controls a link is JSON always.
"""

from __future__ import absolute_import, division, print_function, unicode_literals

from transports import base, message, packed

NAMES = ("json", "msgpack")


def spoken():
    """The names of those that can be used here."""
    return [name for name in NAMES if name == "json" or packed.usable() is None]


def named(name):
    """The module that writes ``name``; Unusable, with the reason, where it cannot be had here."""
    if name == "json":
        return message
    if name != "msgpack":
        raise base.Unusable("codec={}: there are {}".format(name, " and ".join(NAMES)))
    reason = packed.usable()
    if reason is not None:
        raise base.Unusable("codec=msgpack cannot be used here: {}; leave it out, for JSON".format(reason))
    from transports import message_packed

    return message_packed


def of(frame):
    """The module that writes as ``frame``, which has been decoded, is written."""
    return message if frame[:1] == b"{" else named("msgpack")
