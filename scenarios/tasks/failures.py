# Run by the interpreter under test (Python 2.7 upward).
"""A failed task as plain data, returned in place of its answer; it can be counted by kind and pickled."""

from __future__ import absolute_import, division, print_function, unicode_literals

import collections
import errno
import re

from compat import text

#: ``kind`` is the same for all failures with one cause; ``text`` is the full message of this failure.
Failure = collections.namedtuple("Failure", "kind text")


def of(error):
    """Make the Failure that stands for ``error``."""
    return Failure(_kind(error), text.describe(error))


def _kind(error):
    """Return the operating system's name of the cause (ECONNRESET, EMFILE), or the message without its numbers.

    Search the wrapped errors too: every client library wraps an OSError in its own way.
    """
    pending, seen = [error], []
    while pending:
        current = pending.pop(0)
        if any(current is other for other in seen):
            continue
        seen.append(current)
        number = getattr(current, "errno", None) or getattr(current, "osError", None)
        if number in errno.errorcode:
            return text.text_type(errno.errorcode[number])
        wrapped = [getattr(current, name, None) for name in ("__cause__", "__context__", "reason", "value")]
        wrapped += list(getattr(current, "args", ())) + list(getattr(current, "reasons", None) or ())
        pending += [other for other in wrapped if isinstance(other, Exception) or hasattr(other, "getTraceback")]
    return re.sub(r"0x[0-9a-f]+|\d+", "#", text.describe(error))[:80].rstrip(": ")
