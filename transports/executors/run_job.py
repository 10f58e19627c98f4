# Run by the interpreter under test (Python 2.7 upward).
"""Call one task, time it, and encode its outcome. Whatever it raises, there is a result.

A result is (bytes that travel, outcome, microseconds in the queue, microseconds that it ran); both are UNTIMED where
the task did not begin, or has not ended.
"""

from __future__ import absolute_import, division, print_function, unicode_literals

import os
import sys

from compat import clock, text
from transports import tracing
from transports.errors import CODES, Refused
from transports.messages import json_codec
from transports.task_registry import Retry

UNTIMED = -1
#: What a result's outcome may be; a child process sends its index.
OUTCOMES = (json_codec.OK, json_codec.RETRY, json_codec.RELEASED) + tuple(CODES)


class Job(object):
    """A task at its worker. sender: who wants the result. parcel: the frame that it came in, written by ``codec``."""

    __slots__ = ("args", "arrived", "attempt", "cancelled", "codec", "deadline", "id", "isolated", "kwargs", "name",
                 "parcel", "sender", "settled", "trace")  # fmt: skip

    def __init__(self, identity, name, args, kwargs, attempt, arrived, deadline, sender, parcel, codec, trace=None):
        self.id = identity
        self.name = name
        self.args = args
        self.kwargs = kwargs
        self.attempt = attempt
        self.arrived = arrived
        self.deadline = deadline
        self.sender = sender
        self.parcel = parcel
        self.codec = codec
        self.trace = trace  # of the message, for tracing.py
        self.cancelled = False
        self.isolated = False  # runs in a child process, whatever the worker's kind
        self.settled = False


def without_arguments(job):
    """Return ``job`` without its arguments: what remains to be called is how a coroutine ended."""
    return Job(job.id, job.name, (), {}, job.attempt, job.arrived, job.deadline, job.sender, job.parcel, job.codec)


def perform(function, job, now_ns=clock.now_ns, begun=None):
    """Run ``job``; return (its result, the nanoseconds it ran).

    ``begun`` is when it began, where that was before this call.
    """
    run = tracing.run(job)
    if run is None:
        return _perform(function, job, now_ns, begun)
    with run:
        performed = _perform(function, job, now_ns, begun)
    run.end(performed[0][1])
    return performed


def _perform(function, job, now_ns, begun):
    if begun is None:
        begun = now_ns()
    if begun >= job.deadline:
        return failed(job, "E_DEADLINE", "its time was over before it could start"), 0
    pid = os.getpid()
    try:
        value = function(*job.args, **job.kwargs)
    except Retry as wish:
        end_forked(pid)
        run_ns = now_ns() - begun
        return failed(job, "E_TASK", text.describe(wish), json_codec.RETRY, None, _times(job, begun, run_ns)), run_ns
    except BaseException as error:  # SystemExit and KeyboardInterrupt too: a task must not end its worker
        end_forked(pid)
        run_ns = now_ns() - begun
        return _raised(job, error, _times(job, begun, run_ns)), run_ns
    end_forked(pid)
    run_ns = now_ns() - begun
    return answered(job, value, _times(job, begun, run_ns)), run_ns


def end_forked(pid):
    """End this process at once where it is not ``pid``: a task has forked, and its child came back from the call too.

    Such a child would go on as a second worker, with the same tasks and the same connections.
    """
    if os.getpid() != pid:
        os._exit(0)


def _times(job, begun, run_ns):
    """Return the microseconds that ``job`` waited here, and that it ran."""
    return (begun - job.arrived) // 1000, run_ns // 1000


def answered(job, value, times):
    """Return the result of a task that returned ``value``."""
    try:
        encoded = job.codec.dumps(value)
    except Refused as refusal:
        code = "E_TOO_LARGE" if refusal.code == "E_TOO_LARGE" else "E_TASK"
        return failed(job, code, "its result cannot be sent: {}".format(refusal.text), times=times)
    except BaseException as error:  # a value of a type of the task's own: whatever that does when it is looked at
        return failed(job, "E_TASK", "its result cannot be sent: {}".format(text.describe(error)), times=times)
    queue_us, run_us = times
    return job.codec.result_ok(job.id, job.attempt, encoded, queue_us, run_us), json_codec.OK, queue_us, run_us


def failed(job, code, sentence, status=json_codec.ERROR, kind=None, times=(UNTIMED, UNTIMED)):
    """Return the result of a task without a value."""
    encoded = job.codec.result_other(job.id, job.attempt, status, code, sentence, kind)
    return (encoded, code if status == json_codec.ERROR else status) + times


def _raised(job, error, times):
    traceback = sys.exc_info()[2]
    # A TypeError from the call itself, not from inside the task: its frame is ours.
    if isinstance(error, TypeError) and traceback.tb_next is None:
        return failed(job, "E_BAD_ARGS", text.describe(error), kind="TypeError", times=times)
    return failed(job, "E_TASK", text.describe(error), kind=text.type_name(error), times=times)
