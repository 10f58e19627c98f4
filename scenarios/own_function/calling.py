# Run by the interpreter under test (Python 2.7 upward).
"""Call a person's function with one input: a list or an object of arguments."""

from __future__ import absolute_import, division, print_function, unicode_literals

import threading

_local = threading.local()  # the event loop of each thread, kept from call to call as in a deployment


def begin(function, value):
    """Call ``function`` with a list or object of arguments; return its answer, or what must be awaited for it."""
    return function(**value) if isinstance(value, dict) else function(*value)


def is_awaited(answer):
    """Return whether ``answer`` must be awaited."""
    return hasattr(answer, "__await__")


def call(function, value):
    """Call ``function`` as ``begin`` does, wait where it is a coroutine, and return its answer."""
    answer = begin(function, value)
    return complete(answer) if is_awaited(answer) else answer


def complete(awaitable):
    """Run ``awaitable`` on this thread's event loop and return its result."""
    loop = getattr(_local, "loop", None)
    if loop is None:
        import asyncio

        loop = _local.loop = asyncio.new_event_loop()
    return loop.run_until_complete(awaitable)


def close_loop():
    """Close this thread's event loop, where there is one."""
    loop = getattr(_local, "loop", None)
    if loop is not None:
        _local.loop = None
        loop.close()
