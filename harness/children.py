# Run by the interpreter under test (Python 2.7 upward).
"""Ask a person's function in a child process, begun in each way that this interpreter has."""

from __future__ import absolute_import, division, print_function, unicode_literals

import io
import json
import os
import signal

from compat import this_interpreter
from harness.failed_check import CheckFailed
from scenarios.own_function import loader

#: Asked now, which imports multiprocessing before the person's folder stands in sys.path.
START_METHODS = this_interpreter.start_methods()


def has_subinterpreters():
    """Return whether functions can be run in subinterpreters here."""
    try:
        from concurrent.futures import InterpreterPoolExecutor  # noqa: F401
    except ImportError:
        return False
    return True


def reply_of(method, body, request, path, limit_s):
    """Run ``body(request, path)`` in a child begun by ``method``; return the reply that it writes to ``path``.

    Raise CheckFailed where there is none within ``limit_s``, or where a check in it failed.
    """
    import multiprocessing  # not everywhere

    context = multiprocessing.get_context(method) if hasattr(multiprocessing, "get_context") else multiprocessing
    process = context.Process(target=body, args=(request, path))
    with loader.path_without(request["target"]):
        process.start()
    process.join(limit_s)
    if process.exitcode is None:
        os.kill(process.pid, getattr(signal, "SIGKILL", signal.SIGTERM))  # it may ignore SIGTERM
        process.join()
        raise CheckFailed("the child did not answer within {:.0f} s".format(limit_s))
    if not os.path.exists(path):
        raise CheckFailed("the child ended with exit code {}".format(process.exitcode))
    with io.open(path, encoding="utf-8") as stream:
        reply = json.load(stream)
    bad = [row for row in reply["checks"] if not row["ok"]]
    if bad:
        words = "in the child, {}: {}".format(bad[0]["check"], bad[0]["reason"])
        raise CheckFailed(words, bad[0]["traceback"])
    return reply
