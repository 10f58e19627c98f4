# Run by the interpreter under test (Python 2.7 upward).
"""Run a script as if it had been started, and keep its globals for the functions that it hands over.

It stays ``__main__``: what it hands to a process of its own is looked up there.
"""

from __future__ import absolute_import, division, print_function, unicode_literals

import io
import sys
import types

OWN = sys.modules["__main__"]
_kept = []  # Python 2 clears the globals of a module that is gone


def run(path, arguments):
    """Run the script at ``path`` as ``__main__`` with ``arguments``; SystemExit passes through."""
    script = types.ModuleType(str("__main__"))
    script.__file__ = str(path)
    _kept.append(script)
    with io.open(path, "rb") as stream:
        code = compile(stream.read(), str(path), "exec", dont_inherit=True)
    before, sys.argv = sys.argv, [str(path)] + [str(word) for word in arguments]
    sys.modules[str("__main__")] = script
    try:
        exec(code, script.__dict__)
    finally:
        sys.argv = before
