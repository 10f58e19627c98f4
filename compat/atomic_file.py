# Run by the interpreter under test (Python 2.7 upward), by MicroPython as well: by the standard library alone.
"""Files that a reader finds whole or not at all."""

from __future__ import absolute_import, division, print_function, unicode_literals

import io
import os


def write(path, content):
    """Write the bytes ``content`` to ``path`` atomically: a reader sees all of them, or what was there before."""
    partial = path + ".partial"
    with io.open(partial, "wb") as stream:
        stream.write(content)
    os.rename(partial, path)
