# Run by the interpreter under test (Python 2.7 upward).
"""A test of pytest-benchmark: the test runs once, and what it gives to its ``benchmark`` fixture is measured.

The test's own assertions hold or fail in that one run. Where pytest cannot be imported, a module of ours takes its
place, which has ``fixture`` and ``mark``. Fixtures of the same file are resolved, and never torn down; those of
conftest.py and of plugins are not.
"""

from __future__ import absolute_import, division, print_function, unicode_literals

import inspect
import sys
import types

FIXTURE = "_runoff_fixture"
_kept = []  # generators of fixtures: one that is gone has torn down what it gave


class Benchmark(object):
    """Stands for the fixture: keeps the function that it is called with, and calls it once."""

    def __init__(self):
        self.kept = None
        self.extra_info, self.group, self.name = {}, None, None

    def __call__(self, function, *arguments, **named):
        self.kept = lambda: function(*arguments, **named)
        return function(*arguments, **named)

    def pedantic(self, target, args=(), kwargs=None, setup=None, **_):
        """Keep ``target``; what ``setup`` returns takes the place of ``args`` and ``kwargs``, and is part of a call."""

        def call():
            given = setup() if setup else None
            own, named = given if given is not None else (args, kwargs or {})
            return target(*own, **named)

        self.kept = call
        return call()


def load(module, name, no_function):
    """Return the function that the test ``name`` of ``module`` measures, without its answer."""
    test = getattr(module, name, None)
    if not callable(test):
        raise no_function("{} has no test {}".format(module.__name__, name))
    benchmark = Benchmark()
    test(**dict((asked, _fixture(module, asked, benchmark, no_function)) for asked in _asked(test)))
    if benchmark.kept is None:
        raise no_function("{} gives nothing to its benchmark fixture".format(name))

    def call():
        benchmark.kept()

    return call


def _asked(function):
    """Return the names of the arguments of ``function``."""
    read = getattr(inspect, "getfullargspec", None) or inspect.getargspec
    return read(inspect.unwrap(function) if hasattr(inspect, "unwrap") else function).args


def _fixture(module, name, benchmark, no_function):
    if name == "benchmark":
        return benchmark
    found = getattr(module, name, None)
    function = getattr(found, FIXTURE, None) or getattr(found, "__wrapped__", None) or _of_pytest(found)
    if function is None:
        raise no_function("the fixture {} is not in the test's file; only those are resolved".format(name))
    value = function(**dict((asked, _fixture(module, asked, benchmark, no_function)) for asked in _asked(function)))
    if not inspect.isgenerator(value):
        return value
    _kept.append(value)
    return next(value)


def _of_pytest(found):
    """Return the function in a fixture of pytest 8.4 or newer; None where ``found`` is none."""
    return getattr(found, "_fixture_function", None)


class in_place_of_pytest(object):
    """A context in which ``import pytest`` works: with pytest itself, or with decorators that keep what they get."""

    def __enter__(self):
        try:
            import pytest  # noqa: F401
        except ImportError:
            module = sys.modules[str("pytest")] = types.ModuleType(str("pytest"))
            module.fixture = _keep
            module.mark = _Marks()

    def __exit__(self, *_):
        pass


def _keep(*given, **_):
    def marked(function):
        setattr(function, FIXTURE, function)
        return function

    return marked(given[0]) if given else marked


class _Marks(object):
    def __getattr__(self, name):
        return lambda *given, **_: given[0] if given and callable(given[0]) else (lambda function: function)
