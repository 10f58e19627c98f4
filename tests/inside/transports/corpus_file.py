# Run by tests/inside, by pytest and by tests/fuzz (Python 2.7 upward).
"""The frames that were found by coverage, one file for each decoder: a frame in base64 and its verdict on each line."""

from __future__ import absolute_import, division, print_function, unicode_literals

import base64
import io
import os

FOLDER = os.path.join(os.path.dirname(os.path.abspath(__file__)), "corpus")


def path(decoder):
    """Return the path of the file of ``decoder``."""
    return os.path.join(FOLDER, decoder + ".txt")


def read(decoder):
    """Return [(frame, verdict)] of the file of ``decoder``."""
    with io.open(path(decoder), encoding="ascii") as stream:
        rows = [line.rstrip("\n").partition(" ") for line in stream]
    return [(base64.b64decode(encoded), verdict) for encoded, _, verdict in rows]


def write(decoder, rows):
    """Write ``rows`` as the file of ``decoder``."""
    lines = ["{} {}\n".format(base64.b64encode(frame).decode("ascii"), verdict) for frame, verdict in rows]
    with io.open(path(decoder), "w", encoding="ascii") as stream:
        stream.writelines(sorted(lines))
