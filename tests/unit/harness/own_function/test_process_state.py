"""What counts as left behind in a process."""

from __future__ import annotations

import pytest

from harness.own_function import process_state


class TheMachinesOwn:
    """A handler that the interpreter makes anew each time it is asked, as Jython does."""


def handlers(monkeypatch, before, after):
    """What is left behind where each signal is answered by ``before()``, and later by ``after()``."""
    seen = []
    for handler in (before, after):
        monkeypatch.setattr(process_state.signal, "getsignal", lambda number, handler=handler: handler())
        seen.append(process_state.observe())
    return process_state.describe_left(*seen)


def test_a_handler_that_is_another_object_each_time_has_not_changed(monkeypatch):
    assert handlers(monkeypatch, TheMachinesOwn, TheMachinesOwn) == []


@pytest.mark.parametrize("before", [TheMachinesOwn, lambda: test_a_handler_that_somebody_set_has_changed])
def test_a_handler_that_somebody_set_has_changed(monkeypatch, before):
    changed = handlers(monkeypatch, before, lambda: print)
    assert {"changes the handler of SIGCHLD", "changes the handler of SIGINT"} <= set(changed)
    assert len(changed) == len(process_state.SIGNALS)


def test_a_signal_that_the_machine_keeps_for_itself_has_no_handler(monkeypatch):
    def refuse(number):
        raise ValueError("signal already used by the machine")

    monkeypatch.setattr(process_state.signal, "getsignal", refuse)
    assert process_state.describe_left(process_state.observe(), process_state.observe()) == []
