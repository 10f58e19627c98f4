# Run by the interpreter under test (Python 2.7 upward).
"""Load a person's function from where it lies, unchanged."""

from __future__ import absolute_import, division, print_function, unicode_literals

import contextlib
import gc
import inspect
import os
import sys

from scenarios.own_function import ROOT, fresh, is_ours
from scenarios.own_function.adapters import awfy_class, command_line, main_script, pyperf_script, pytest_test

#: Keeps the current folder, which is the person's, out of a child's path too, from 3.11 on.
SAFE_PATH = str("PYTHONSAFEPATH")


class NoFunction(Exception):
    """The target names nothing that can be called; the message says what is there."""


def load(target):
    """Return the callable that ``target`` names; set up a class once.

    ``target`` holds ``folder`` (first in sys.path from then on), ``module``, ``name`` and ``file`` (or None). With an
    ``adapter`` it names a benchmark that somebody has, or a command line; ``arguments`` are the benchmark's own, or the
    words of the command. With ``fresh`` the function forgets what it kept before each call.
    """
    if target.get("adapter") == "command":
        return command_line.load(target, NoFunction)
    _spare_what_is_ours()
    sys.path.insert(0, str(target["folder"]))
    with _ours_set_aside(target["folder"]):
        return _loaded(target)


def _loaded(target):
    adapter = target.get("adapter")
    if adapter == "pyperf":
        return pyperf_script.load(target, NoFunction)
    if adapter == "pytest":
        with pytest_test.in_place_of_pytest():
            return pytest_test.load(_module(target), target["name"], NoFunction)
    module = _module(target)
    try:
        function = getattr(module, target["name"])
    except AttributeError:
        raise NoFunction(_missing_name(module, target))
    if adapter == "awfy":
        return awfy_class.load(function, target["arguments"], NoFunction)
    if inspect.isclass(function):
        function = function()
    if not callable(function):
        raise NoFunction("{} is a {}, which cannot be called".format(target["name"], type(function).__name__))
    return fresh.of(function, target["folder"]) if target.get("fresh") else function


def _spare_what_is_ours():
    """Let the garbage collector pass over what was imported so far: it would be visited at the function's expense."""
    if hasattr(gc, "freeze"):
        gc.collect()
        gc.freeze()


def _module(target):
    if target["file"] and "." not in target["module"]:
        return _from_file(target["module"], target["file"])
    return __import__(str(target["module"]), fromlist=[str("_")])


def _from_file(name, path):
    """Import the file at ``path``, unless this process has it, or had it when it was forked.

    A name that is taken, as by the standard library, gets a prefix.
    """
    for free in (str(name), str("own_" + name)):
        taken = sys.modules.get(free)
        if taken is None:
            break
        if _is_at(taken, path):
            return taken
    try:
        import importlib.util as tools
    except ImportError:  # Python 2
        import imp

        return imp.load_source(free, str(path))
    spec = tools.spec_from_file_location(free, path)
    module = sys.modules[free] = tools.module_from_spec(spec)
    try:
        spec.loader.exec_module(module)
    except BaseException:
        sys.modules.pop(free, None)  # as every import that fails does
        raise
    return module


def _is_at(module, path):
    """Return whether ``module`` is the file at ``path``, or its compiled form, which has another ending."""
    return os.path.splitext(getattr(module, "__file__", None) or "")[0] == os.path.splitext(path)[0]


def _missing_name(module, target):
    """Return a sentence that names the functions and classes of ``module``."""
    own = [
        name
        for name, value in sorted(vars(module).items())
        if callable(value) and getattr(value, "__module__", None) == module.__name__ and not name.startswith("_")
    ]
    where = os.path.basename(target["file"]) if target["file"] else target["module"]
    there = ", ".join(own[:10]) or "no function and no class"
    return "{} has no {!s}; it has {}".format(where, target["name"], there)


@contextlib.contextmanager
def _ours_set_aside(folder):
    """Hide our modules while the person's are imported, which may have the same names.

    A package of ours that has the name of a module in ``folder`` stays hidden: a call may import that one. Our own code
    has what it needs of it by then.
    """
    ours = dict((name, module) for name, module in sys.modules.items() if is_ours(name, module))
    for name in ours:
        del sys.modules[name]
    try:
        yield
    finally:
        for name, module in ours.items():
            if not _is_in(folder, name):
                sys.modules.setdefault(name, module)


def _is_in(folder, name):
    """Return whether ``folder`` has a module ``name`` of a person."""
    place = os.path.join(folder, name)
    return folder != ROOT and (os.path.isfile(place + ".py") or os.path.isfile(os.path.join(place, "__init__.py")))


@contextlib.contextmanager
def as_started(target):
    """Put sys.path and ``__main__`` back while a child is started: it imports the standard library and ours first."""
    before, script = sys.path[:], sys.modules["__main__"]
    sys.path[:] = [folder for folder in before if folder != target["folder"]]
    sys.modules[str("__main__")] = main_script.OWN
    os.environ[SAFE_PATH] = str("1")
    try:
        yield
    finally:
        os.environ.pop(SAFE_PATH)
        sys.modules[str("__main__")] = script
        sys.path[:] = before
