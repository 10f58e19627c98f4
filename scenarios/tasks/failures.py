# Run by the interpreter under test (Python 2.7 upward).
"""A task that failed, as plain data that stands where its answer would: can be counted by kind and sent elsewhere."""

from __future__ import absolute_import, division, print_function, unicode_literals

import collections
import errno
import re

from compat import text

#: ``kind`` is the same for failures with one cause; ``text`` is the whole of this one.
Failure = collections.namedtuple("Failure", "kind text")


def of(error):
    """The Failure that ``error`` makes."""
    return Failure(_kind(error), text.describe(error))


def _kind(error):
    """The operating system's name for the cause (ECONNRESET, EMFILE) where it gave one, else the error without numbers.

    Client libraries wrap an OSError in several errors of their own, each in its own way.
    """
    pending, seen = [error], []
    while pending:
        each = pending.pop(0)
        if any(each is other for other in seen):
            continue
        seen.append(each)
        number = getattr(each, "errno", None) or getattr(each, "osError", None)
        if number in errno.errorcode:
            return text.text_type(errno.errorcode[number])
        around = [getattr(each, name, None) for name in ("__cause__", "__context__", "reason", "value")]
        around += list(getattr(each, "args", ())) + list(getattr(each, "reasons", None) or ())
        pending += [other for other in around if isinstance(other, Exception) or hasattr(other, "getTraceback")]
    return re.sub(r"0x[0-9a-f]+|\d+", "#", text.describe(error))[:80].rstrip(": ")
