"""What a driver reads in the line of a worker that listens."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from runoff.common.paths import ROOT
from transports import ready


@pytest.mark.parametrize("address", ["tcp://127.0.0.1:5555", "ipc:///tmp/a b/c x 2/0", "celery"])
@pytest.mark.parametrize("details", ["", " thread x 1", " process x 12"])
@pytest.mark.parametrize("status", [None, "127.0.0.1:9100"])
def test_the_address_and_the_status_of_a_worker_are_read_as_they_were_said(capsys, address, details, status):
    ready.say_ready(address + details, status)
    line = capsys.readouterr().out
    assert (ready.read_ready(line), ready.read_status(line)) == (address, status)


@pytest.mark.parametrize("line", ["", "ready", "ready: ", "ready: \n", "error: no such queue", " ready: x"])
def test_any_other_line_names_no_address(line):
    assert ready.read_ready(line) is None


def test_a_worker_is_ready_on_its_own_stdout_whatever_its_tasks_discard(capfd):
    output = ready.own_stdout()
    kept = os.dup(1)
    try:
        with open(os.devnull, "wb") as nothing:
            os.dup2(nothing.fileno(), 1)
        ready.say_ready("tcp://127.0.0.1:1", None, output)
    finally:
        os.dup2(kept, 1)
        os.close(kept)
        output.close()
    assert capfd.readouterr().out == "ready: tcp://127.0.0.1:1\n"


#: Closes what its argument says, has it filled, and opens a file; a program that it starts has all three.
FILLS = """
import os, subprocess, sys
for closed in sys.argv[1]:
    os.close(int(closed))
from transports import ready
ready.fill_descriptors()
opened = os.open(os.devnull, os.O_RDONLY)
has_them = subprocess.call([sys.executable, "-c", "import os; [os.fstat(number) for number in range(3)]"])
os._exit(has_them if opened > 2 else 9)
"""


@pytest.mark.parametrize("closed", ["", "0", "1", "2", "012"])
def test_no_file_gets_the_number_of_a_standard_stream_that_is_closed(closed):
    done = subprocess.run([sys.executable, "-c", FILLS, closed], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
