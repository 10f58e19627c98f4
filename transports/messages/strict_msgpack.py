# Run by the interpreter under test (Python 3 only: the last msgpack for Python 2 leaks memory, CVE-2026-114613).
"""MessagePack from a stranger: the same tree as the JSON under the same limits, and nothing that JSON cannot hold."""

from __future__ import absolute_import, division, print_function, unicode_literals

from compat import text
from transports.errors import Refused
from transports.messages import strict_json

#: The first version without CVE-2026-114613, by the first Python that has it; older ones are used nowhere.
LEAST = (1, 2, 4)


def usable():
    """Return None where MessagePack can be used safely here, else why not."""
    if text.is_python_2:
        return "the last msgpack for Python 2 has an unfixed memory leak (CVE-2026-114613)"
    try:
        import msgpack
    except ImportError as error:
        return "{}".format(error)
    if msgpack.version < LEAST:
        return "msgpack {} is older than {}".format(msgpack.version, LEAST)
    return None


def is_map(frame):
    """Return whether ``frame`` begins as a MessagePack map."""
    first = bytearray(frame[:1])
    return bool(first) and (0x80 <= first[0] <= 0x8F or first[0] in (0xDE, 0xDF))


def loads(frame):
    """Decode the map in ``frame``; raise Refused with E_MALFORMED, E_TOO_LARGE or E_CODEC."""
    reason = usable()
    if reason:
        raise Refused("E_CODEC", "no MessagePack here: {}".format(reason), ["json"])
    import msgpack

    if len(frame) > strict_json.FRAME_BYTES:
        raise Refused("E_TOO_LARGE", "a frame has at most {} bytes".format(strict_json.FRAME_BYTES))
    counter = _MemberCounter()
    try:
        tree = msgpack.unpackb(
            frame,
            raw=False,
            strict_map_key=True,
            object_pairs_hook=counter.object,
            list_hook=counter.array,
            ext_hook=_no_ext,
            max_str_len=strict_json.STRING_BYTES,
            max_bin_len=0,
            max_ext_len=0,
            max_array_len=strict_json.MEMBERS,
            max_map_len=strict_json.MEMBERS,
        )
    except (ValueError, TypeError, msgpack.exceptions.UnpackException, RecursionError) as error:
        raise Refused("E_MALFORMED", "not strict MessagePack: {}".format(error))
    if type(tree) is not dict:
        raise Refused("E_MALFORMED", "not a MessagePack map")
    _check(tree, 1)
    return tree


class _MemberCounter(object):
    """Counts the members of the whole tree while it is decoded: the decoder limits each container by itself alone."""

    members = 0

    def object(self, pairs):
        self.array(pairs)
        tree = dict(pairs)
        if len(tree) != len(pairs):
            raise ValueError("a duplicate key")
        return tree

    def array(self, items):
        self.members += len(items)
        if self.members > strict_json.MEMBERS:
            raise Refused("E_TOO_LARGE", "a frame has at most {} members".format(strict_json.MEMBERS))
        return items


def _no_ext(code, _data):
    raise ValueError("an extension type ({})".format(code))


def _check(container, depth):
    """Raise Refused where ``container`` is deeper than allowed, or holds what JSON cannot."""
    if depth > strict_json.DEPTH:
        raise Refused("E_TOO_LARGE", "a message is at most {} levels deep".format(strict_json.DEPTH))
    values = container
    if type(container) is dict:
        values = container.values()
        for key in container:
            if type(key) is not text.text_type:
                raise Refused("E_MALFORMED", "a key that is no text")
    for value in values:
        kind = type(value)
        if kind is text.text_type or value is None or kind is bool:
            continue
        if kind is int:
            if not -strict_json.SAFE_INTEGER <= value <= strict_json.SAFE_INTEGER:
                raise Refused("E_MALFORMED", "an integer beyond 2^53")
        elif kind is dict or kind is list:
            _check(value, depth + 1)
        elif kind is not float:
            raise Refused("E_MALFORMED", "a {} is nothing JSON has".format(kind.__name__))
        elif not abs(value) < float("inf"):  # NaN is not less than anything
            raise Refused("E_MALFORMED", "a number that JSON does not have")
