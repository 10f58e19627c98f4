"""The exit code where a person's function is gated and not measured."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from runoff.cli.bench import measure
from runoff.cli.workload import gating
from runoff.common.errors import NOT_AS_REQUIRED, OK, BadInput
from runoff.interpreters.discover import Interpreter
from runoff.workload.gate import Check, GateOutcome, Verdict

GOOD = Verdict("one", [Check("answers", True, None, 0.1), Check("threads", True, None, 0.1)])
NO_THREADS = Verdict("two", [Check("answers", True, None, 0.1), Check("threads", False, "a race", 0.1)])
BAD = Verdict("three", [Check("function", False, "SyntaxError", 0.1)])
PLAN = object()  # stands for a plan: the function passed somewhere


@pytest.fixture
def code(monkeypatch):
    """code(options) -> the exit code, or None where it was measured."""
    closed = []
    stands = SimpleNamespace(close=lambda: closed.append(1))
    monkeypatch.setattr(measure, "Guard", lambda: stands)
    monkeypatch.setattr(measure, "Lender", lambda *_: stands)
    monkeypatch.setattr(measure, "workload", lambda options: object())
    monkeypatch.setattr(measure.choice, "find_with", lambda named: None)
    monkeypatch.setattr(measure.choice, "labelled", lambda *_: [])
    monkeypatch.setattr(measure, "_measured", lambda *_: None)
    monkeypatch.setattr(gating, "say_plan", lambda made: None)

    def run(**options):
        names = ("amqp_url", "allow_sudo", "resume", "interpreters", "variants", "baseline", "today")
        try:
            return measure.measure(["one"], {**dict.fromkeys(names), "required": (), "gate_only": False, **options})
        finally:
            assert len(closed) == 2
            closed.clear()

    return run


@pytest.fixture
def gated(monkeypatch, capsys, code):
    """gated(verdicts, options) -> (exit code or None where it was measured, what was printed)."""

    def run(*verdicts, required=(), gate_only=False):
        made = PLAN if any(verdict.passed for verdict in verdicts) else None
        monkeypatch.setattr(gating, "gated", lambda *_: (GateOutcome(list(verdicts), None), made))
        return code(required=required, gate_only=gate_only), capsys.readouterr().out

    return run


def test_what_passes_is_measured(gated):
    assert gated(GOOD, BAD) == (None, "")
    assert gated(GOOD, BAD, required=("one",)) == (None, "")


def test_a_gate_alone_succeeds_whoever_fails_unless_one_is_required(gated):
    assert gated(GOOD, BAD, gate_only=True) == (OK, "")
    assert gated(BAD, gate_only=True) == (OK, "")
    assert gated(GOOD, BAD, gate_only=True, required=("three",)) == (NOT_AS_REQUIRED, "")


@pytest.mark.parametrize("required", [("three",), ("one", "two"), ("two",)])
def test_one_that_is_required_and_fails_any_check_ends_it(gated, required):
    found, said = gated(GOOD, NO_THREADS, BAD, required=required)
    assert found == NOT_AS_REQUIRED
    assert f"Not measured: --require {'three' if 'three' in required else 'two'} fails" in said


def test_a_function_that_passes_nowhere_is_no_success(gated):
    found, said = gated(BAD)
    assert found == NOT_AS_REQUIRED
    assert "no interpreter passed" in said


@pytest.mark.parametrize("gate_only", [True, False])
def test_the_only_interpreter_ends_it_with_the_gates_table_where_it_is_required(monkeypatch, capsys, code, gate_only):
    """As with `--gate-only --interpreter three --require three` in CI, where a pin does not install."""
    three = Interpreter("three", "cpython", "/python", {"version_info": [3, 13], "gil": True})
    monkeypatch.setattr(measure.choice, "labelled", lambda *_: [three])
    monkeypatch.setattr(gating.gate, "check", lambda *_: GateOutcome([BAD], None))
    assert code(required=("three",), gate_only=gate_only) == NOT_AS_REQUIRED
    said = capsys.readouterr().out
    assert "three: failed function: SyntaxError" in said
    assert ("Not measured: --require three fails" in said) != gate_only
    with pytest.raises(BadInput, match="passes the gate on no interpreter: three, function: SyntaxError"):
        code(gate_only=gate_only)
