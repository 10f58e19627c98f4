# Run by the interpreter under test (Python 2.7 upward), as a module and as a script in a process of its own.
"""Tell the open loop when a task is due: from its own thread, or from a process of its own.

A thread waits for the GIL and for a core like the tasks that it begins, and is late. A process writes to a pipe when a
task is due, as a client's request arrives at a server; when the server reads it is part of the latency.
"""

from __future__ import absolute_import, division, print_function, unicode_literals

import os
import struct
import subprocess
import sys
import time

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
if ROOT not in sys.path:  # as a script
    sys.path.insert(0, ROOT)

from compat import clock, this_interpreter  # noqa: E402

SCRIPT = os.path.join(ROOT, "harness", "generator.py")
NUMBER = struct.Struct(str("q"))
AHEAD_NS = 20 * 1000 * 1000  # from the process being ready to the begin of its schedule


def ticks(due, begun, now_ns, sleep):
    """Generate how late each tick is, in nanoseconds, when it is due: at ``begun`` and each of ``due``."""
    for offset in due:
        while now_ns() < begun + offset:  # a sleep may end early: Java's counts whole milliseconds
            sleep(max(0, begun + offset - now_ns()) / 1e9)
        yield max(0, now_ns() - begun - offset)


class OwnThread(object):
    """Ticks of the thread that asks for them; ``sleep`` may serve what waits meanwhile."""

    def __init__(self, now_ns=clock.now_ns, sleep=time.sleep):
        self._now_ns = now_ns
        self._sleep = sleep

    def begin(self, due):
        """Return when the schedule ``due`` begins, and a generator of how late each of its ticks is."""
        begun = self._now_ns()
        return begun, ticks(due, begun, self._now_ns, self._sleep)


class OwnProcess(object):
    """Ticks of a process of its own."""

    def begin(self, due):
        """Start the process; return when the schedule ``due`` begins, and a generator of how late each tick is."""
        process = subprocess.Popen(
            this_interpreter.command() + [SCRIPT], stdin=subprocess.PIPE, stdout=subprocess.PIPE, close_fds=True
        )
        process.stdin.write(NUMBER.pack(len(due)) + b"".join(map(NUMBER.pack, due)))
        process.stdin.flush()
        _number(process.stdout)  # it is ready
        begun = clock.now_ns() + AHEAD_NS
        process.stdin.write(NUMBER.pack(begun))
        process.stdin.flush()
        return begun, _read(process, len(due))


def _read(process, count):
    try:
        for _ in range(count):
            yield _number(process.stdout)
    finally:
        for stream in (process.stdin, process.stdout):
            stream.close()  # before its end it cannot write any more, which ends it
        process.wait()


def _number(stream):
    return NUMBER.unpack(stream.read(NUMBER.size))[0]


def main():
    """Read a schedule from stdin, and write how late each tick is to stdout when it is due."""
    given, output = os.fdopen(0, "rb"), os.fdopen(1, "wb", 0)
    due = [_number(given) for _ in range(_number(given))]
    output.write(NUMBER.pack(0))
    for late in ticks(due, _number(given), clock.now_ns, time.sleep):
        output.write(NUMBER.pack(late))


if __name__ == "__main__":
    main()
