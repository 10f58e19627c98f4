"""Workers under a real supervisord, with the configuration that the documents offer: killed ones come back."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from runoff.common.paths import ROOT
from tests.helpers.processes import alive

pytest.importorskip("zmq")
from transports import session

STOPPED_S = 20.0


@pytest.fixture
def supervisor(tmp_path: Path) -> Iterator[psutil.Process]:
    os.chmod(tmp_path, 0o700)
    # "python" of the configuration is the one that runs the tests, as it is the one of a person's environment.
    variables = {
        **os.environ,
        "RUNOFF_SOCKETS": str(tmp_path),
        "PATH": os.pathsep.join([os.path.dirname(sys.executable), os.environ["PATH"]]),
    }
    command = [sys.executable, "-m", "supervisor.supervisord", "-c", str(ROOT / "docs" / "supervisord.conf")]
    process = subprocess.Popen(command, cwd=tmp_path, env=variables, stdout=subprocess.DEVNULL)
    yield psutil.Process(process.pid)
    process.terminate()
    process.wait(STOPPED_S)


def workers(supervisor: psutil.Process) -> list[int]:
    return sorted(child.pid for child in supervisor.children())


def test_killed_workers_come_back_and_nothing_is_lost(supervisor: psutil.Process, tmp_path: Path) -> None:
    addresses = ",".join(str(tmp_path / f"{number}") for number in range(2))
    with session.connect(f"zmq+ipc:{addresses}") as client:
        client.wait_for_workers(2, 20)
        before = workers(supervisor)
        assert len(before) == 2
        naps = [0.01 + number / 1e6 for number in range(400)]
        expected = {client.submit("sleep", [nap], deadline_s=60): nap for nap in naps}
        found = client.poll(5.0)
        for pid in before:
            os.kill(pid, signal.SIGKILL)
        until = time.monotonic() + 60
        while len(found) < len(expected) and time.monotonic() < until:
            found += client.poll(0.1)
        assert {outcome.id: outcome.result for outcome in found} == expected
        assert len(found) == len(expected)
        after = workers(supervisor)
    assert len(after) == 2
    assert not set(before) & set(after)


def test_a_supervisor_that_is_stopped_leaves_no_worker(supervisor: psutil.Process, tmp_path: Path) -> None:
    with session.connect(f"zmq+ipc:{tmp_path}/0,{tmp_path}/1") as client:
        client.wait_for_workers(2, 20)
    family = [child.pid for child in supervisor.children(recursive=True)]
    assert len(family) >= 4  # two workers, and the child that each computes in
    supervisor.terminate()
    supervisor.wait(STOPPED_S)
    assert not [pid for pid in family if alive(pid)]
    assert not (tmp_path / "0").exists()
