# Run by the interpreter under test (Python 2.7 upward).
"""Frames on the pipes between a worker and its child processes: numbers and a length, then so many bytes.

Since each has its length in front, nothing in a task or a result can be mistaken for its end.
"""

from __future__ import absolute_import, division, print_function, unicode_literals

import struct

#: What stands before a task: its length.
TASK = struct.Struct(str(">I"))
#: What stands before a result: the task's key, the index of its outcome, the microseconds that it waited and that it
#: ran, the result's length.
RESULT = struct.Struct(str(">QBqqI"))
READY = 0  # the key of the empty result with which a child says that it takes tasks


def framed(head, *numbers_and_body):
    """Return one frame as bytes. head: TASK or RESULT."""
    body = numbers_and_body[-1]
    return head.pack(*(numbers_and_body[:-1] + (len(body),))) + body


class Splitter(object):
    """Cuts what arrives on a pipe into frames. head: TASK or RESULT."""

    def __init__(self, head):
        self._head = head
        self._waiting = b""

    def feed(self, received):
        """Return (numbers ..., body) of each frame that ``received`` completes."""
        data = self._waiting + received
        size = self._head.size
        frames, begin = [], 0
        while len(data) - begin >= size:
            fields = self._head.unpack_from(data, begin)
            end = begin + size + fields[-1]
            if end > len(data):
                break
            frames.append(fields[:-1] + (data[begin + size : end],))
            begin = end
        self._waiting = data[begin:]
        return frames
