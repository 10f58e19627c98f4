# Run by the interpreter under test (Python 2.7 upward).
"""A person's own function: how it is loaded, called, and its answers compared; by the gate and by the task alike.

These modules import the standard library alone: the gate runs them where nothing of ours is installed.
"""

from __future__ import absolute_import, division, print_function, unicode_literals

import os

#: Our top-level packages. A module beside the function may have the name of one.
OURS = ("compat", "contenders", "harness", "native", "scenarios", "transports")
ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))


def is_ours(name, module):
    """Return whether ``module``, imported as ``name``, is ours and not a person's of the same name.

    A relative path is ours: the person's folder stands in sys.path with its whole path.
    """
    package = name.partition(".")[0]
    if package not in OURS:
        return False
    path = getattr(module, "__file__", None) or ""
    return not os.path.isabs(path) or path.startswith(os.path.join(ROOT, package))
