# Run by the interpreter under test (Python 2.7 upward).
"""Differences between Python versions behind one spelling; the only folder that imports six or checks versions.

To import it makes the packages of PACKAGES importable.
"""

from __future__ import absolute_import, division, print_function, unicode_literals

import os
import sys

#: Environment variable: where our own packages lie when the interpreter runs in a person's environment. They come last,
#: so that the person's function finds the versions that it asked for.
PACKAGES = str("RUNOFF_PACKAGES")
_folders = os.getenv(PACKAGES)
if _folders:
    sys.path.extend(folder for folder in _folders.split(os.pathsep) if folder and folder not in sys.path)
