# Run by the interpreter under test (Python 2.7 upward).
"""What a person's function leaves behind in its process: threads, children, open files, changed settings."""

from __future__ import absolute_import, division, print_function, unicode_literals

import io
import locale
import os
import signal
import sys
import threading

try:
    import resource
except ImportError:  # Windows and Jython
    resource = None


def _named(module, prefix):
    """Return {number: name} of the names in ``module`` that begin with ``prefix``; of two of one number the first."""
    names = [name for name in dir(module) if name.startswith(prefix) and name[len(prefix) :].isalnum()]
    return dict((getattr(module, name), name) for name in sorted(names, reverse=True))


SIGNALS = _named(signal, "SIG")
TIMERS = _named(signal, "ITIMER_")
LIMITS = _named(resource, "RLIMIT_")
STANDARD = ("stdin", "stdout", "stderr")


def observe():
    """Return what there is now, and the settings of the process."""
    settings = {
        "folder": os.getcwd(),
        "environment": dict(os.environ),
        "recursion limit": sys.getrecursionlimit() if hasattr(sys, "getrecursionlimit") else None,
        "locale": locale.setlocale(locale.LC_ALL),
        "umask": _umask(),
    }
    settings.update(("handler of " + name, _handler(number)) for number, name in SIGNALS.items())
    settings.update(("timer " + name, _runs(number)) for number, name in TIMERS.items())
    settings.update(("limit " + name, resource.getrlimit(number)) for number, name in LIMITS.items())
    settings.update(("descriptor of " + name, _file(number)) for number, name in enumerate(STANDARD))
    return {
        "thread": set(thread.name for thread in threading.enumerate()),
        "child": running_children(),
        "open file": _open_files(),
        "settings": settings,
    }


def describe_left(before, after):
    """Return, in words, what ``after`` has and ``before`` had not, and which settings changed."""
    left = [
        "{} {}".format(name, ", ".join(sorted(after[name] - before[name])))
        for name in ("thread", "child", "open file")
        if after[name] - before[name]
    ]
    then, now = before["settings"], after["settings"]
    return left + ["changes the " + name for name in sorted(then) if then[name] != now[name]]


def _handler(number):
    """Return the handler of a signal; its type where it is another object each time, as the Java machine's own is.

    None where nobody can set one: Java keeps some for itself.
    """
    try:
        handler = signal.getsignal(number)
        return handler if signal.getsignal(number) == handler else type(handler)
    except ValueError:
        return None


def _umask():
    """Return the umask, which can be read by setting it alone; files of other threads are private meanwhile."""
    if not hasattr(os, "umask"):
        return None
    umask = os.umask(0o077)
    os.umask(umask)
    return umask


def _runs(timer):
    """Return whether ``timer`` will send a signal, as after signal.alarm."""
    return signal.getitimer(timer) != (0.0, 0.0)


def _file(descriptor):
    """Return what tells the file of ``descriptor`` from others; None where it is closed."""
    try:
        status = os.fstat(descriptor)
    except (IOError, OSError):
        return None
    return status.st_dev, status.st_ino


def running_children():
    """Return the ids of this process's children that have not ended, where /proc tells.

    An ended one does not count: it may be an orphan, which the function cannot wait for.
    """
    found = set()
    try:
        for task in os.listdir("/proc/self/task"):
            with io.open("/proc/self/task/{}/children".format(task)) as stream:
                found.update(stream.read().split())
    except (IOError, OSError):
        pass
    return set(child for child in found if not _has_ended(child))


def _has_ended(process):
    """Return whether ``process`` is gone, or waits for its parent to ask how it ended."""
    try:
        with io.open("/proc/{}/stat".format(process), "rb") as stream:
            return stream.read().rpartition(b") ")[2][:1] in (b"Z", b"X")
    except (IOError, OSError):
        return True


def _open_files():
    """Return what this process has open, where /proc tells.

    Devices do not count, nor do shared libraries, which an interpreter may keep open for as long as it lives.
    """
    found = set()
    try:
        descriptors = os.listdir("/proc/self/fd")
    except OSError:
        return found
    for descriptor in descriptors:
        try:
            name = os.readlink("/proc/self/fd/" + descriptor)
        except OSError:  # the listing's own descriptor
            continue
        if not name.startswith(("/proc/", "/dev/")) and ".so" not in os.path.basename(name):
            found.add(name)
    return found
