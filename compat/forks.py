# Run by the interpreter under test (Python 2.7 upward).
"""What a process does around each fork: os.register_at_fork, also where that is missing (before Python 3.7)."""

from __future__ import absolute_import, division, print_function, unicode_literals

import os


def around(before, in_parent, in_child):
    """Call ``before`` before each fork of this process, and ``in_parent`` and ``in_child`` behind it.

    Without os.register_at_fork, os.fork and os.forkpty are replaced, so that what calls them by these names is covered:
    pty, multiprocessing, os.spawn*, and subprocess on Python 2. What forks in C is not: os.system everywhere, os.popen
    on Python 2, subprocess on Python 3.
    """
    if hasattr(os, "register_at_fork"):
        os.register_at_fork(before=before, after_in_parent=in_parent, after_in_child=in_child)
        return
    for name in ("fork", "forkpty"):
        if hasattr(os, name):
            setattr(os, name, _forking(getattr(os, name), before, in_parent, in_child))


def _forking(fork, before, in_parent, in_child):
    """Return what calls ``fork``, and the three others around it."""

    def call():
        pid = None
        before()
        try:
            forked = fork()
            pid = forked[0] if isinstance(forked, tuple) else forked
        finally:
            (in_child if pid == 0 else in_parent)()
        return forked

    return call
