"""A driver that ends with the process that started it."""

from __future__ import annotations

import os
import subprocess
import sys
import time

from runoff.common import parent
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


def test_a_ctrl_c_does_not_end_the_wait_for_the_child(monkeypatch):
    class Interrupted(subprocess.Popen):
        """A child for which Ctrl-C ends the first wait."""

        waits = 0

        def wait(self, timeout=None):
            self.waits += 1
            if self.waits == 1:
                raise KeyboardInterrupt
            return super().wait(timeout)

    monkeypatch.setattr(subprocess, "Popen", Interrupted)
    assert parent.run([sys.executable, "-c", "raise SystemExit(3)"], ROOT, dict(os.environ)) == 3
