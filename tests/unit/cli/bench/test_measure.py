"""The exit code where a person's function is gated and not measured."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from runoff.cli.bench import measure
from runoff.cli.workload import gating
from runoff.common.errors import NOT_ALL_RUN, OK
from runoff.workload.gate import Check, GateOutcome, Verdict

GOOD = Verdict("one", [Check("answers", True, None, 0.1), Check("threads", True, None, 0.1)])
NO_THREADS = Verdict("two", [Check("answers", True, None, 0.1), Check("threads", False, "a race", 0.1)])
BAD = Verdict("three", [Check("function", False, "SyntaxError", 0.1)])
PLAN = object()  # stands for a plan: the function passed somewhere


@pytest.fixture
def gated(monkeypatch, capsys):
    """gated(verdicts, options) -> (exit code or None where it was measured, what was printed)."""
    closed = []
    stands = SimpleNamespace(close=lambda: closed.append(1))
    monkeypatch.setattr(measure, "Guard", lambda: stands)
    monkeypatch.setattr(measure, "Lender", lambda *_: stands)
    monkeypatch.setattr(measure, "workload", lambda options: object())
    monkeypatch.setattr(measure.choice, "find_with", lambda named: None)
    monkeypatch.setattr(measure.choice, "labelled", lambda *_: [])
    monkeypatch.setattr(measure, "_measured", lambda *_: None)
    monkeypatch.setattr(gating, "say_plan", lambda made: None)

    def code(*verdicts, required=(), gate_only=False):
        made = PLAN if any(verdict.passed for verdict in verdicts) else None
        monkeypatch.setattr(gating, "gated", lambda *_: (GateOutcome(list(verdicts), None), made))
        names = ("amqp_url", "allow_sudo", "resume", "interpreters", "variants")
        options = {**dict.fromkeys(names), "required": required, "gate_only": gate_only}
        found = measure.measure(["one"], options)
        assert len(closed) == 2
        closed.clear()
        return found, capsys.readouterr().out

    return code


def test_what_passes_is_measured(gated):
    assert gated(GOOD, BAD) == (None, "")
    assert gated(GOOD, BAD, required=("one",)) == (None, "")


def test_a_gate_alone_succeeds_whoever_fails_unless_one_is_required(gated):
    assert gated(GOOD, BAD, gate_only=True) == (OK, "")
    assert gated(BAD, gate_only=True) == (OK, "")
    assert gated(GOOD, BAD, gate_only=True, required=("three",)) == (NOT_ALL_RUN, "")


@pytest.mark.parametrize("required", [("three",), ("one", "two"), ("two",)])
def test_one_that_is_required_and_fails_any_check_ends_it(gated, required):
    code, said = gated(GOOD, NO_THREADS, BAD, required=required)
    assert code == NOT_ALL_RUN
    assert f"Not measured: --require {'three' if 'three' in required else 'two'} fails" in said


def test_a_function_that_passes_nowhere_is_no_success(gated):
    code, said = gated(BAD)
    assert code == NOT_ALL_RUN
    assert "no interpreter passed" in said
