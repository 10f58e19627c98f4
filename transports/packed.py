# Run by the interpreter under test (Python 3 only: the last msgpack for Python 2 leaks memory, CVE-2026-114613).
"""MessagePack from a stranger: the same tree as the JSON, under the same limits; nothing JSON cannot say."""

from __future__ import absolute_import, division, print_function, unicode_literals

from compat import text
from transports import strictjson
from transports.errors import Refused

#: The first version without CVE-2026-114613, by the first Python that has it; older ones are used nowhere.
LEAST = (1, 2, 4)


def usable():
    """None where MessagePack can be used safely here, else why not."""
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
    """Does ``frame`` begin as a MessagePack map does?"""
    first = bytearray(frame[:1])
    return bool(first) and (0x80 <= first[0] <= 0x8F or first[0] in (0xDE, 0xDF))


def loads(frame):
    """The map in ``frame``; Refused with E_MALFORMED, E_TOO_LARGE or E_CODEC."""
    reason = usable()
    if reason:
        raise Refused("E_CODEC", "no MessagePack here: {}".format(reason), ["json"])
    import msgpack

    try:
        tree = msgpack.unpackb(
            frame,
            raw=False,
            strict_map_key=True,
            object_pairs_hook=_object,
            ext_hook=_no_ext,
            timestamp=0,
            max_str_len=strictjson.STRING_BYTES,
            max_bin_len=0,
            max_ext_len=0,
            max_array_len=strictjson.MEMBERS,
            max_map_len=strictjson.MEMBERS,
        )
    except (ValueError, TypeError, msgpack.exceptions.UnpackException, RecursionError) as error:
        raise Refused("E_MALFORMED", "not strict MessagePack: {}".format(error))
    _Limits().check(tree, 1)
    return tree


def dumps(tree):
    """``tree`` (of what JSON can say) as MessagePack."""
    import msgpack

    return msgpack.packb(tree, use_bin_type=True, strict_types=True)


def _object(pairs):
    tree = dict(pairs)
    if len(tree) != len(pairs):
        raise ValueError("a key is there twice")
    return tree


def _no_ext(code, _data):
    raise ValueError("an extension type ({})".format(code))


class _Limits(object):
    """Depth and members over the whole tree: the decoder itself limits each container alone."""

    members = 0

    def check(self, tree, depth):
        if isinstance(tree, (dict, list)):
            if depth > strictjson.DEPTH:
                raise Refused("E_TOO_LARGE", "a message is at most {} levels deep".format(strictjson.DEPTH))
            self.members += len(tree)
            if self.members > strictjson.MEMBERS:
                raise Refused("E_TOO_LARGE", "a frame has at most {} members".format(strictjson.MEMBERS))
            for value in tree.values() if isinstance(tree, dict) else tree:
                self.check(value, depth + 1)
            if isinstance(tree, dict) and not all(isinstance(key, text.text_type) for key in tree):
                raise Refused("E_MALFORMED", "a key that is no text")
        elif isinstance(tree, float):
            if not abs(tree) < float("inf"):  # NaN is not less than anything
                raise Refused("E_MALFORMED", "a number that JSON does not have")
        elif isinstance(tree, int) and not isinstance(tree, bool):
            if abs(tree) > strictjson.SAFE_INTEGER:
                raise Refused("E_MALFORMED", "an integer beyond 2^53")
        elif not (tree is None or isinstance(tree, (bool, text.text_type))):
            raise Refused("E_MALFORMED", "a {} is nothing JSON has".format(type(tree).__name__))
