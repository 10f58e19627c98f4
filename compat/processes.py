# Run by the interpreter under test (Python 2.7 upward).
"""multiprocessing with a named start method; 2.7 has no contexts and only the platform's one method."""

from __future__ import absolute_import, division, print_function, unicode_literals

import multiprocessing
import multiprocessing.queues
import os
import signal
import sys
import threading


def context(start_method):
    """Return an object with ``Process``, ``Pool`` and ``SimpleQueue`` that starts children by ``start_method``.

    Raise ValueError where this interpreter lacks that method.
    """
    if hasattr(multiprocessing, "get_context"):
        return multiprocessing.get_context(start_method)
    only = "spawn" if sys.platform == "win32" else "fork"
    if start_method != only:
        raise ValueError("this interpreter starts processes by {} alone, not by {}".format(only, start_method))
    return _OldContext


def executor(workers, start_method):
    """Return a ProcessPoolExecutor of ``workers`` children, started by ``start_method``.

    Raise ValueError where this interpreter lacks that method.
    """
    from concurrent.futures import ProcessPoolExecutor

    if sys.version_info >= (3, 7):
        return ProcessPoolExecutor(workers, mp_context=context(start_method))
    context(start_method)  # raises ValueError for a missing method
    if hasattr(multiprocessing, "set_start_method"):  # 3.6 has no mp_context
        multiprocessing.set_start_method(start_method, force=True)
    return ProcessPoolExecutor(workers)


def _forget_the_parents_pools():
    """Let a forked child end.

    At its exit it would tell the parent's pools of threads to end. The locks of their queues may have been held at the
    fork, and are never released here.
    """
    pools = sys.modules.get("concurrent.futures.thread")
    if pools is not None:
        pools._threads_queues.clear()


if hasattr(os, "register_at_fork"):  # 3.7 upward
    os.register_at_fork(after_in_child=_forget_the_parents_pools)


def end_pool(pool, within_s):
    """Let the children of a multiprocessing.Pool end; kill those that have not after ``within_s``."""
    pool.close()
    killer = threading.Timer(within_s, _kill_children)
    killer.daemon = True
    killer.start()
    pool.join()
    killer.cancel()


def _kill_children():
    for child in multiprocessing.active_children():
        try:
            os.kill(child.pid, getattr(signal, "SIGKILL", signal.SIGTERM))
        except OSError:
            pass  # it has just ended


class _OldContext(object):
    Process = multiprocessing.Process
    Pool = staticmethod(multiprocessing.Pool)
    SimpleQueue = staticmethod(multiprocessing.queues.SimpleQueue)
