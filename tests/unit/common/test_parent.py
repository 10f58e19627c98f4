"""A driver that ends with the process that started it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time

import pytest

from runoff.common import parent
from runoff.common.paths import ROOT
from tests.helpers.processes import alive

CHILD = """
import os, signal, sys, time
from runoff.common import parent
signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
parent.end_with_parent()
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


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGKILL, 137)])
def test_a_child_that_a_signal_ended_has_the_exit_code_of_a_shell(number, code):
    ended = f"import os, signal; signal.signal(2, signal.SIG_DFL); os.kill(os.getpid(), {int(number)})"
    assert parent.run([sys.executable, "-c", ended], ROOT, dict(os.environ)) == code


def test_a_ctrl_c_while_the_driver_ends_is_heard():
    ends = (
        "import signal; from runoff.cli import __main__ as cli\n"
        "cli.run_command.run = lambda *_: 0\n"
        "cli.main(); signal.raise_signal(signal.SIGINT)"
    )
    assert subprocess.run([sys.executable, "-c", ends], cwd=ROOT, check=False).returncode == -signal.SIGINT


def test_a_ctrl_c_while_the_driver_is_imported_ends_it_without_a_traceback(tmp_path):
    (tmp_path / "click.py").write_text("import signal; signal.raise_signal(signal.SIGINT)")
    ended = subprocess.run(
        [sys.executable, "-m", "runoff.cli", "report"],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (ended.returncode, ended.stderr) == (-signal.SIGINT, "")


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
