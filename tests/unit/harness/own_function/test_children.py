"""A person's function in a child process: its reply, and how a child without one ended."""

from __future__ import annotations

import json
import multiprocessing
import os
import signal
import time
from types import SimpleNamespace

import pytest

from harness.own_function import children
from harness.own_function.failed_check import CheckFailed

REQUEST = {"target": {"folder": "/no/such/folder", "file": None}}


def answers(request, path):
    with open(path, "w") as stream:
        json.dump({"checks": [{"check": "answers", "ok": True}], "answers": [1], "asked": request}, stream)


def fails(_request, path):
    with open(path, "w") as stream:
        row = {"check": "function", "ok": False, "reason": "ImportError: no six", "traceback": "File orders.py"}
        json.dump({"checks": [{"check": "import", "ok": True}, row]}, stream)


def ends(_request, _path):
    os._exit(3)


def is_killed(_request, _path):
    os.kill(os.getpid(), signal.SIGKILL)


def ends_in_the_middle(_request, path):
    with open(path, "w") as stream:
        json.dump({"checks": [], "now": "answers"}, stream)
    os._exit(3)


def hangs(_request, _path):
    time.sleep(30)


def hangs_and_hears_nothing(_request, _path):
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    time.sleep(30)


@pytest.fixture
def ask(tmp_path):
    def reply(body, limit_s=30.0):
        try:
            return children.ask("fork", body, REQUEST, str(tmp_path / "reply"), limit_s)
        finally:
            assert multiprocessing.active_children() == []

    return reply


def test_a_childs_reply_comes_back(ask):
    assert ask(answers)["asked"] == REQUEST


def test_the_first_check_that_failed_in_a_child_is_told_with_the_persons_traceback(ask):
    with pytest.raises(CheckFailed, match="in the child, function: ImportError: no six") as failed:
        ask(fails)
    assert failed.value.traceback == "File orders.py"


@pytest.mark.parametrize("body", [ends, ends_in_the_middle])
def test_a_child_that_ends_early_is_told_by_its_exit_code(ask, body):
    with pytest.raises(CheckFailed, match="the child ended with exit code 3"):
        ask(body)


def test_a_child_that_is_killed_is_told_by_the_signal(ask):
    with pytest.raises(CheckFailed, match="the child was ended by signal 9"):
        ask(is_killed)


@pytest.mark.parametrize("handler", [signal.SIG_IGN, lambda *_: os.waitpid(-1, 0)])
def test_what_a_person_does_when_a_child_ends_takes_no_exit_code_away(ask, handler):
    before = signal.signal(signal.SIGCHLD, handler)
    try:
        with pytest.raises(CheckFailed, match="the child ended with exit code 3"):
            ask(ends)
        assert ask(answers)["answers"] == [1]
        assert signal.getsignal(signal.SIGCHLD) == handler
    finally:
        signal.signal(signal.SIGCHLD, before)


def test_a_child_that_another_thread_has_waited_for_has_answered_all_the_same(tmp_path, monkeypatch):
    class Process:
        def __init__(self, target, args):
            self.start, self.pid, self.exitcode = lambda: target(*args), 2**22 + 1, None

        def join(self, *_limit_s):
            pass

    monkeypatch.setattr(multiprocessing, "get_context", lambda _method: SimpleNamespace(Process=Process))
    assert children.ask("fork", answers, REQUEST, str(tmp_path / "reply"), 30.0)["answers"] == [1]


@pytest.mark.parametrize("body", [hangs, hangs_and_hears_nothing])
def test_a_child_that_does_not_answer_is_ended(ask, body):
    with pytest.raises(CheckFailed, match="the child did not answer within 0 s"):
        ask(body, limit_s=0.2)
