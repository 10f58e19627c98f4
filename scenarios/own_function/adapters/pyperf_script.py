# Run by the interpreter under test (Python 2.7 upward).
"""A pyperf script, run with a module of ours in pyperf's place that collects its benchmarks and measures none.

pyperf times what a benchmark gives to ``bench_func``; so does Runoff. A call is ``loops`` loops, one unless the target
says otherwise. ``bench_time_func`` gives a function that makes its loops by itself, and says how long they took: what
it sets up before them counts once a call, which pyperf leaves out. Its own time stays in ``own_s`` of the benchmark.
Answers are not compared, since pyperf does not look at them either.
"""

from __future__ import absolute_import, division, print_function, unicode_literals

import argparse
import os
import subprocess
import sys
import types

from scenarios.own_function.adapters import main_script


class Runner(object):
    """Stands for ``pyperf.Runner``: each ``bench_*`` keeps a function without arguments under its name."""

    found = {}  # of all runners of the script, {name: function}, in no order
    loops = 1
    looped = set()  # names of those that make so many loops

    def __init__(self, **options):
        self.metadata = dict(options.get("metadata") or {})
        self.argparser = argparse.ArgumentParser()
        self.args = None

    def parse_args(self, args=None):
        """Parse the arguments that the script has added to ``argparser``."""
        if self.args is None:
            self.args = self.argparser.parse_args(args)
        return self.args

    def bench_func(self, name, function, *arguments, **_):
        """Keep ``loops`` calls of ``function``."""
        loops = range(self.loops)

        def benchmark():
            for _ in loops:
                function(*arguments)

        self.looped.add(name)
        self.found[name] = benchmark

    def bench_time_func(self, name, function, *arguments, **_):
        """Keep a call of a function that makes ``loops`` loops, and times them, by itself."""
        loops = self.loops

        def benchmark():
            benchmark.own_s = function(loops, *arguments)

        self.looped.add(name)
        self.found[name] = benchmark

    def bench_async_func(self, name, function, *arguments, **_):
        """Keep a call of a coroutine function; its coroutine is what the call returns."""

        def benchmark():
            return function(*arguments)

        self.found[name] = benchmark

    def bench_command(self, name, command, **_):
        """Keep a run of ``command``, whose output is read by nobody."""

        def benchmark():
            with open(os.devnull, "wb") as nowhere:
                subprocess.check_call(command, stdin=subprocess.PIPE, stdout=nowhere, stderr=nowhere)

        self.found[name] = benchmark

    def timeit(self, name, stmt=None, setup="pass", globals=None, **_):
        """Keep a run of the statement ``stmt``, or of ``name`` without one."""
        names = dict(globals or {})
        exec(compile(setup, "<setup>", "exec", dont_inherit=True), names)
        code = compile(name if stmt is None else stmt, "<statement>", "exec", dont_inherit=True)

        def benchmark(code=code, names=names):  # no free variables: Jython's compiler refuses an exec beside them
            exec(code, names)

        self.found[name] = benchmark


def load(target, no_function):
    """Return the benchmark ``target["name"]`` of the script, or its only one; without it raise ``no_function``."""
    Runner.found, Runner.looped, Runner.loops = {}, set(), target.get("loops", 1)
    script = os.path.basename(target["file"])
    with _in_place_of_pyperf():
        try:
            main_script.run(target["file"], target["arguments"])
        except SystemExit as ended:
            if not Runner.found:
                raise no_function("{} ended with {}; its arguments go after --".format(script, ended.code))
    found = Runner.found
    if not found:
        raise no_function("{} gave no benchmark to a pyperf.Runner".format(script))
    names = ", ".join(sorted(found))
    if target["name"] is None and len(found) > 1:
        raise no_function("{} has {} benchmarks; name one with --benchmark: {}".format(script, len(found), names))
    name = target["name"] or list(found)[0]
    if name not in found:
        raise no_function("{} has no benchmark {}; it has {}".format(script, name, names))
    if Runner.loops > 1 and name not in Runner.looped:
        raise no_function("{} makes no loops: --loops is for bench_func and bench_time_func".format(name))
    return found[name]


class _in_place_of_pyperf(object):
    """A context in which ``import pyperf`` gives a module with the stand-in for its Runner."""

    def __enter__(self):
        self.before = sys.modules.get("pyperf")
        module = sys.modules[str("pyperf")] = types.ModuleType(str("pyperf"))
        module.Runner = Runner
        module.perf_counter = _perf_counter()
        module.python_implementation = lambda: sys.implementation.name if hasattr(sys, "implementation") else "cpython"
        module.python_has_jit = lambda: "__pypy__" in sys.builtin_module_names

    def __exit__(self, *_):
        if self.before is not None:
            sys.modules[str("pyperf")] = self.before


def _perf_counter():
    import time

    return getattr(time, "perf_counter", time.time)
