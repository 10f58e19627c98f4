# Run by the interpreter under test (Python 2.7 upward).
"""Whether the global interpreter lock is on, and which import turned it on."""

from __future__ import absolute_import, division, print_function, unicode_literals

import sys
import warnings

_MESSAGE = "The global interpreter lock \\(GIL\\) has been enabled"


def enabled():
    """Return whether this interpreter runs with a GIL now; False on Jython, which has none."""
    if sys.platform.startswith("java"):
        return False
    ask = getattr(sys, "_is_gil_enabled", None)
    return True if ask is None else bool(ask())


class Watch(object):
    """A listener for CPython's warning, which alone names the module whose import turned the GIL on."""

    def __init__(self):
        self.enabled_by = None
        self._show = warnings.showwarning
        warnings.filterwarnings(str("always"), message=_MESSAGE, category=RuntimeWarning)
        warnings.showwarning = self._hear

    def _hear(self, message, category, filename, lineno, file=None, line=None):
        text = "{}".format(message)
        if "global interpreter lock" in text and self.enabled_by is None:
            self.enabled_by = text.split("load module", 1)[-1].split(",")[0].strip(" '\"")
        self._show(message, category, filename, lineno, file, line)


#: Listens from the first import of this module on, in each process that has no GIL when it begins.
_WATCH = None if enabled() else Watch()


def enabled_by():
    """Return the module whose import turned the GIL of this process on; None where none did, or is known."""
    return None if _WATCH is None else _WATCH.enabled_by
