"""The exit code of a soak: of what was promised, and of who ended it."""

from __future__ import annotations

from contextlib import nullcontext
from types import SimpleNamespace

import pytest
from click.testing import CliRunner

from runoff.cli.deployment import soak
from runoff.common.errors import INTERRUPTED, OK, PROMISE_BROKEN


@pytest.mark.parametrize(
    ("code", "broken", "ended"),
    [
        (OK, [], OK),
        (OK, ["3 tasks of a flow have no outcome"], PROMISE_BROKEN),
        (INTERRUPTED, ["3 tasks of a flow have no outcome"], INTERRUPTED),
    ],
)
def test_a_broken_promise_is_an_exit_code_and_a_sentence(monkeypatch, code, broken, ended):
    seen = []
    guard = SimpleNamespace(close=lambda: seen.append("closed"))

    def run(plan, *_more):
        seen.append(plan)
        return SimpleNamespace(code=code, broken=broken, said=["what a worker said"])

    monkeypatch.setattr(soak, "_prepared", lambda interpreters: [])
    monkeypatch.setattr(soak, "Guard", lambda: guard)
    monkeypatch.setattr(soak, "Requests", lambda: SimpleNamespace(heard=nullcontext))
    monkeypatch.setattr(soak.run, "run", run)
    monkeypatch.setattr(soak.table, "tables", lambda report: [])
    monkeypatch.setattr(soak.table, "summary", lambda report: [])
    told = CliRunner().invoke(soak.command, ["--minutes", "2", "--faults", "3", "--seed", "0"], standalone_mode=False)
    assert told.return_value == ended, told.output
    plan, closed = seen
    assert (plan.seconds, plan.per_minute, plan.seed, closed) == (120, 3, 0, "closed")


@pytest.mark.parametrize("options", [["--minutes", "1e9"], ["--faults", "1e6"]])
def test_a_soak_whose_faults_no_memory_holds_is_refused(options):
    asked = CliRunner().invoke(soak.command, options)
    assert asked.exit_code == 2
    assert "is not in the range" in asked.output
