# Run by the interpreter under test (Python 2.7 upward).
"""A person's own function: how it is loaded, called, and its answers compared; by the gate and by the task alike.

These modules import the standard library alone: the gate runs them where nothing of ours is installed.
"""

from __future__ import absolute_import, division, print_function, unicode_literals

#: Our top-level packages. A module beside the function may have the name of one.
OURS = ("compat", "contenders", "harness", "native", "scenarios", "transports")
