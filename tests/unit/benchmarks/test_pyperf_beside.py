"""pyperf beside our own measurement: what it started ends with it."""

from __future__ import annotations

import sys
from types import SimpleNamespace

import psutil
import pytest

from runoff.benchmarks import pyperf_beside
from runoff.common.errors import BadInput
from runoff.common.guard import Guard
from runoff.environments import tools

#: As pyperf does it: a worker in a group of its own, which goes on when its manager is killed.
MANAGER = """
import os, pathlib, subprocess, sys, time
worker = subprocess.Popen(["sleep", "60"], preexec_fn=os.setpgrp)
pathlib.Path("worker").write_text(str(worker.pid))
time.sleep(60)
"""


@pytest.fixture
def guard():
    made = Guard()
    yield made
    made.close()


@pytest.fixture
def environment(monkeypatch, tmp_path):
    monkeypatch.setattr(pyperf_beside, "installed", lambda _: tmp_path)
    return SimpleNamespace(command=[sys.executable], variables={}, interpreter=SimpleNamespace(label="a"))


def test_a_pyperf_that_does_not_end_is_killed_with_its_worker(environment, guard, monkeypatch, tmp_path):
    monkeypatch.setattr(pyperf_beside, "LIMIT_S", 2.0)
    words = (["-c", MANAGER], [])
    with pytest.raises(BadInput, match="pyperf did not end within 2 s on a"):
        pyperf_beside.fastest_s(environment, words, 1, tmp_path / "into.json", tmp_path, guard)
    worker = int((tmp_path / "worker").read_text())
    assert not psutil.pid_exists(worker) or psutil.Process(worker).status() == psutil.STATUS_ZOMBIE


def test_what_pyperf_said_last_is_the_reason(environment, guard, tmp_path):
    words = (["-c", "raise SystemExit('no such benchmark')"], [])
    with pytest.raises(BadInput, match="pyperf failed on a: no such benchmark"):
        pyperf_beside.fastest_s(environment, words, 1, tmp_path / "into.json", tmp_path, guard)


def test_a_failed_installation_is_tried_again(environment, monkeypatch, tmp_path):
    monkeypatch.undo()
    monkeypatch.setattr(tools, "TOOLS", tmp_path)
    calls = []

    def fails(command, _variables, _log):
        calls.append(command)
        raise tools.ToolFailed("no such index")

    monkeypatch.setattr(tools, "run", fails)
    for _ in range(2):
        with pytest.raises(BadInput, match="pyperf cannot be installed for a: no such index"):
            pyperf_beside.installed(environment)
    assert len(calls) == 2
