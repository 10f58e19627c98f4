# Run by tests/inside and by pytest (Python 2.7 upward).
"""The vectors of the wire documents."""

from __future__ import absolute_import, division, print_function, unicode_literals

import os

VECTORS = os.path.join(os.path.dirname(__file__), "..", "..", "..", "docs", "wire", "vectors.json")


def frame_of(row):
    """Return the bytes of a row: each character of a part is one byte, and a part is repeated."""
    return b"".join(part.encode("latin-1") * times for part, times in row["bytes"])
