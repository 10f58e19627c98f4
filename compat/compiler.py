# Run by the interpreter under test (Python 2.7 upward).
"""How long the just-in-time compiler of this process has worked, where the interpreter tells."""

from __future__ import absolute_import, division, print_function, unicode_literals

from compat import identity


def clock_ns():
    """Return a function that says how many nanoseconds the compiler has worked so far; None where nothing tells.

    The compiler of a child process does not count: scenarios/compilers.py. That of Java works beside the program, on
    other cores.
    """
    for candidate in (_pypy, _java):
        try:
            return candidate()
        except (AttributeError, ImportError):
            continue
    return None


def _pypy():
    import pypyjit

    snapshot = pypyjit.get_stats_snapshot
    if not identity.compiles():
        raise ImportError("a snapshot before anything was compiled ends the process")

    def worked():
        times = snapshot().counter_times
        return int(1e9 * (times[str("TRACING")] + times[str("BACKEND")]))

    worked()
    return worked


def _java():
    from java.lang.management import ManagementFactory

    compiler = ManagementFactory.getCompilationMXBean()
    if compiler is None or not compiler.isCompilationTimeMonitoringSupported():
        raise ImportError("this virtual machine does not tell")
    return lambda: compiler.getTotalCompilationTime() * 1000000
