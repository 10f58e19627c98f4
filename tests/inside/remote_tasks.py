# Run by the workers that the transport tests start (Python 2.7 upward).
"""Tasks that behave well, and tasks that fail in each way."""

from __future__ import absolute_import, division, print_function, unicode_literals

import gc
import os
import signal
import subprocess
import sys
import threading
import time

from transports import sample_tasks
from transports.task_registry import Retry

_kept = []


def fail(sentence):
    raise ValueError(sentence)


def leave(code):
    """End the process that runs the task, without an answer."""
    os._exit(code)


def crash():
    os.kill(os.getpid(), signal.SIGSEGV)
    time.sleep(5)


def retry_until(path, times):
    """Raise Retry until the try ``times``; add a line to ``path`` at each try."""
    with open(path, "a") as stream:
        stream.write("x\n")
    with open(path) as stream:
        tries = len(stream.readlines())
    if tries < times:
        raise Retry("try {} of {}".format(tries, times))
    return tries


def mark(path, number, seconds=0.0):
    """Append ``number`` to ``path``, so that a test can count the runs, then sleep for ``seconds``."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    os.write(descriptor, "{}\n".format(number).encode("ascii"))
    os.close(descriptor)
    time.sleep(seconds)
    return number


def hold(path, seconds):
    """Wait until there is a file at ``path``, for up to ``seconds``."""
    until = time.time() + seconds
    while not os.path.exists(path) and time.time() < until:
        time.sleep(0.01)
    return seconds


def stubborn(seconds):
    """Ignore SIGTERM and sleep for ``seconds``."""
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    time.sleep(seconds)
    return seconds


def leave_a_thread(seconds):
    """Start a thread that sleeps for ``seconds``, and return before it ends."""
    threading.Thread(target=time.sleep, args=(seconds,)).start()
    return seconds


def ends_a_program(number):
    """Start a program that would run for long, send it the signal ``number``; return how it ended."""
    program = subprocess.Popen(["sleep", "20"])
    program.send_signal(number)
    return program.wait()


def ends_a_fork(number):
    """Fork, and send the new process the signal ``number`` once it goes on; return the signal that ended it, or 0."""
    theirs, ours = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.write(ours, b"x")
        time.sleep(20)
        os._exit(0)
    os.read(theirs, 1)
    os.close(theirs)
    os.close(ours)
    os.kill(pid, number)
    return os.waitpid(pid, 0)[1] & 127


def signal_itself(number):
    os.kill(os.getpid(), number)
    return number


def unspeakable():
    return object()


def fill(megabytes):
    """Allocate ``megabytes`` MiB at once."""
    return len(bytearray(megabytes * 1024 * 1024))


def keep(number, megabytes):
    """Allocate ``megabytes`` MiB that are never given back, as a leak does; return ``number``."""
    _kept.append(b"x" * (megabytes * 1024 * 1024))
    return number


def length(text):
    return len(text)


def many(count):
    return [0] * count


def long_text(count):
    return "x" * count


def allocated_blocks():
    """Return how many objects this process has, in blocks of its allocator (CPython 3.4 upward)."""
    gc.collect()
    return sys.getallocatedblocks()


TASKS = dict(
    sample_tasks.TASKS,
    fail=fail,
    leave=leave,
    crash=crash,
    retry_until=retry_until,
    mark=mark,
    hold=hold,
    stubborn=stubborn,
    leave_a_thread=leave_a_thread,
    ends_a_program=ends_a_program,
    ends_a_fork=ends_a_fork,
    signal_itself=signal_itself,
    unspeakable=unspeakable,
    fill=fill,
    keep=keep,
    length=length,
    many=many,
    long_text=long_text,
    allocated_blocks=allocated_blocks,
)
