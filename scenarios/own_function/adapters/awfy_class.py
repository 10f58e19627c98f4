# Run by the interpreter under test (Python 2.7 upward).
"""A class as in are-we-fast-yet: ``benchmark()`` and ``verify_result(result)``, or ``inner_benchmark_loop(count)``.

A call is one iteration, and fails where the class says that its result is wrong.
"""

from __future__ import absolute_import, division, print_function, unicode_literals


class WrongResult(Exception):
    """Raised when the class does not accept its own result."""


def load(found, arguments, no_function):
    """Return one iteration of the class ``found``; ``arguments`` may hold the number of its inner iterations."""
    inner = int(arguments[0]) if arguments else 1
    instance = found()
    if hasattr(instance, "inner_benchmark_loop"):

        def iteration():
            if not instance.inner_benchmark_loop(inner):
                raise WrongResult("{} does not verify its result".format(found.__name__))

    elif hasattr(instance, "benchmark") and hasattr(instance, "verify_result"):

        def iteration():
            for _ in range(inner):
                if not instance.verify_result(instance.benchmark()):
                    raise WrongResult("{} does not verify its result".format(found.__name__))

    else:
        raise no_function("{} has neither inner_benchmark_loop nor benchmark and verify_result".format(found.__name__))
    return iteration
