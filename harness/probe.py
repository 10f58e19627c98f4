# Run by the interpreter being asked (Python 2.7 upward), as a script: INTERPRETER probe.py REPLY.json [MODULE ...]
"""Facts and capabilities of this interpreter, by the standard library alone: it runs before any installation.

With MODULE names it also imports each in turn, and reports its version or error and the GIL's state after it.
"""

from __future__ import absolute_import, division, print_function, unicode_literals

import json
import os
import sys

#: As a script it stands alone: its folder is not the root, from which our modules are imported.
ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
sys.path.insert(0, ROOT)

from compat import atomic_file, gil, this_interpreter  # noqa: E402
from compat.identity import identity, implementation, version  # noqa: E402

sys.path.remove(ROOT)


def facts():
    """Describe this build as plain data."""
    import platform
    import sysconfig

    return dict(
        identity(),
        python="{}.{}".format(sys.version_info[0], sys.version_info[1]),
        version_info=list(sys.version_info),
        python_full=version(sys.version_info),
        free_threaded=bool(sysconfig.get_config_var("Py_GIL_DISABLED")),
        build=_build(),
        executable=sys.executable,
        environment_of=_environment_of(),
        configure=sysconfig.get_config_var("CONFIG_ARGS"),
        compiler=_compiler(),
        java_home=_java_home(),
        platform=sys.platform,
        machine=platform.machine(),
        start_methods=this_interpreter.start_methods(),
        capabilities=sorted(name for name, check in _CAPABILITIES if _succeeds(check)),
        modules={},
    )


def _build():
    """Say how this interpreter was compiled; None where it does not know."""
    translated = getattr(sys, "pypy_translation_info", None)
    return _compiled_build() if translated is None else _translated_build(translated)


def _translated_build(translated):
    """Say how PyPy was translated from RPython and compiled."""
    checks = translated.get("translation.lldebug")
    return {
        "compiler": _compiler(),
        "pgo": translated.get("translation.profopt"),
        "lto": translated.get("translation.lto"),
        "assertions": checks,
        "debug": checks,
    }


def _compiled_build():
    """Say how an interpreter was compiled that keeps the options of its configure and of its compiler."""
    import re
    import sysconfig

    configured = sysconfig.get_config_var("CONFIG_ARGS") or ""
    compiled = sysconfig.get_config_var("PY_CFLAGS") or ""
    flags = " ".join((configured, compiled, sysconfig.get_config_var("PY_CORE_LDFLAGS") or ""))
    # A distribution that clears the Makefile's flags after its build leaves no trace of what it did.
    otherwise = False if configured and sysconfig.get_config_var("PGO_PROF_USE_FLAG") else None
    debug = hasattr(sys, "gettotalrefcount") if implementation() == "CPython" else None
    checked = bool(debug or "--with-assertions" in configured or "-DNDEBUG" not in compiled)
    return {
        "compiler": _compiler(),
        "pgo": True if re.search("--enable-optimizations(?!=no)|-fprofile-use", flags) else otherwise,
        "lto": True if re.search("--with-lto(?!=no)|-flto", flags) else otherwise,
        "assertions": checked if compiled or debug else None,
        "debug": debug,
    }


def _compiler():
    """Return the name and version of the compiler; None where it is not told."""
    import platform
    import re

    named = re.search(r" with (.+)\]$", sys.version)  # PyPy's; the platform module does not find it
    return platform.python_compiler() or (named.group(1) if named else None)


def _environment_of():
    """Return the executable that this environment was made from; None outside an environment."""
    if hasattr(sys, "real_prefix") or getattr(sys, "base_prefix", sys.prefix) != sys.prefix:
        return getattr(sys, "_base_executable", None) or os.path.realpath(sys.executable)
    return None


def _has_threads():
    """Return whether a thread can be started, which raises where none can."""
    import threading

    thread = threading.Thread(target=lambda: None)
    thread.start()
    thread.join()
    return True


def _has_asyncio():
    """Return whether an event loop can wait for a future."""
    import asyncio

    loop = asyncio.new_event_loop()
    done = loop.create_future()
    done.set_result(True)
    try:
        return loop.run_until_complete(done)  # Pyodide's loop can wait in some versions of Node alone
    finally:
        loop.close()


def _has_process_executor():
    """Return whether pools of processes work: that of PyPy 7.3.11 (Python 3.9) calls a method that it lacks."""
    from concurrent.futures import ProcessPoolExecutor

    return bool(this_interpreter.start_methods()) and hasattr(ProcessPoolExecutor, "_adjust_process_count")


def _java_home():
    """Return the folder of the Java that this interpreter runs on; None where it runs on none."""
    try:
        from java.lang import System
    except ImportError:
        return None
    return "{}".format(System.getProperty("java.home"))


def _has_fcntl():
    """Return whether files can be locked."""
    import fcntl

    return hasattr(fcntl, "flock")


def _has_headers():
    """Return whether a native module can be compiled: against Python.h, or against jni.h and by javac."""
    import sysconfig

    java = _java_home()
    if java:
        return all(os.path.exists(os.path.join(java, part)) for part in ("include/jni.h", "bin/javac"))
    return os.path.exists(os.path.join(sysconfig.get_paths()["include"], "Python.h"))


def _has_subinterpreters():
    """Return whether functions can be run in subinterpreters."""
    from concurrent.futures import InterpreterPoolExecutor

    return InterpreterPoolExecutor is not None


_CAPABILITIES = [
    ("stdlib", lambda: True),  # it has run this far; harness/small is for those that cannot
    ("threads", _has_threads),
    ("multiprocessing", lambda: bool(this_interpreter.start_methods())),
    ("asyncio", _has_asyncio),
    ("fcntl", _has_fcntl),
    ("headers", _has_headers),
    ("process_executor", _has_process_executor),
    ("subinterpreters", _has_subinterpreters),
    ("switch_interval", lambda: hasattr(sys, "setswitchinterval")),
    ("jni", lambda: sys.platform.startswith("java")),
]


def _succeeds(check):
    """Return whether the capability that ``check`` tries is there."""
    try:
        return check()
    except Exception:  # any error means that the capability is missing
        return False


def import_each(names):
    """Import each of ``names`` in turn; return {name: {"version", "error", "gil"}}, with the GIL's state after it."""
    modules = {}
    for name in names:
        try:
            module = __import__(name, fromlist=[str("_")])
            own = getattr(module, "__version__", None) or getattr(module, "version", None)
            modules[name] = {"version": "{}".format(own) if own else None, "error": None, "gil": gil.enabled()}
        except Exception as error:
            reason = "{}: {}".format(type(error).__name__, error)
            modules[name] = {"version": None, "error": reason, "gil": gil.enabled()}
    return modules


def main(reply_path, names):
    answer = facts()
    answer["modules"] = import_each(names)
    atomic_file.write(reply_path, json.dumps(answer, sort_keys=True).encode("ascii"))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:])
