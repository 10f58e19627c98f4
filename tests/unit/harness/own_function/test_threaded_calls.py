"""Calls from several threads, which may never end."""

from __future__ import annotations

import sys
import threading

from harness.own_function import first_calls
from harness.own_function.threaded_calls import call_from_threads


def test_threads_that_do_not_end_are_waited_for_for_a_while(made, monkeypatch):
    monkeypatch.setattr(first_calls, "AT_LEAST_S", 0.2)
    monkeypatch.setattr(sys, "setswitchinterval", lambda seconds: None)
    hold = threading.Event()
    asked = made(lambda value: value, [[1]])
    asked.calls.make()
    asked.calls.function = lambda value: hold.wait(5)
    try:
        assert not asked.reply.run_check("threads", call_from_threads, asked.calls, 0.01)
    finally:
        hold.set()
    assert asked.reply.content["checks"][-1]["reason"] == "8 threads at once did not end within 0 s"
