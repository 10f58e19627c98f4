# Run by the interpreter under test (Python 2.7 upward).
"""Ask a person's function in a child process, begun in each way that this interpreter has."""

from __future__ import absolute_import, division, print_function, unicode_literals

import contextlib
import io
import json
import os
import signal

from compat import this_interpreter
from harness.own_function.failed_check import CheckFailed
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


def ask(method, body, request, path, limit_s):
    """Run ``body(request, path)`` in a child begun by ``method``; return the reply that it writes to ``path``.

    Raise CheckFailed where there is none within ``limit_s``, or where a check in it failed.
    """
    import multiprocessing  # not everywhere

    context = multiprocessing.get_context(method) if hasattr(multiprocessing, "get_context") else multiprocessing
    process = context.Process(target=body, args=(request, path))
    with _exit_codes_kept():
        with loader.as_started(request["target"]):
            process.start()
        process.join(limit_s)
        late = process.exitcode is None
        if late:
            _kill(process)
    exit_code = process.exitcode
    if exit_code is not None and hasattr(process, "close"):
        process.close()  # or its pipe is open until a collection
    reply = _read(path)
    if reply is None or reply.get("now"):  # it names the check that was not finished
        raise CheckFailed("the child " + _how_it_ended(exit_code, limit_s if late else None))
    bad = [row for row in reply["checks"] if not row["ok"]]
    if bad:
        words = "in the child, {}: {}".format(bad[0]["check"], bad[0]["reason"])
        raise CheckFailed(words, bad[0]["traceback"])
    return reply


def _how_it_ended(exit_code, late_s):
    if late_s is not None:
        return "did not answer within {:.0f} s".format(late_s)
    if exit_code < 0:
        return "was ended by signal {}".format(-exit_code)
    return "ended with exit code {}".format(exit_code)


@contextlib.contextmanager
def _exit_codes_kept():
    """Leave the exit codes of children to us, whatever the person's code does when one ends."""
    before = signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    try:
        yield
    finally:
        signal.signal(signal.SIGCHLD, before or signal.SIG_DFL)  # None: it is no function of Python's


def _kill(process):
    """Kill a child, which may ignore SIGTERM."""
    try:
        os.kill(process.pid, signal.SIGKILL)
    except OSError:
        pass  # it has ended, and a thread of the person's has waited for it
    process.join()


def _read(path):
    """Return the reply at ``path``; None where there is none."""
    if not os.path.exists(path):
        return None
    with io.open(path, encoding="utf-8") as stream:
        return json.load(stream)
