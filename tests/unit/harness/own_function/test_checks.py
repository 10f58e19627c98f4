"""How the answers of a forked child are asked for and compared."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from harness.own_function import children


def fork(monkeypatch, asked, reply):
    """Have a child answer with what ``reply()`` returns."""
    monkeypatch.setattr(children, "ask", lambda *_: reply())
    asked.fork(None)


def test_the_check_of_a_forked_child_takes_the_time_that_it_answered_in(made, monkeypatch):
    asked = made(lambda value: value, [[1]])
    fork(monkeypatch, asked, lambda: time.sleep(0.05) or {"answers": []})
    assert asked.reply.run_check("fork", asked.compare_fork)
    assert asked.reply.content["checks"][-1]["seconds"] >= 0.05


def test_a_forked_child_that_ends_the_gate_leaves_the_name_of_its_check_behind(made, monkeypatch):
    asked, seen = made(lambda value: value, [[1]]), []
    fork(monkeypatch, asked, lambda: seen.append(Path(asked.reply.path).read_text()))
    assert '"now": "fork"' in seen[0]


@pytest.mark.parametrize(("answers", "holds"), [([], True), ([1], True), ([1, 2], True), ([1, 3], False)])
def test_a_child_is_held_to_the_inputs_that_it_had_time_for(made, monkeypatch, answers, holds):
    asked = made(lambda value: value, [[1], [2]])
    asked.calls.make()
    fork(monkeypatch, asked, lambda: {"answers": answers})
    assert asked.reply.run_check("fork", asked.compare_fork) is holds
