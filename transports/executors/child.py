# Run by the interpreter under test, as a child of a worker: INTERPRETER -m transports.executors.child MODULE PARENT
"""Run one task after another for the parent: tasks in on stdin, results out on stdout, see pipe_frames.py.

It can be killed at any time: it holds nothing but the task at hand. What tasks print goes to stderr.
"""

from __future__ import absolute_import, division, print_function, unicode_literals

import inspect
import json
import os
import signal
import sys
import threading

from compat import clock, forks
from transports import task_registry
from transports.executors import pipe_frames, run_job
from transports.messages import codec_table, values


def die_with_parent(parent):
    """Ask Linux to end this process with its parent; elsewhere the end of stdin does, after the current task."""
    if not sys.platform.startswith("linux"):
        return
    import ctypes

    pr_set_pdeathsig = 1
    ctypes.CDLL(None).prctl(pr_set_pdeathsig, signal.SIGKILL, 0, 0, 0)
    if os.getppid() != parent:
        os._exit(1)  # it died before prctl was called


SIGNALS = (signal.SIGINT, signal.SIGTERM)  # that the parent handles, as at Ctrl-C


def _nothing(number, frame):
    """Do nothing at a signal."""


def outlive_signals():
    """Let SIGINT and SIGTERM end neither this process nor its task, but all that its tasks start.

    A handler that does nothing is gone after exec, and is taken out after a fork; a signal that comes between the two
    waits. Python 2 has no signal.pthread_sigmask, and a handler there would end the waits of a task with EINTR. So the
    signals are ignored, and end what a task starts again behind its fork. What os.system and os.popen start ignores
    them on Python 2: these fork in C.
    """
    mask = getattr(signal, "pthread_sigmask", None)
    handler = signal.SIG_IGN if mask is None else _nothing
    for number in SIGNALS:
        signal.signal(number, handler)
    kept = threading.local()  # each thread has a mask of its own

    def hold():
        if mask is not None:
            kept.mask = mask(signal.SIG_BLOCK, SIGNALS)

    def let_in():
        if mask is not None:
            mask(signal.SIG_SETMASK, kept.mask)

    def let_end():
        for number in SIGNALS:
            if signal.getsignal(number) == handler:  # and not the task's own
                signal.signal(number, signal.SIG_DFL)
        let_in()

    forks.around(hold, let_in, let_end)


def main(module, parent):
    outlive_signals()
    die_with_parent(parent)
    jobs = os.dup(0)
    results = os.dup(1)
    os.dup2(2, 1)  # print() in a task, and in a module while it is imported, must not end up among the results
    os.close(0)
    os.open(os.devnull, os.O_RDONLY)
    functions = dict((name, _blocking(function)) for name, function in task_registry.load(module).items())
    tasks = pipe_frames.Splitter(pipe_frames.TASK)
    _write(results, pipe_frames.framed(pipe_frames.RESULT, pipe_frames.READY, 0, 0, 0, b""))
    while True:
        received = os.read(jobs, 65536)  # what is there: a file's read waits for all 65536 on Python 2
        if not received:
            return
        for (task,) in tasks.feed(received):
            key, (result, outcome, queue_us, run_us) = _run(functions, task)
            index = run_job.OUTCOMES.index(outcome)
            # At once: how long the next task takes is not known, and the parent takes the first one without a result
            # for the one that runs.
            _write(results, pipe_frames.framed(pipe_frames.RESULT, key, index, queue_us, run_us, result))


def _blocking(function):
    """Return ``function``, or what calls it and waits where it is a coroutine function."""
    is_coroutine_function = getattr(inspect, "iscoroutinefunction", None)  # Python 2 has none
    if is_coroutine_function is None or not is_coroutine_function(function):
        return function
    from transports.executors import asyncio_loop

    return asyncio_loop.as_blocking(function)


def _run(functions, task):
    key, identity, name, attempt, budget_ns, waited_ns, codec, trace, arguments = json.loads(task.decode("utf-8"))
    args, kwargs = values.untagged(arguments)
    now = clock.now_ns()
    codec = codec_table.named(codec)
    job = run_job.Job(identity, name, args, kwargs, attempt, now - waited_ns, now + budget_ns, None, None, codec, trace)
    result, _ = run_job.perform(functions[name], job)
    return key, result


def _write(descriptor, data):
    while data:
        data = data[os.write(descriptor, data) :]


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
