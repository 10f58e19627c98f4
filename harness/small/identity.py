# Run by MicroPython, and by tests under CPython.
"""Which build this is, and in which mode it runs, in the words of compat/identity.py."""

from __future__ import absolute_import, division, print_function, unicode_literals

import gc
import sys

NAMES = {"micropython": "MicroPython"}
#: Its threads run in parallel (docs/interpreters.md): nothing of it says so.
GIL = False


def identity():
    """Say which build this is, and in which mode it runs."""
    return {
        "implementation": NAMES.get(sys.implementation.name, sys.implementation.name),
        "implementation_version": version(sys.implementation.version),
        "sys_version": " ".join(sys.version.split()),
        "prefix": None,
        "flags": {},
        "gil": GIL,
        "gil_enabled_by": None,
        "jit": None,
        "gc": "on" if gc.isenabled() else "off",
        "allocator": None,
    }


def version(info):
    """Format a tuple of numbers, like 1.25.0."""
    return ".".join(str(part) for part in tuple(info)[:3])
