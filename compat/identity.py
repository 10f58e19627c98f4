# Run by the interpreter under test (Python 2.7 upward).
"""Which build this process runs, and in which mode, by the standard library alone."""

from __future__ import absolute_import, division, print_function, unicode_literals

import gc
import os
import sys

from compat import gil

#: Flags that differ between two starts of one build: the driver sets PYTHONHASHSEED, the locale may set the UTF-8 mode.
FLAGS_OF_ONE_START = ("hash_randomization", "utf8_mode")
#: Names of sys.implementation, and how they are written.
NAMES = {"cpython": "CPython", "graalpy": "GraalPy", "ironpython": "IronPython", "rustpython": "RustPython"}
#: Passes of a loop after which a compiler that works has compiled it (CPython 3.14: 4096, PyPy: 1039).
HOT = 20000
#: Calls of _called after which CinderX compiles it: 1000, and 100 000 bytecodes.
HOT_CALLS = 2000


def identity():
    """Say which build this is, and in which mode it runs. Cheap: every measured process calls it as well."""
    prefix = getattr(sys, "base_prefix", None) or getattr(sys, "real_prefix", None) or sys.prefix
    return {
        "implementation": implementation(),
        "implementation_version": _own_version(),
        "sys_version": " ".join(sys.version.split()),
        "prefix": os.path.realpath(prefix) if prefix else None,
        "flags": _flags(),
        "gil": gil.enabled(),
        "gil_enabled_by": gil.enabled_by(),
        "jit": compiles(),
        "gc": _gc(),
        "allocator": _allocator(),
    }


def of_this_process():
    """Return (process id, identity)."""
    return os.getpid(), identity()


def implementation():
    """Return the name of the implementation, as interpreters.toml has it."""
    if hasattr(sys, "pypy_version_info"):
        return "PyPy"
    if sys.platform.startswith("java"):
        return "Jython"
    if sys.platform == "emscripten":
        return "Pyodide"
    name = getattr(getattr(sys, "implementation", None), "name", "cpython")
    return NAMES.get(name, name)


def _own_version():
    """Return the version of the implementation, which is that of the language for CPython."""
    if sys.platform == "emscripten":
        import pyodide

        return "{}".format(pyodide.__version__)
    own = getattr(sys, "pypy_version_info", None) or getattr(getattr(sys, "implementation", None), "version", None)
    return version(own or sys.version_info)


def version(info):
    """Format a version_info, like 3.14.0rc1."""
    text = ".".join("{}".format(part) for part in info[:3])
    level = {"alpha": "a", "beta": "b", "candidate": "rc"}.get(info[3] if len(info) > 3 else "final")
    return "{}{}{}".format(text, level, info[4]) if level else text


def _flags():
    """Return sys.flags and the options of -X as {name: number}, without those that are 0."""
    names = [name for name in dir(sys.flags) if not name.startswith(("_", "n_"))]
    # Jython lists methods of Java besides, of which it cannot give one.
    values = [(name, getattr(sys.flags, name, None)) for name in names if name not in FLAGS_OF_ONE_START]
    flags = dict((name, int(value)) for name, value in values if isinstance(value, int) and value)
    flags.update(("-X " + name, value) for name, value in getattr(sys, "_xoptions", {}).items())
    return flags


def compiles():
    """Return whether a JIT compiler compiles a hot loop; None for a build without one."""
    if hasattr(sys, "pypy_version_info"):
        import pypyjit

        compiled = getattr(pypyjit, "get_stats_asmmemmgr", None)
        if compiled is None:
            return True  # an old one that does not tell
        _run_hot(lambda: False)
        return compiled()[0] > 0
    if sys.platform.startswith("java"):
        return True
    cinderx = sys.modules.get("cinderx.jit")
    if cinderx is not None and cinderx.is_enabled():
        return _compiled_by(cinderx)
    jit = getattr(sys, "_jit", None)
    if jit is None or not jit.is_available():
        return None
    return jit.is_enabled() and _run_hot(jit.is_active)


def _run_hot(compiled):
    """Run a loop until ``compiled()``, for HOT passes at most; return whether it was."""
    for _ in range(HOT):
        if compiled():
            return True
    return False


def _compiled_by(cinderx):
    """Return whether CinderX compiles a function that is called often; it does so in the background."""
    for _ in range(HOT_CALLS):
        _called()
    cinderx.wait_for_background_compiles()
    return bool(cinderx.is_jit_compiled(_called))


def _called():
    for _ in range(50):
        pass


def _gc():
    """Return what the cyclic collector does by itself: "on", "off", or "frozen" (off, and what was there exempted)."""
    try:
        if gc.isenabled():
            return "on"
    except NotImplementedError:
        return "on"  # the Java virtual machine's own
    return "frozen" if getattr(gc, "get_freeze_count", lambda: 0)() else "off"


def _allocator():
    """Return what small objects are allocated by: "own" (CPython's), or "malloc"; None where it is not told."""
    blocks = getattr(sys, "getallocatedblocks", None)
    if blocks is None:
        return None
    return "own" if blocks() else "malloc"
