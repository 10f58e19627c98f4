# Run by the interpreter under test (Python 2.7 upward).
"""How to start another process of this interpreter."""

from __future__ import absolute_import, division, print_function, unicode_literals

import json
import os
import sys

#: Environment variable: the options that this interpreter was started with, as JSON, which its sys.executable lacks.
OPTIONS = str("RUNOFF_PYTHON_OPTIONS")


def command():
    """Return the command that starts this interpreter with the options that it was started with."""
    return [sys.executable] + json.loads(os.environ.get(OPTIONS, "[]"))
