# Run by the report (Python 3.9 upward).
"""Compress a PNG without loss to a sixth: a chart is flat, and compresses best with unfiltered rows and no alpha."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator

import numpy

SIGNATURE = b"\x89PNG\r\n\x1a\n"
RGB, RGBA = 2, 6
NONE, SUB, UP = 0, 1, 2  # how a row was filtered; the other two ways are left alone


def smaller(png: bytes) -> bytes:
    """Recompress ``png`` without loss where it has 8 bits and an unused alpha; else return it unchanged."""
    chunks = list(_chunks(png))
    width, height, depth, colour = struct.unpack(">IIBB", chunks[0][1][:10])
    if (depth, colour) != (8, RGBA):
        return png
    packed = zlib.decompress(b"".join(data for kind, data in chunks if kind == b"IDAT"))
    rows = numpy.frombuffer(packed, numpy.uint8).reshape(height, width * 4 + 1)
    if numpy.max(rows[:, 0]) > UP:
        return png
    pixels = numpy.zeros((height, width, 4), numpy.uint8)
    above = numpy.zeros((width, 4), numpy.uint8)
    for at, row in enumerate(rows):
        own = row[1:].reshape(width, 4)
        if row[0] == SUB:
            own = numpy.cumsum(own, axis=0, dtype=numpy.uint8)
        elif row[0] == UP:
            own = own + above
        pixels[at] = above = own
    if pixels[:, :, 3].min() < 255:
        return png
    plain = numpy.zeros((height, width * 3 + 1), numpy.uint8)  # a row begins with its filter: NONE
    plain[:, 1:] = pixels[:, :, :3].reshape(height, width * 3)
    kept = [(kind, data) for kind, data in chunks[1:-1] if kind != b"IDAT"]
    header = struct.pack(">IIBBBBB", width, height, 8, RGB, 0, 0, 0)
    body = [(b"IHDR", header), *kept, (b"IDAT", zlib.compress(plain.tobytes(), 9)), (b"IEND", b"")]
    return SIGNATURE + b"".join(_chunk(kind, data) for kind, data in body)


def _chunks(png: bytes) -> Iterator[tuple[bytes, bytes]]:
    at = len(SIGNATURE)
    while at < len(png):
        (length,) = struct.unpack(">I", png[at : at + 4])
        yield png[at + 4 : at + 8], png[at + 8 : at + 8 + length]
        at += 12 + length


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
