"""A driver that ends with the process that started it."""

from __future__ import annotations

import subprocess
import sys
import time

from runoff.common.paths import ROOT
from tests.helpers.processes import alive

CHILD = """
import os, signal, sys, time
from runoff.common import parent
signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
parent.end_with_it()
print(os.getpid(), flush=True)
time.sleep(600)
"""
PARENT = f"""
import os, sys
from pathlib import Path
from runoff.common import parent
parent.run([sys.executable, "-c", {CHILD!r}], Path.cwd(), dict(os.environ))
"""


def test_the_child_of_a_killed_parent_ends():
    with subprocess.Popen([sys.executable, "-c", PARENT], cwd=ROOT, stdout=subprocess.PIPE, text=True) as begun:
        child = int(begun.stdout.readline())
        assert alive(child)
        begun.kill()
        begun.wait()
        until = time.monotonic() + 10
        while alive(child) and time.monotonic() < until:
            time.sleep(0.01)
        assert not alive(child)
