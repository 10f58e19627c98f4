# Run by the interpreter under test (Python 2.7 upward).
"""What a person's function prints, where nobody reads it."""

from __future__ import absolute_import, division, print_function, unicode_literals

import os
import sys


def discard():
    """Send what this process prints to nowhere: a worker's stdout is a pipe that nobody empties.

    Where descriptors cannot be replaced, as on Jython, that is what Python's print writes, and no child's output.
    """
    if not hasattr(os, "dup2"):
        sys.stdout = open(os.devnull, "w")
        return
    descriptor = os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(descriptor, 1)
    finally:
        os.close(descriptor)
