"""Programs that are ended with the block that waits for them, and whose end is then no failure of theirs."""

from __future__ import annotations

import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor

import psutil
import pytest

from runoff.common import stoppable

#: Starts a program of its own, says its id, and waits for it.
PARENT = (
    "import subprocess, sys; c = subprocess.Popen(['sleep', '60']); open(sys.argv[1], 'w').write(str(c.pid)); c.wait()"
)


def ended(pid):
    until = time.monotonic() + 5
    while psutil.pid_exists(pid) and psutil.Process(pid).status() != psutil.STATUS_ZOMBIE:
        if time.monotonic() > until:
            return False
        time.sleep(0.01)
    return True


def child_of(path):
    until = time.monotonic() + 10
    while not (path.exists() and path.read_text()):
        assert time.monotonic() < until
        time.sleep(0.01)
    return int(path.read_text())


def test_returns_what_a_program_says_and_its_exit_code():
    run = stoppable.run([sys.executable, "-c", "print(5); raise SystemExit(3)"], stdout=subprocess.PIPE, text=True)
    assert (run.returncode, run.stdout) == (3, "5\n")


def test_an_interruption_ends_what_other_threads_run_and_is_no_exit_code(tmp_path):
    path, submitted, children = tmp_path / "pid", [], []

    def wait():
        with ThreadPoolExecutor(1) as pool, stoppable.stopping():
            for command in ([sys.executable, "-c", PARENT, str(path)], ["sleep", "60"]):
                submitted.append(pool.submit(stoppable.run, command))
            children.append(child_of(path))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        wait()
    assert [type(each.exception()) for each in submitted] == [KeyboardInterrupt] * 2
    assert ended(children[0])


def test_programs_run_again_in_the_next_block():
    with pytest.raises(ZeroDivisionError), stoppable.stopping():
        raise ZeroDivisionError
    with stoppable.stopping():
        assert stoppable.run(["true"]).returncode == 0


def test_nothing_is_left_of_a_program_that_is_too_slow(tmp_path):
    path = tmp_path / "pid"
    with pytest.raises(subprocess.TimeoutExpired):
        stoppable.run([sys.executable, "-c", PARENT, str(path)], 2.0)
    assert ended(child_of(path))
